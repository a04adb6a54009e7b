// Choose many pictures: x, shift-click, a tap on the circle; then tag them or leave them out, with undo.
import { newId, post, toast } from "./toast.js";

export function choosing(box, pictures) {
  const bar = document.querySelector("[data-picked-bar]");
  const dialog = document.querySelector("[data-tagging]");
  const start = document.querySelector("[data-select]");
  const base = document.body.dataset.base.replace(/\/$/, "");
  if (!box.hasAttribute("data-may-decide")) return { toggleFocused() {}, tag() {}, clear() {} };

  let last = null; // where a range begins
  const cells = () => [...pictures.querySelectorAll(".cell")];
  const picked = () => pictures.querySelectorAll(".cell[data-picked]");
  const shas = () => Array.from(picked(), (cell) => cell.dataset.sha);

  function mark(cell, on) {
    cell.toggleAttribute("data-picked", on);
    cell.querySelector(".check")?.setAttribute("aria-checked", on);
  }

  function show() {
    const count = picked().length;
    bar.hidden = count === 0;
    const words = `${count.toLocaleString("en")} ${count === 1 ? "picture" : "pictures"}`;
    for (const place of document.querySelectorAll("[data-count]")) place.textContent = words;
    bar.querySelector("[data-do=keep]").hidden = !pictures.querySelector(".cell[data-picked][data-out]");
    if (count) pictures.classList.add("choosing");
    if (start) start.textContent = pictures.classList.contains("choosing") ? "Done" : "Select";
  }

  function pick(cell, { range = false } = {}) {
    const on = !cell.hasAttribute("data-picked");
    if (range && last?.isConnected) {
      const all = cells(), [a, b] = [all.indexOf(last), all.indexOf(cell)].sort((x, y) => x - y);
      for (const each of all.slice(a, b + 1)) mark(each, true);
    } else {
      mark(cell, on);
    }
    last = cell;
    show();
  }

  function clear() {
    for (const cell of picked()) mark(cell, false);
    pictures.classList.remove("choosing");
    last = null;
    show();
  }

  function circles() {
    for (const cell of pictures.querySelectorAll(".cell:not(:has(> .check))")) {
      const check = document.createElement("button");
      check.className = "check";
      check.type = "button";
      check.tabIndex = -1;
      check.textContent = "✓";
      check.setAttribute("role", "checkbox");
      check.setAttribute("aria-checked", "false");
      check.setAttribute("aria-label", `Choose ${cell.querySelector("img").alt}`);
      cell.append(check);
    }
  }

  pictures.addEventListener("click", (event) => {
    const cell = event.target.closest(".cell");
    if (!cell || event.ctrlKey || event.metaKey) return;
    if (event.target.closest(".check") || event.shiftKey || pictures.classList.contains("choosing")) {
      event.preventDefault();
      event.stopImmediatePropagation();
      pick(cell, { range: event.shiftKey });
    }
  }, { capture: true });

  start?.addEventListener("click", () => {
    if (pictures.classList.contains("choosing")) clear();
    else {
      pictures.classList.add("choosing");
      show();
    }
  });
  if (start) start.hidden = false;

  async function decide(verb, fields = {}) {
    const subject = shas();
    if (!subject.length) return;
    const gone = Array.from(picked());
    const answer = await post(`${base}/-/review/decide`, { verb, subject, ...fields, request_id: newId() });
    if (!answer.ok) {
      toast(answer.error || "Not saved.", { bad: true });
      return;
    }
    clear();
    toast(answer.message, { undo: answer.decision });
    if (verb === "tag") return;
    const everything = new URL(location.href).searchParams.get("state");
    for (const cell of gone) {
      if (everything === "all") cell.toggleAttribute("data-out", verb === "discard");
      else cell.hidden = true;
    }
    document.addEventListener("undone", (event) => {
      if (event.detail.undid !== answer.decision) return;
      for (const cell of gone) {
        cell.hidden = false;
        if (everything === "all") cell.toggleAttribute("data-out", verb !== "discard");
      }
    });
  }

  function tag() {
    const chosen = shas();
    if (!chosen.length || dialog.open) return;
    const more = dialog.querySelector("[data-more]");
    more.hidden = chosen.length > Number(box.dataset.picked);
    if (!more.hidden) more.href = `${box.dataset.tags}?${chosen.map((sha) => `of=${sha}`).join("&")}`;
    dialog.querySelector("input").value = "";
    dialog.showModal();
  }

  dialog.addEventListener("close", () => {
    const word = dialog.querySelector("input").value.trim();
    if (dialog.returnValue === "tag" && word) decide("tag", { value: word });
    dialog.returnValue = "";
  });

  let asked = 0;
  dialog.querySelector("input").addEventListener("input", async (event) => {
    const turn = ++asked;
    const response = await fetch(`${box.dataset.words}?text=${encodeURIComponent(event.target.value)}`).catch(() => null);
    if (!response?.ok || turn !== asked) return;
    const { tags } = await response.json();
    dialog.querySelector("datalist").replaceChildren(...tags.map(({ tag: word }) => new Option(word, word)));
  });

  bar.addEventListener("click", (event) => {
    const doing = event.target.closest("[data-do]")?.dataset.do;
    if (doing === "clear") clear();
    else if (doing === "tag") tag();
    else if (doing) decide(doing);
  });

  pictures.addEventListener("grown", circles);
  circles();
  return {
    clear,
    tag,
    toggleFocused(event) {
      const cell = document.activeElement?.closest?.(".cell");
      if (cell) pick(cell, { range: event.shiftKey });
    },
  };
}
