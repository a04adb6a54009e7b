// The gallery: older pictures come while one scrolls, arrows move, the address remembers where one was.
import { keys } from "./keys.js";
import { choosing } from "./gallery_choose.js";
import { months } from "./gallery_months.js";

const box = document.querySelector("[data-gallery]");
const pictures = document.getElementById("pictures");
const AHEAD = "1600px"; // pictures are asked for this far before they are seen

const tiles = () => [...pictures.querySelectorAll(".tile")];

// -- more pictures

async function fetchPart(address) {
  const url = new URL(address, location.href);
  url.searchParams.set("part", "1");
  const response = await fetch(url, { headers: { accept: "text/html" } });
  if (!response.ok) throw new Error(response.status);
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

// One month may come in several parts: it stays one section.
function joined(first, second) {
  if (!first || !second || first.dataset.month !== second.dataset.month) return false;
  first.querySelector(".grid").append(...second.querySelectorAll(".cell"));
  return true;
}

function adopt(part) {
  const ids = new Set(tiles().map((tile) => tile.id));
  for (const cell of part.querySelectorAll(".cell")) {
    if (ids.has(cell.querySelector(".tile").id)) cell.remove();
  }
  const found = document.importNode(part.getElementById("pictures"), true);
  return [...found.children].filter((section) => section.querySelector(".cell"));
}

async function load(pager, older) {
  if (!pager || pager.ariaBusy === "true") return false;
  pager.ariaBusy = "true";
  try {
    const part = await fetchPart(pager.querySelector("a").getAttribute("href"));
    const name = older ? "older" : "newer";
    const following = part.querySelector(`[data-${name}]`);
    const sections = adopt(part);
    if (older) {
      if (joined(pictures.lastElementChild, sections[0])) sections.shift();
      pictures.append(...sections);
    } else {
      const before = document.documentElement.scrollHeight, top = scrollY;
      const last = sections.at(-1), first = pictures.firstElementChild;
      if (joined(last, first)) first.remove();
      pictures.prepend(...sections);
      document.documentElement.style.overflowAnchor = "none";
      scrollTo({ top: top + document.documentElement.scrollHeight - before, behavior: "instant" });
    }
    if (following) pager.replaceWith(document.importNode(following, true));
    else pager.remove();
    watch();
    pictures.dispatchEvent(new CustomEvent("grown"));
    return true;
  } catch {
    pager.ariaBusy = "false"; // the link stays: it may be pressed
    return false;
  }
}

const near = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) if (entry.isIntersecting) load(entry.target, true);
  },
  { rootMargin: `${AHEAD} 0px` },
);

function watch() {
  near.disconnect();
  const older = box.querySelector("[data-older]");
  if (older) near.observe(older);
}

box?.addEventListener("click", (event) => {
  const link = event.target.closest("[data-newer] a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  load(link.closest("[data-newer]"), false);
});

// -- where one was

function here(sha) {
  const url = new URL(location.href);
  for (const name of ["after", "before", "year", "saved"]) url.searchParams.delete(name);
  url.searchParams.set("at", sha);
  return url;
}

pictures?.addEventListener("click", (event) => {
  const cell = event.target.closest(".cell");
  // going back leads to this picture, not to the top
  if (cell && event.target.closest(".tile") && !event.defaultPrevented) history.replaceState(null, "", here(cell.dataset.sha));
});

async function comeBack() {
  const sha = new URL(location.href).searchParams.get("at") || "";
  const tile = /^[0-9a-f]{64}$/.test(sha) && document.getElementById(`p-${sha.slice(0, 16)}`);
  if (!tile) return;
  const newer = box.querySelector("[data-newer]");
  if (newer) await load(newer, false);
  tile.scrollIntoView({ block: "center", behavior: "instant" });
  tile.focus({ preventScroll: true });
}

// -- arrows

function move(step) {
  const all = tiles();
  const at = all.indexOf(document.activeElement);
  const seen = () => all.findIndex((tile) => tile.getBoundingClientRect().bottom > 180);
  const next = all[at < 0 ? Math.max(0, seen()) : Math.min(all.length - 1, Math.max(0, at + step))];
  if (!next) return;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

// Up and down: the tile of the next row that is closest, also across months.
function row(direction) {
  const from = document.activeElement;
  if (!from?.matches?.(".tile")) return move(0);
  const here = from.getBoundingClientRect(), all = tiles();
  let best = null, least = Infinity;
  for (let at = all.indexOf(from) + direction; all[at]; at += direction) {
    const there = all[at].getBoundingClientRect();
    const down = direction * (there.top - here.top);
    if (down < 4) continue;
    if (best && Math.abs(there.top - best.getBoundingClientRect().top) > 4) break;
    const aside = Math.abs(there.left - here.left);
    if (aside < least) [best, least] = [all[at], aside];
  }
  if (!best) return move(direction);
  best.focus({ preventScroll: true });
  best.scrollIntoView({ block: "nearest" });
}

if (box) {
  const chosen = choosing(box, pictures);
  const time = months(pictures);
  keys({
    ArrowRight: () => move(1), ArrowLeft: () => move(-1), ArrowDown: () => row(1), ArrowUp: () => row(-1),
    x: chosen.toggleFocused, t: chosen.tag, "[": () => time.step(1), "]": () => time.step(-1),
    Escape: () => {
      for (const menu of document.querySelectorAll("[data-pick][open]")) menu.open = false;
      chosen.clear();
    },
  });
  watch();
  comeBack();
}

// Menus: one at a time, closed by a click elsewhere (browsers that know details[name] do the first themselves).
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("[data-pick][open]")) if (!menu.contains(event.target)) menu.open = false;
});
