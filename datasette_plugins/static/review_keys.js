// Keys of the review pages: as everywhere, and also while a tick box has the focus.
import { keys } from "./keys.js";

export function reviewKeys(table) {
  keys(table);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (!event.target.matches?.('input[type="checkbox"], input[type="radio"], input[type="range"]')) return;
    const action = table[event.key];
    if (action && !(event.target.type === "range" && event.key.startsWith("Arrow"))) {
      event.preventDefault();
      action(event);
    }
  });
}
