// One picture: keys and swipes to its neighbours, a closer look, what a typed date means, completion for tags.
import { keys } from "./keys.js";

const page = document.querySelector("[data-picture]");
const stage = page?.querySelector(".stage");
const follow = (name) => page.querySelector(`[data-${name}]`)?.click();

function closer() {
  if (!stage.querySelector("[data-large]")) return;
  stage.classList.toggle("whole");
}

function close() {
  if (stage.classList.contains("whole")) return closer();
  location.assign(page.dataset.back);
}

if (page) {
  keys({
    ArrowLeft: () => follow("newer"), ArrowRight: () => follow("older"), Escape: close, f: closer,
    e: () => document.getElementById("say")?.focus(), t: () => document.getElementById("tag")?.focus(),
    " ": () => {
      const film = stage.querySelector("video");
      if (film) film.paused ? film.play() : film.pause();
      else scrollBy({ top: innerHeight * 0.8, behavior: "smooth" });
    },
  });
  stage.querySelector("[data-large]")?.addEventListener("click", closer);

  const film = stage.querySelector("video");
  function sorry() {
    if (stage.querySelector(".note")) return;
    const note = document.createElement("p");
    note.className = "note";
    note.textContent = "This film cannot be played here: its file is not there, or this browser does not know its format.";
    stage.append(note);
  }
  film?.addEventListener("error", sorry);
  if (film?.error) sorry(); // it may have failed before anybody listened
  film?.addEventListener("keydown", (event) => event.stopPropagation()); // its own keys seek and pause

  // a swipe over the picture is a step; a pinch is not
  let from = null;
  stage.addEventListener("pointerdown", (event) => {
    from = event.pointerType === "touch" && event.isPrimary && !event.target.closest("video") ? event : null;
  });
  stage.addEventListener("pointerup", (event) => {
    if (!from || event.pointerId !== from.pointerId || (visualViewport?.scale ?? 1) > 1.05) return;
    const [x, y] = [event.clientX - from.clientX, event.clientY - from.clientY];
    from = null;
    if (Math.abs(x) > 60 && Math.abs(x) > 2 * Math.abs(y)) follow(x > 0 ? "newer" : "older");
  });

  const ask = async (address, name, value) => {
    const response = await fetch(`${address}?${new URLSearchParams({ [name]: value })}`).catch(() => null);
    return response?.ok ? response.json() : null;
  };

  // what is being worked out again is shown as soon as it is known, unless somebody is typing
  async function worked() {
    const response = await fetch(location.href, { headers: { accept: "text/html" } }).catch(() => null);
    const still = !response?.ok || /<article data-picture data-pending/.test(await response.text());
    const typing = [...page.querySelectorAll("input:not([type=hidden])")].some((field) => field.value);
    if (!still && !typing) location.reload();
    else setTimeout(worked, 5000);
  }
  if (page.hasAttribute("data-pending")) setTimeout(worked, 2500);

  let turn = 0;
  page.querySelector("[data-say]")?.addEventListener("input", async (event) => {
    const mine = ++turn, line = page.querySelector("[data-understands]");
    const found = event.target.value.trim() ? await ask(page.dataset.understood, "text", event.target.value) : null;
    if (mine !== turn) return;
    line.textContent = found ? (found.understood ? `${found.words}${found.note ? ` – ${found.note}` : ""}` : found.note) : "";
  });

  let tagTurn = 0;
  page.querySelector("[data-tag]")?.addEventListener("input", async (event) => {
    const mine = ++tagTurn;
    const found = await ask(page.dataset.words, "text", event.target.value);
    if (!found || mine !== tagTurn) return;
    page.querySelector("#tags-known").replaceChildren(...found.tags.map(({ tag }) => new Option(tag, tag)));
  });
}
