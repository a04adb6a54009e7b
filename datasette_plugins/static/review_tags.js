// Pick pictures, add and remove tags, complete what is being typed.
import { keys } from "./keys.js";
import { newId, post, send, toast } from "./toast.js";

const place = document.getElementById("tags");
const form = document.getElementById("tagging");
const done = [];

const boxes = () => [...(form?.querySelectorAll('input[name="subject"]') ?? [])];
const picked = () => boxes().filter((box) => box.checked);
const all = () => form.elements.namedItem("all");

function count() {
  if (!form) return;
  const number = picked().length;
  form.querySelector("[data-picked]").textContent = all()?.checked ? "whatever is picked" : number === 0 ? "none picked" : number === 1 ? "1 picked" : `${number} picked`;
  form.querySelector("[data-pick-all]").hidden = number === boxes().length;
  form.querySelector("[data-pick-none]").hidden = number === 0;
}

let last = null;
form?.addEventListener("click", (event) => {
  const box = event.target.closest('input[name="subject"]');
  if (!box) return;
  if (event.shiftKey && last) {
    const [from, to] = [boxes().indexOf(last), boxes().indexOf(box)].sort((a, b) => a - b);
    for (const each of boxes().slice(from, to + 1)) each.checked = box.checked;
  }
  last = box;
  count();
});
form?.addEventListener("change", count);

function pick(what) {
  for (const box of boxes()) box.checked = what;
  count();
}
form?.querySelector("[data-pick-all]").addEventListener("click", () => pick(true));
form?.querySelector("[data-pick-none]").addEventListener("click", () => pick(false));

// -- adding and removing

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (form.dataset.busy) return;
  const verb = event.submitter?.value || "tag";
  const field = form.elements.namedItem("value");
  if (!all()?.checked && picked().length === 0) {
    toast("Pick the pictures first: click them, or press a for all that are shown.", { bad: true });
    return;
  }
  form.dataset.busy = "1";
  const fields = new URLSearchParams(new FormData(form));
  fields.set("verb", verb);
  const said = await send(form.action, fields);
  delete form.dataset.busy;
  if (!said.ok) {
    toast(said.error, { bad: true });
    if (said.status === 409) location.reload();
    return;
  }
  form.elements.namedItem("request_id").value = newId();
  const tag = field.value.trim();
  const changed = all()?.checked ? boxes() : picked();
  const before = changed.map((box) => [box, tagsOf(box)]);
  for (const [box, tags] of before) show(box, verb === "tag" ? [...new Set([...tags, tag])].sort() : tags.filter((each) => each !== tag));
  done.push({ number: said.decision, before });
  const again = document.createElement("button");
  again.className = "button quiet";
  again.textContent = "Undo";
  again.addEventListener("click", undo, { once: true });
  toast(said.message).append(again);
  field.value = "";
  close();
});

const lineOf = (box) => box.closest(".pick").querySelector("[data-tags]");
const tagsOf = (box) => JSON.parse(lineOf(box).dataset.tags);

function show(box, tags) {
  const line = lineOf(box);
  line.dataset.tags = JSON.stringify(tags);
  const shown = tags.length > 4 ? [...tags.slice(0, 4), `+${tags.length - 4}`] : tags;
  line.replaceChildren(...shown.map((tag) => Object.assign(document.createElement("i"), { textContent: tag })));
}

async function undo() {
  const last = done.pop();
  if (!last) {
    toast("Nothing was tagged here yet. Older decisions can be taken back on the page “Decisions”.");
    return;
  }
  const said = await post(`${document.body.dataset.base.replace(/\/$/, "")}/-/review/undo`, { decision: last.number, request_id: newId() });
  toast(said.ok ? said.message : said.error, { bad: !said.ok });
  if (said.ok) for (const [box, tags] of last.before) show(box, tags);
}

// -- completion

let list = null;
let asked = 0;

place.addEventListener("input", (event) => {
  const field = event.target;
  if (!field.hasAttribute("data-complete")) return;
  clearTimeout(asked);
  asked = setTimeout(() => complete(field), 80);
});

async function complete(field) {
  const text = field.value.trim();
  if (!text) {
    close();
    return;
  }
  const answer = await fetch(`${place.dataset.words}?text=${encodeURIComponent(text)}`).then((r) => r.json()).catch(() => null);
  if (!answer || field.value.trim() !== text || document.activeElement !== field) return;
  close();
  if (!answer.tags.length) return;
  list = document.createElement("ul");
  list.id = "completions";
  list.className = "completions";
  list.setAttribute("role", "listbox");
  for (const { tag, pictures } of answer.tags) {
    const item = document.createElement("li");
    item.setAttribute("role", "option");
    item.append(tag, Object.assign(document.createElement("span"), { textContent: pictures.toLocaleString("en") }));
    item.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      take(field, tag);
    });
    item.dataset.tag = tag;
    list.append(item);
  }
  field.closest(".field").append(list);
  field.setAttribute("aria-expanded", "true");
}

function close() {
  list?.remove();
  list = null;
  for (const field of place.querySelectorAll("[aria-expanded]")) field.setAttribute("aria-expanded", "false");
}

function take(field, tag) {
  field.value = tag;
  close();
}

place.addEventListener("keydown", (event) => {
  if (!event.target.hasAttribute?.("data-complete")) return;
  if (event.key === "Escape") {
    if (list) event.stopPropagation();
    close();
    return;
  }
  if (!list) return;
  const items = [...list.children];
  const now = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const next = (now + (event.key === "ArrowDown" ? 1 : -1) + items.length + (now < 0 && event.key === "ArrowUp" ? 1 : 0)) % items.length;
    items.forEach((item, i) => item.setAttribute("aria-selected", String(i === next)));
    items[next].scrollIntoView({ block: "nearest" });
  } else if ((event.key === "Enter" || event.key === "Tab") && now >= 0) {
    if (event.key === "Enter") event.preventDefault();
    take(event.target, items[now].dataset.tag);
  }
});
place.addEventListener("focusout", (event) => { if (event.target.hasAttribute("data-complete")) close(); });

keys({
  t: () => form?.elements.namedItem("value").focus(),
  a: () => pick(true),
  Escape: () => pick(false),
  u: undo,
});
count();
