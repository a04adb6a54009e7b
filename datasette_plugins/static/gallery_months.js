// The bar of months: says what is under the pointer or the finger, marks where one is, moves by arrows.
export function months(pictures) {
  const strip = document.querySelector("[data-months]");
  if (!strip) return { step() {} };
  const bars = [...strip.querySelectorAll("a[data-at]")];
  const flag = strip.querySelector(".flag");

  // one stop for the tabulator key, arrows between the bars
  let current = bars.at(-1);
  function stop(bar) {
    current?.setAttribute("tabindex", "-1");
    current = bar;
    bar.setAttribute("tabindex", "0");
  }
  for (const bar of bars) bar.setAttribute("tabindex", "-1");
  stop(current);

  function say(bar) {
    for (const each of strip.querySelectorAll("[data-here]")) each.removeAttribute("data-here");
    flag.hidden = !bar;
    if (!bar) return;
    bar.setAttribute("data-here", "");
    flag.textContent = bar.getAttribute("aria-label");
    const place = bar.getBoundingClientRect(), all = strip.getBoundingClientRect();
    const left = place.left + place.width / 2 - all.left - flag.offsetWidth / 2;
    flag.style.left = `${Math.max(0, Math.min(all.width - flag.offsetWidth, left))}px`;
  }

  // Thin bars are hard to hit: the closest one counts.
  function closest(x) {
    let best = null, least = Infinity;
    for (const bar of bars) {
      const place = bar.getBoundingClientRect();
      const apart = Math.abs(place.left + place.width / 2 - x);
      if (apart < least) [best, least] = [bar, apart];
    }
    return best;
  }

  const svg = strip.querySelector("svg");
  svg.addEventListener("pointermove", (event) => say(closest(event.clientX)));
  svg.addEventListener("pointerdown", (event) => say(closest(event.clientX)));
  svg.addEventListener("pointerleave", () => say(null));
  svg.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.detail === 0) return;
    event.preventDefault();
    go(closest(event.clientX));
  });
  strip.addEventListener("focusin", (event) => {
    const bar = event.target.closest("a[data-at]");
    if (bar) {
      stop(bar);
      say(bar);
    }
  });
  strip.addEventListener("focusout", () => say(null));
  strip.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -bars.length, End: bars.length, PageUp: 12, PageDown: -12 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    bars[Math.max(0, Math.min(bars.length - 1, bars.indexOf(current) + step))].focus();
  });

  function go(bar) {
    if (bar) location.assign(bar.getAttribute("href"));
  }

  // -- where one is

  const barOf = (month) => bars.find((bar) => bar.dataset.at === month) || bars.find((bar) => bar.dataset.at === month.slice(0, 4));
  function shown() {
    const sections = [...pictures.querySelectorAll(".month")];
    return sections.find((section) => section.getBoundingClientRect().bottom > 200) || sections.at(-1);
  }
  let waiting = false;
  function mark() {
    waiting = false;
    const bar = shown() && barOf(shown().dataset.month);
    for (const each of bars) each.removeAttribute("aria-current");
    bar?.setAttribute("aria-current", "true");
  }
  addEventListener("scroll", () => {
    if (!waiting) {
      waiting = true;
      requestAnimationFrame(mark);
    }
  }, { passive: true });
  mark();

  return {
    // one month on (newer) or back
    step(by) {
      const bar = shown() && barOf(shown().dataset.month);
      go(bars[bars.indexOf(bar) + by]);
    },
  };
}
