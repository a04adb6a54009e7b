// Forms with data-decide are sent without leaving the page; each fires "decided" (or "refused") and bubbles.
import { newId, send, toast } from "./toast.js";

export async function decide(form, button = null) {
  if (form.dataset.busy) return null;
  form.dataset.busy = "1";
  if (button) button.disabled = true;
  // the form's own id is kept until an answer came: pressing twice, or again after a lost answer, is one decision
  const answer = await send(form.action, new URLSearchParams(new FormData(form)));
  delete form.dataset.busy;
  if (button) button.disabled = false;
  const undoing = form.action.endsWith("/-/review/undo");
  if (answer.ok) {
    const id = form.elements.namedItem("request_id");
    if (id) id.value = newId();
    toast(answer.message, { undo: undoing ? null : answer.decision });
  } else {
    toast(answer.error || "Not saved.", { bad: true });
  }
  // a form inside the line at the foot of the page has just been replaced by the next line
  const place = form.isConnected ? form : document.body;
  place.dispatchEvent(new CustomEvent(answer.ok ? "decided" : "refused", { bubbles: true, detail: { ...answer, undoing } }));
  return answer;
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.hasAttribute("data-decide")) return;
  event.preventDefault();
  decide(form, event.submitter);
});

// Where nothing else listens, a page shows its new state by being loaded again.
document.addEventListener("decided", (event) => {
  if (!event.target.closest("[data-live]")) {
    const address = new URL(location.href);
    if (event.detail.undoing) address.searchParams.delete("saved");
    else address.searchParams.set("saved", event.detail.decision);
    location.replace(address);
  }
});
