// Groups side by side: look closely, keep one, all or none, go on.
import { keys } from "./keys.js";
import { newId, post, send, toast } from "./toast.js";
import { Zoom } from "./review_zoom.js";

const place = document.getElementById("group");
const done = []; // the decisions made here and the group they were about
const ahead = new Map();
let zoom = null;

const article = () => place.querySelector(".compare");

async function load(address) {
  const response = await fetch(address, { headers: { accept: "text/html" } });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return page.getElementById("group") || page.getElementById("main");
}

function fetchAhead(address) {
  ahead.clear();
  const page = load(address).catch(() => null);
  ahead.set(address, page);
  page.then((found) => found?.querySelectorAll("img").forEach((image, i) => { if (i < 8) new Image().src = image.src; }));
}

async function show(address, { fresh = false, push = true } = {}) {
  const page = await ((!fresh && ahead.get(address)) || load(address).catch(() => null));
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

async function answer(button) {
  const form = button.form;
  if (form.dataset.busy) return;
  form.dataset.busy = "1";
  const { next, here } = article().dataset;
  const fields = new URLSearchParams(new FormData(form));
  fields.set("do", button.value);
  const said = await send(form.action, fields);
  delete form.dataset.busy;
  if (said.ok) {
    done.push({ number: said.decision, here });
    const again = document.createElement("button");
    again.className = "button quiet";
    again.textContent = "Undo";
    again.addEventListener("click", undo, { once: true });
    toast(said.message).append(again);
    const stays = /^(out|in):/.test(button.value) && place.querySelectorAll(".pane:not(.out)").length > 2;
    await show(stays ? here : next, { fresh: stays, push: !stays });
  } else {
    toast(said.error || "Not saved.", { bad: true });
    if (said.status === 409) await show(here, { fresh: true, push: false });
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
  if (said.ok) await show(last.here, { fresh: true });
  else if (said.status !== 409) done.push(last);
}

place.addEventListener("submit", (event) => {
  if (event.target.id !== "doing" || !event.submitter) return;
  event.preventDefault();
  answer(event.submitter);
});

place.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-next], a[data-previous]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  show(link.getAttribute("href"));
});

addEventListener("popstate", () => show(location.href, { fresh: true, push: false }));

const step = (name) => () => place.querySelector(`a[data-${name}]`)?.click();
keys({
  j: step("next"), s: step("next"), ArrowRight: step("next"),
  k: step("previous"), ArrowLeft: step("previous"),
  u: undo,
  z: () => zoom?.stages.length && zoom.toggle(zoom.stages[0]),
  Escape: () => zoom?.reset(),
  Enter: (event) => (event.target.closest("a, button, summary") || place.querySelector("[data-best]"))?.click(),
});
addEventListener("resize", () => zoom?.show());
begin();
