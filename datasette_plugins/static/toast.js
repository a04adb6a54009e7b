// A line at the foot of the page that says what happened, with a way back.
const LASTS = 8000;

const base = () => document.body.dataset.base.replace(/\/$/, "");

export function toast(text, { undo = null, bad = false } = {}) {
  const box = document.getElementById("toasts");
  const line = document.createElement("div");
  line.className = bad ? "toast bad" : "toast";
  const words = document.createElement("span");
  words.textContent = text;
  line.append(words);
  if (undo !== null) {
    const button = document.createElement("button");
    button.className = "button quiet";
    button.textContent = "Undo";
    button.addEventListener("click", () => takeBack(undo, button, line), { once: true });
    line.append(button);
  }
  box.replaceChildren(line);
  fade(line, bad ? 2 * LASTS : LASTS);
  return line;
}

export function fade(line, after = LASTS) {
  setTimeout(() => line.remove(), after);
}

async function takeBack(number, button, line) {
  button.disabled = true;
  const answer = await post(`${base()}/-/review/undo`, { decision: number, request_id: newId() });
  line.remove();
  toast(answer.ok ? answer.message : answer.error, { bad: !answer.ok });
  if (answer.ok) document.dispatchEvent(new CustomEvent("undone", { detail: { ...answer, undid: number } }));
}

export function newId() {
  return crypto.randomUUID ? crypto.randomUUID() : Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

// Post *fields* (an object; lists give a field more than once) and get the answer, whatever happened to it.
export async function post(address, fields) {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    for (const each of Array.isArray(value) ? value : [value]) body.append(name, each);
  }
  return send(address, body);
}

export async function send(address, body) {
  try {
    const response = await fetch(address, { method: "POST", body, headers: { accept: "application/json" } });
    const answer = await response.json();
    return { status: response.status, ...answer };
  } catch {
    return { ok: false, status: 0, error: "Not saved: the server does not answer." };
  }
}
