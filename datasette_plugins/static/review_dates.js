// Questions about dates, one after the other: answer, skip, undo and type without leaving the keyboard.
import { keys } from "./keys.js";
import { newId, post, send, toast } from "./toast.js";

const place = document.getElementById("question");
const done = []; // the decisions made here, with where the questions went on: for undoing them one by one

const article = () => place.querySelector(".question");
const options = () => [...place.querySelectorAll("[data-option]")];

async function load(address) {
  const response = await fetch(address, { headers: { accept: "text/html" } });
  return new DOMParser().parseFromString(await response.text(), "text/html").getElementById("question");
}

// The pictures of the next question are fetched while this one is being answered; its page is not: counts would be old.
async function fetchAhead(address) {
  const page = await load(address).catch(() => null);
  const images = [...(page?.querySelectorAll("img") ?? [])].slice(0, 24);
  for (const image of images) new Image().src = image.src;
}

// Show the page at *address*, or the one *instead* when there is no question there any more.
async function show(address, { push = true, instead = null } = {}) {
  const page = await load(address).catch(() => null);
  if (!page) {
    if (instead) await show(instead, { push });
    else location.assign(address);
    return;
  }
  place.replaceChildren(...page.childNodes);
  if (push) history.pushState(null, "", address);
  scrollTo({ top: 0 });
  place.closest("main").focus({ preventScroll: true });
  begin();
}

function begin() {
  const next = article()?.dataset.next;
  if (next) fetchAhead(next);
  place.querySelector("[autofocus]")?.focus();
}

// -- answering

let busy = false; // until the next question is there: a key that is pressed twice is one answer

async function alone(work) {
  if (busy) return;
  busy = true;
  place.classList.add("waits");
  try {
    await work();
  } finally {
    busy = false;
    place.classList.remove("waits");
  }
}

async function answer(form, button) {
  const fields = new URLSearchParams(new FormData(form));
  if (form.id === "typed") for (const box of picked()) fields.append("only", box.value);
  if (button?.name) {
    fields.set(button.name, button.value);
    fields.set("count", button.dataset.count);
  }
  const said = await send(form.action, fields);
  if (said.ok) {
    done.push({ number: said.decision, cursor: new URL(article().dataset.next, location.href).searchParams.get("after") });
    const line = toast(said.message, {});
    line.append(undoButton());
    const { key, next, partly } = article().dataset;
    const rest = picked().length > 0 || partly !== undefined;
    await show(rest ? `${place.dataset.page}?question=${key}` : next, { instead: next });
  } else {
    toast(said.error || "Not saved.", { bad: true });
    if (said.status === 409) await show(location.href, { push: false, instead: article()?.dataset.next });
  }
}

function undoButton() {
  const button = document.createElement("button");
  button.className = "button quiet";
  button.textContent = "Undo";
  button.addEventListener("click", () => alone(undo), { once: true });
  return button;
}

async function undo() {
  const last = done.pop();
  if (!last) {
    toast("Nothing was decided here yet. Older decisions can be taken back on the page “Decisions”.");
    return;
  }
  const said = await post(`${document.body.dataset.base.replace(/\/$/, "")}/-/review/undo`, { decision: last.number, request_id: newId() });
  if (!said.ok) {
    if (said.status !== 409) done.push(last);
    toast(said.error, { bad: true });
    return;
  }
  toast(said.message);
  await show(`${place.dataset.page}?again=${last.number}&after=${encodeURIComponent(last.cursor ?? "")}`);
}

place.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.hasAttribute("data-answer")) return;
  event.preventDefault();
  alone(() => answer(form, event.submitter?.name === "option" ? event.submitter : null));
});

place.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  if (link.hasAttribute("data-skip") || new URL(link.href).pathname === new URL(place.dataset.page, location.href).pathname) {
    event.preventDefault();
    alone(() => show(link.href.replace(location.origin, "")));
  }
});

addEventListener("popstate", () => show(location.href, { push: false }));

// -- looking: what an answer would mean, and for how many

const picked = () => [...place.querySelectorAll('input[name="only"]:checked')];

function preview(number) {
  for (const line of place.querySelectorAll(".pick .when")) {
    const would = number ? line.dataset[`m${number}`] : null;
    line.textContent = would || line.dataset.own || "no date";
    line.classList.toggle("would", Boolean(would));
  }
}

function hold(event) {
  const option = event.target.closest?.("[data-option]");
  preview(option ? option.dataset.option : null);
}
place.addEventListener("focusin", hold);
place.addEventListener("pointerover", (event) => { if (event.pointerType === "mouse") hold(event); });

place.addEventListener("change", (event) => {
  if (event.target.name !== "only") return;
  const boxes = picked();
  const line = place.querySelector("[data-picked]");
  if (line) {
    line.hidden = boxes.length === 0;
    line.textContent = `The answer is for the ${boxes.length === 1 ? "picture" : `${boxes.length} pictures`} you picked; the others are asked about again.`;
  }
  const button = place.querySelector("[data-verb]");
  if (button) {
    button.dataset.all ??= button.textContent;
    button.textContent = boxes.length ? `Date ${boxes.length === 1 ? "1 picture" : `${boxes.length} pictures`}` : button.dataset.all;
  }
});

// -- typing: how it is understood

let typing = 0;
place.addEventListener("input", (event) => {
  if (event.target.name !== "value") return;
  clearTimeout(typing);
  typing = setTimeout(() => understand(event.target), 90);
});

async function understand(field) {
  const line = place.querySelector("[data-meaning]");
  const text = field.value;
  const address = `${field.form.dataset.understood}?text=${encodeURIComponent(text)}`;
  const meant = await fetch(address).then((response) => response.json()).catch(() => null);
  if (!meant || field.value !== text || !line.isConnected) return;
  line.classList.toggle("good", meant.understood);
  line.textContent = meant.understood ? `${meant.words}${meant.note ? ` · ${meant.note}` : ""}` : meant.note;
}

place.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.name === "value") {
    event.target.value = "";
    event.target.blur();
  }
});

// -- keys

function choose(number) {
  const button = options()[number - 1];
  if (button) {
    button.focus();
    button.scrollIntoView({ block: "nearest" });
  }
}

const table = {
  s: () => place.querySelector("[data-skip]")?.click(),
  u: () => alone(undo),
  e: () => place.querySelector('input[name="value"]')?.focus(),
  Enter: (event) => {
    (event.target.closest("a, button, summary") || place.querySelector(".confirm button, .option.best"))?.click();
  },
};
for (let number = 1; number <= 9; number += 1) table[number] = () => choose(number);
keys(table);
begin();
