// While a job runs, the first page shows how far it is, and its pictures when it has ended.
const box = document.getElementById("running");
const EVERY = 2000;

async function look() {
  if (document.hidden) return;
  try {
    const { job } = await (await fetch(box.dataset.now, { headers: { accept: "application/json" } })).json();
    if (!job) {
      location.reload();
      return;
    }
    box.querySelector("[data-words]").textContent = job.done.toLocaleString() + (job.total ? ` of ${job.total.toLocaleString()}` : "");
    const bar = box.querySelector("progress");
    if (job.total) {
      bar.max = job.total;
      bar.value = job.done;
    } else bar.removeAttribute("value");
  } catch {
    // the server is away for a moment: the next look will tell
  }
}

if (box && box.querySelector(".job")) setInterval(look, EVERY);
