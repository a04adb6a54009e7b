// Groups side by side: look closely, keep one, all or none, go on.
import { keys } from "./keys.js";
import { newId, post, send, toast } from "./toast.js";
import { Zoom } from "./review_zoom.js";

const place = document.getElementById("group");
const done = []; // the decisions made here and the group they were about
let zoom = null;

const article = () => place.querySelector(".compare");

async function load(address) {
  const response = await fetch(address, { headers: { accept: "text/html" } });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return page.getElementById("group") || page.getElementById("main");
}

// The pictures of the next group are fetched while this one is being looked at; its page is not: counts would be old.
async function fetchAhead(address) {
  const page = await load(address).catch(() => null);
  const images = [...(page?.querySelectorAll("img") ?? [])].slice(0, 8);
  for (const image of images) new Image().src = image.src;
}

async function show(address, { push = true } = {}) {
  const page = await load(address).catch(() => null);
  if (!page) {
    location.assign(address);
    return;
  }
  place.replaceChildren(...page.childNodes);
  if (push) history.pushState(null, "", address);
  scrollTo({ top: 0 });
  place.closest("main").focus({ preventScroll: true });
  begin();
}

function begin() {
  zoom = new Zoom([...place.querySelectorAll("[data-stage]")]);
  if (article()) fetchAhead(article().dataset.next);
}

let busy = false; // until the next group is there: a key that is pressed twice is one answer

async function alone(work) {
  if (busy) return;
  busy = true;
  try {
    await work();
  } finally {
    busy = false;
  }
}

async function answer(button) {
  const form = button.form;
  const { next, here } = article().dataset;
  const fields = new URLSearchParams(new FormData(form));
  fields.set("do", button.value);
  const said = await send(form.action, fields);
  if (said.ok) {
    done.push({ number: said.decision, here });
    const again = document.createElement("button");
    again.className = "button quiet";
    again.textContent = "Undo";
    again.addEventListener("click", () => alone(undo), { once: true });
    toast(said.message).append(again);
    const stays = /^(out|in):/.test(button.value) && place.querySelectorAll(".pane:not(.out)").length > 2;
    await show(stays ? here : next, { push: !stays });
  } else {
    toast(said.error || "Not saved.", { bad: true });
    if (said.status === 409) await show(here, { push: false });
  }
}

async function undo() {
  const last = done.pop();
  if (!last) {
    toast("Nothing was decided here yet. Older decisions can be taken back on the page “Decisions”.");
    return;
  }
  const said = await post(`${document.body.dataset.base.replace(/\/$/, "")}/-/review/undo`, { decision: last.number, request_id: newId() });
  toast(said.ok ? said.message : said.error, { bad: !said.ok });
  if (said.ok) await show(last.here);
  else if (said.status !== 409) done.push(last);
}

place.addEventListener("submit", (event) => {
  if (event.target.id !== "doing" || !event.submitter) return;
  event.preventDefault();
  alone(() => answer(event.submitter));
});

place.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-next], a[data-previous]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  alone(() => show(link.getAttribute("href")));
});

addEventListener("popstate", () => show(location.href, { push: false }));

const step = (name) => () => place.querySelector(`a[data-${name}]`)?.click();
keys({
  j: step("next"), s: step("next"), ArrowRight: step("next"),
  k: step("previous"), ArrowLeft: step("previous"),
  u: () => alone(undo),
  z: () => zoom?.stages.length && zoom.toggle(zoom.stages[0]),
  Escape: () => zoom?.reset(),
  Enter: (event) => (event.target.closest("a, button, summary") || place.querySelector("[data-best]"))?.click(),
});
addEventListener("resize", () => zoom?.show());
begin();
