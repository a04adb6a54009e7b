// Many files into the inbox: what has arrived is skipped, what fails is tried again, and closing the page loses nothing.
const form = document.getElementById("drop");
const sum = document.getElementById("sum");
const words = document.getElementById("words");
const bar = document.getElementById("bar");
const more = document.getElementById("more");
const list = document.getElementById("list");
const again = document.getElementById("again");
const then = document.getElementById("then");

const AT_ONCE = 3; // uploads
const ASKED = 500; // files asked about at once
const SHOWN = 60; // rows
const TRIES = 4;
const SYSTEM = /^(\.|~\$|thumbs\.db$|desktop\.ini$|ehthumbs\.db$)/i;

const all = []; // { file, path, state: "new" | "waits" | "sending" | "here" | "skipped" | "failed", sent, why, row }
let running = 0;
let stopped = "";

const size = (bytes) => {
  for (const unit of ["bytes", "kB", "MB", "GB"]) {
    if (bytes < 1000 || unit === "GB") return `${bytes < 100 && unit !== "bytes" ? bytes.toFixed(1) : Math.round(bytes)} ${unit}`;
    bytes /= 1000;
  }
  return "";
};
const count = (state) => all.filter((item) => item.state === state).length;
const files = (number) => `${number.toLocaleString()} ${number === 1 ? "file" : "files"}`;

function add(file, path) {
  if (SYSTEM.test(file.name)) return;
  all.push({ file, path, state: "new", sent: 0, why: "", row: null });
}

async function begin() {
  stopped = "";
  for (let fresh = all.filter((item) => item.state === "new"); fresh.length; fresh = all.filter((item) => item.state === "new")) {
    const batch = fresh.slice(0, ASKED);
    const known = await ask(batch);
    batch.forEach((item, place) => {
      item.state = known[place] ? "skipped" : "waits";
    });
    show();
    next();
  }
}

async function ask(batch) {
  try {
    const answer = await fetch(form.dataset.known, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({
        path: batch.map((item) => item.path),
        size: batch.map((item) => item.file.size),
        modified: batch.map((item) => item.file.lastModified),
      }),
    });
    return answer.ok ? (await answer.json()).known : [];
  } catch {
    return []; // it will be noticed when it is sent
  }
}

function next() {
  while (running < AT_ONCE && !stopped) {
    const item = all.find((each) => each.state === "waits");
    if (!item) break;
    running += 1;
    item.state = "sending";
    carry(item).finally(() => {
      running -= 1;
      show();
      next();
    });
  }
  show();
}

async function carry(item) {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const answer = await send(item);
    item.sent = 0;
    if (answer.ok) {
      item.state = "here";
      return;
    }
    item.why = answer.error;
    if (answer.status === 507 || answer.status === 401 || answer.status === 403) {
      stopped = answer.error; // no room, or no longer logged in: the others would fare no better
      item.state = "waits";
      return;
    }
    if (answer.status >= 400 && answer.status < 500 && answer.status !== 409) break;
    await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** attempt));
  }
  item.state = "failed";
}

function send(item) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const query = new URLSearchParams({ path: item.path, size: item.file.size, modified: item.file.lastModified });
    request.open("POST", `${form.dataset.file}?${query}`);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.setRequestHeader("accept", "application/json");
    request.upload.onprogress = (event) => {
      item.sent = event.loaded;
      show();
    };
    request.onload = () => {
      let answer = {};
      try {
        answer = JSON.parse(request.responseText);
      } catch {
        answer = { ok: false, error: request.status === 401 ? "Please log in again." : "The server did not understand it." };
      }
      resolve({ ...answer, status: request.status });
    };
    request.onerror = () => resolve({ ok: false, status: 0, error: "The connection broke." });
    request.send(item.file);
  });
}

// -- showing

let drawn = 0;
function show() {
  if (!drawn) drawn = requestAnimationFrame(draw);
}

function draw() {
  drawn = 0;
  const total = all.reduce((bytes, item) => bytes + item.file.size, 0) || 1;
  const sent = all.reduce((bytes, item) => bytes + (["here", "skipped"].includes(item.state) ? item.file.size : item.sent), 0);
  const arrived = count("here") + count("skipped");
  const busy = running > 0 || count("new") > 0 || (count("waits") > 0 && !stopped);
  sum.hidden = all.length === 0;
  bar.value = sent / total;
  if (busy) words.textContent = `${arrived.toLocaleString()} of ${files(all.length)} arrived`;
  else if (arrived === all.length) words.textContent = `All ${files(all.length)} arrived.`;
  else words.textContent = `${files(all.length - arrived)} did not arrive.`;
  const told = [`${size(sent)} of ${size(total)}`];
  if (count("skipped")) told.push(`${count("skipped").toLocaleString()} had arrived before`);
  if (stopped) told.push(stopped);
  if (!busy && count("here")) told.push("They are looked at now, and are with the others in half a minute.");
  more.textContent = told.join(" · ");
  again.hidden = busy || (!stopped && !count("failed"));
  then.hidden = busy || !arrived;
  rows();
}

function rows() {
  const interesting = [...all.filter((i) => ["sending", "failed"].includes(i.state)), ...all.filter((i) => i.state === "waits")];
  const shown = new Set(interesting.slice(0, SHOWN));
  for (const item of all) {
    if (!shown.has(item) && item.row) {
      item.row.remove();
      item.row = null;
    }
  }
  for (const item of shown) {
    if (!item.row) {
      item.row = document.createElement("li");
      const name = document.createElement("span");
      const state = document.createElement("span");
      const progress = document.createElement("progress");
      name.className = "name";
      name.textContent = item.path;
      state.className = "muted small";
      progress.className = "bar";
      progress.max = item.file.size || 1;
      item.row.append(name, state, progress);
    }
    const [, state, progress] = item.row.children;
    state.textContent = item.state === "failed" ? item.why : item.state === "sending" ? `${size(item.sent)} of ${size(item.file.size)}` : "waits";
    progress.value = item.sent;
    progress.hidden = item.state !== "sending";
    list.append(item.row);
  }
}

// -- choosing

async function entries(entry, way) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    add(file, way + file.name);
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const found = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!found.length) return;
    for (const each of found) await entries(each, `${way}${entry.name}/`);
  }
}

for (const kind of ["dragenter", "dragover"]) {
  form.addEventListener(kind, (event) => {
    event.preventDefault();
    form.classList.add("over");
  });
}
for (const kind of ["dragleave", "drop"]) form.addEventListener(kind, () => form.classList.remove("over"));
for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => event.preventDefault()); // missing the spot opens nothing

form.addEventListener("drop", async (event) => {
  event.preventDefault();
  const dropped = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (dropped.length) for (const entry of dropped) await entries(entry, "").catch(() => {});
  else for (const file of event.dataTransfer.files) add(file, file.name);
  begin();
});

for (const id of ["files", "folder"]) {
  const input = document.getElementById(id);
  input.addEventListener("change", () => {
    for (const file of input.files) add(file, file.webkitRelativePath || file.name);
    input.value = "";
    begin();
  });
}

again.addEventListener("click", () => {
  for (const item of all) if (item.state === "failed" || item.state === "waits") item.state = "new";
  begin();
});

addEventListener("beforeunload", (event) => {
  if (running) event.preventDefault();
});
