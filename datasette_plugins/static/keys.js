// Keys for a page: keys({ j: next, k: previous }); buttons with data-key are pressed by their key.
const TICKED = /^(checkbox|radio|range|button|submit|reset|file)$/; // inputs one does not write into

// Whether somebody writes here, so that letters are letters.
export function writes(place) {
  return place.isContentEditable || /^(TEXTAREA|SELECT)$/.test(place.tagName) || (place.tagName === "INPUT" && !TICKED.test(place.type));
}

// Whether the browser itself does something with this key here: tick, press, move a slider.
function needs(place, key) {
  return (place.tagName === "INPUT" && key === " ") || (/^(radio|range)$/.test(place.type) && /^(Arrow|Home$|End$|Page)/.test(key));
}

export function keys(table = {}) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target;
    if (writes(target)) {
      if (event.key === "Escape") target.blur();
      return;
    }
    if (needs(target, event.key)) return;
    if (document.querySelector("dialog[open]") && !event.target.closest("dialog")) return;
    const action = table[event.key];
    if (action) {
      event.preventDefault();
      action(event);
      return;
    }
    const scope = document.querySelector("dialog[open], [data-current]") || document;
    for (const button of scope.querySelectorAll("[data-key]")) {
      if (button.dataset.key === event.key && !button.disabled) {
        event.preventDefault();
        button.click();
        return;
      }
    }
  });
}
