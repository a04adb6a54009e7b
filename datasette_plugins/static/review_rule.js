// The rule counts again while its slider moves, and never lets an old count be confirmed.
const form = document.querySelector("[data-rule]");
const percent = form.querySelector("[data-percent]");
let waiting = 0;

form.addEventListener("input", () => {
  percent.textContent = `${(100 * form.elements.confidence.value).toFixed(1)} %`;
  document.querySelector("[data-count] form button")?.setAttribute("disabled", "");
  clearTimeout(waiting);
  waiting = setTimeout(count, 200);
});

async function count() {
  const address = `${form.action}?${new URLSearchParams(new FormData(form))}`;
  const page = new DOMParser().parseFromString(await (await fetch(address)).text(), "text/html");
  const found = page.querySelector("[data-count]");
  if (!found || found.dataset.kind !== form.elements.kind.value) return;
  document.querySelector("[data-count]").replaceWith(found);
  history.replaceState(null, "", address);
}
