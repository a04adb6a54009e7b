// What every page does: toasts that go away, one open menu at a time, calm places for pictures that are not there.
import "./decide.js";
import { writes } from "./keys.js";
import { fade } from "./toast.js";

for (const line of document.querySelectorAll("[data-toast]")) fade(line);

const address = new URL(location.href);
if (address.searchParams.has("saved")) {
  address.searchParams.delete("saved"); // loading again must not say it again
  history.replaceState(history.state, "", address);
}

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.more[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const menu of document.querySelectorAll("details.more[open]")) menu.open = false;
  if (event.key === "/" && !writes(event.target) && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const field = document.querySelector(".find input");
    if (field) {
      event.preventDefault();
      field.focus();
    }
  }
});

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "Copied";
  });
}
