// The status page looks again now and then, while somebody looks at it.
const EVERY = 15000;

async function again() {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
    if (fresh) document.getElementById("main").replaceChildren(...fresh.childNodes);
  } catch {
    // the server is away for a moment; the lamps say so when it is back
  }
}

setInterval(again, EVERY);
