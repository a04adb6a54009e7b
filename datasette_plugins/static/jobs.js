// Jobs as they go: one stream of events keeps the page as it would be if it were loaded again.
const live = document.getElementById("live");
const lead = document.getElementById("lead");
const template = document.getElementById("job");
const marks = {};
let source = null;

function fill(card, job) {
  card.dataset.job = job.id;
  for (const name of ["title", "about", "state", "doing", "counted", "rate", "left", "message", "failed"]) {
    const place = card.querySelector(`[data-${name}]`);
    if (place.textContent !== job[name]) place.textContent = job[name];
  }
  card.querySelector("[data-state]").className = `chip ${job.chip}`;
  card.querySelector("[data-failed]").hidden = !job.failed;
  const bar = card.querySelector("progress");
  bar.hidden = !job.bar;
  if (job.total) {
    bar.max = job.total;
    bar.value = Math.min(job.done, job.total);
  } else bar.removeAttribute("value");
  for (const [want, key] of [["pause", "pause"], ["run", "resume"], ["cancel", "cancel"]]) {
    const form = card.querySelector(`[data-want="${want}"]`);
    form.hidden = !job[key];
    form.elements.job.value = job.id;
  }
}

function show(jobs) {
  const cards = new Map([...live.children].map((card) => [Number(card.dataset.job), card]));
  jobs.forEach((job, place) => {
    const card = cards.get(job.id) || template.content.firstElementChild.cloneNode(true);
    cards.delete(job.id);
    fill(card, job);
    if (live.children[place] !== card) live.insertBefore(card, live.children[place] || null);
  });
  for (const card of cards.values()) card.remove();
  const words = jobs.length === 0 ? "Nothing is under way." : `${jobs.length} ${jobs.length === 1 ? "job is" : "jobs are"} under way.`;
  if (lead.textContent !== words) lead.textContent = words;
}

async function refresh(name) {
  const answer = await fetch(`${live.dataset.part}?name=${name}`);
  if (answer.ok) document.getElementById(name).innerHTML = await answer.text();
}

function hear(event) {
  const news = JSON.parse(event.data);
  show(news.live);
  for (const [name, mark] of Object.entries(news.marks)) {
    if (name in marks && marks[name] !== mark) refresh(name).catch(() => {});
    marks[name] = mark;
  }
}

function listen() {
  if (source || document.hidden) return;
  source = new EventSource(live.dataset.stream);
  source.addEventListener("jobs", hear);
}

function rest() {
  source?.close();
  source = null;
}

document.addEventListener("visibilitychange", () => (document.hidden ? rest() : listen()));
addEventListener("pagehide", rest);
addEventListener("pageshow", listen);
listen();
