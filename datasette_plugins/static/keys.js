// Keys for a page: keys({ j: next, k: previous }); buttons with data-key are pressed by their key.
export function keys(table = {}) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target;
    if (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) {
      if (event.key === "Escape") target.blur();
      return;
    }
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
