// The map: moves by mouse, finger and keys; what lies in the window is asked for square by square.
import { ground } from "./map_ground.js";

const box = document.querySelector("[data-map]");
const TILE = 256, MOST = 19, LEAST = 0.6;
const world = (zoom) => TILE * 2 ** zoom;

// Degrees ↔ the Mercator square, 0 to 1 from west to east and from north to south.
const across = (longitude) => (longitude + 180) / 360;
const down = (latitude) => (1 - Math.asinh(Math.tan((Math.max(-85.05, Math.min(85.05, latitude)) * Math.PI) / 180)) / Math.PI) / 2;
const longitudeOf = (x) => x * 360 - 180;
const latitudeOf = (y) => (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI;

// 950, 1.2k, 131k, 2.1M
function short(count) {
  if (count < 1000) return count;
  const [value, unit] = count < 1e6 ? [count / 1e3, "k"] : [count / 1e6, "M"];
  return `${value < 10 ? Math.floor(value * 10) / 10 : Math.floor(value)}${unit}`;
}

const still = matchMedia("(prefers-reduced-motion: reduce)");

if (box) start();

function start() {
  const view = { x: 0.5, y: 0.4, zoom: 1 }; // set as soon as the size of the window is known
  const draw = ground(box, { across, down, longitudeOf, latitudeOf });
  const markers = box.querySelector(".markers");
  const shown = new Map(); // name of the square → its marker
  let width = 1, height = 1, level = -1, asked = 0, timer = 0, moved = 0;

  const farthest = () => Math.max(LEAST, Math.log2(Math.min(width, height) / TILE));

  function keep() {
    view.zoom = Math.max(farthest(), Math.min(MOST, view.zoom));
    view.x -= Math.floor(view.x);
    const half = height / 2 / world(view.zoom);
    view.y = half > 0.5 ? 0.5 : Math.max(half, Math.min(1 - half, view.y));
  }

  // All places, with some room around them.
  function whole() {
    const [west, north, east, south] = JSON.parse(box.dataset.sight);
    const zoom = Math.min(Math.log2((width - 90) / TILE / (east - west)), Math.log2((height - 90) / TILE / (south - north)), 12);
    return { x: (west + east) / 2, y: (north + south) / 2, zoom: Math.max(farthest(), zoom) };
  }

  function begin() {
    const at = JSON.parse(box.dataset.view);
    Object.assign(view, at ? { x: across(at[1]), y: down(at[0]), zoom: at[2] } : whole());
  }

  function place(marker) {
    let x = marker.x - view.x;
    x -= Math.round(x); // the nearest of the worlds beside each other
    const size = world(view.zoom);
    const [left, top] = [width / 2 + x * size, height / 2 + (marker.y - view.y) * size];
    marker.element.style.transform = `translate(${left.toFixed(1)}px, ${top.toFixed(1)}px)`;
    marker.element.hidden = left < -60 || top < -60 || left > width + 60 || top > height + 60;
  }

  let frame = 0;
  function refresh() {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      keep();
      draw(view, width, height);
      for (const marker of shown.values()) place(marker);
      clearTimeout(timer);
      timer = setTimeout(ask, 140);
    });
  }

  // -- squares

  async function ask() {
    const size = world(view.zoom), [w, h] = [(width / size) * 0.75, (height / size) * 0.75];
    const wanted = Math.max(0, Math.min(21, Math.floor(view.zoom + 0.35) + 2));
    const bounds = [longitudeOf(view.x - w), latitudeOf(Math.min(1, view.y + h)), longitudeOf(view.x + w), latitudeOf(Math.max(0, view.y - h))];
    const turn = ++asked;
    const query = new URLSearchParams({ level: wanted, bounds: bounds.map((each) => each.toFixed(7)).join(",") });
    const response = await fetch(`${box.dataset.cells}?${query}`, { headers: { accept: "application/json" } }).catch(() => null);
    if (!response?.ok || turn !== asked) return;
    const { cells } = await response.json();
    if (turn !== asked) return;
    level = wanted;
    show(cells);
    remember();
  }

  function show(cells) {
    const here = new Set(cells.map((cell) => cell.in));
    for (const [name, marker] of shown) {
      if (here.has(name)) continue;
      marker.element.remove();
      shown.delete(name);
    }
    let pictures = 0;
    for (const cell of cells.reverse()) { // the most pictures lie on top
      pictures += cell.pictures;
      if (shown.has(cell.in)) continue;
      const element = document.createElement("a");
      element.className = cell.pictures === 1 ? "marker single" : "marker";
      element.href = `${box.dataset.gallery}?in=${cell.in}`;
      element.draggable = false;
      const words = cell.pictures === 1 ? "1 picture" : `${cell.pictures.toLocaleString("en")} pictures`;
      element.setAttribute("aria-label", `${words} around ${cell.latitude.toFixed(2)}, ${cell.longitude.toFixed(2)}`);
      const image = document.createElement("img");
      Object.assign(image, { src: box.dataset.thumb + cell.sha256, alt: "", width: 320, height: 320, draggable: false, decoding: "async" });
      element.append(image);
      if (cell.pictures > 1) {
        const count = document.createElement("b");
        count.textContent = short(cell.pictures);
        element.append(count);
      }
      const marker = { element, x: across(cell.longitude), y: down(cell.latitude) };
      shown.set(cell.in, marker);
      place(marker);
      markers.append(element);
    }
    box.querySelector("[data-said]").textContent = `${pictures.toLocaleString("en")} pictures in ${cells.length} places`;
    box.dispatchEvent(new CustomEvent("shown", { detail: { level, cells: cells.length } }));
  }

  function remember() {
    const url = new URL(location.href);
    url.searchParams.set("at", `${latitudeOf(view.y).toFixed(4)},${longitudeOf(view.x).toFixed(4)},${view.zoom.toFixed(2)}`);
    history.replaceState(null, "", url);
  }

  // -- moving

  function zoomBy(by, left = width / 2, top = height / 2) {
    keep();
    const before = world(view.zoom);
    view.zoom = Math.max(farthest(), Math.min(MOST, view.zoom + by));
    const after = world(view.zoom);
    view.x += (left - width / 2) * (1 / before - 1 / after);
    view.y += (top - height / 2) * (1 / before - 1 / after);
    refresh();
  }

  function glide(target) {
    const from = { ...view }, began = performance.now(), lasts = still.matches ? 1 : 260;
    const step = (now) => {
      const part = Math.min(1, (now - began) / lasts), eased = 1 - (1 - part) ** 3;
      for (const key of ["x", "y", "zoom"]) view[key] = from[key] + (target[key] - from[key]) * eased;
      refresh();
      if (part < 1) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  const smoothly = (by) => {
    const to = Math.max(farthest(), Math.min(MOST, view.zoom + by));
    glide({ ...view, zoom: to });
  };

  box.querySelector("[data-in]").addEventListener("click", () => smoothly(1));
  box.querySelector("[data-out]").addEventListener("click", () => smoothly(-1));
  box.querySelector("[data-all]").addEventListener("click", () => glide(whole()));

  box.addEventListener("wheel", (event) => {
    event.preventDefault();
    const place = box.getBoundingClientRect();
    zoomBy(-event.deltaY * (event.deltaMode ? 0.06 : event.ctrlKey ? 0.012 : 0.0035), event.clientX - place.left, event.clientY - place.top);
  }, { passive: false });

  const fingers = new Map();
  box.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.target.closest(".tools")) return;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (fingers.size === 1) moved = 0;
  });
  addEventListener("pointermove", (event) => {
    const finger = fingers.get(event.pointerId);
    if (!finger) return;
    const others = [...fingers.values()].filter((each) => each !== finger);
    const [dx, dy] = [event.clientX - finger.x, event.clientY - finger.y];
    moved += Math.hypot(dx, dy);
    if (moved > 5) box.classList.add("moving");
    const place = box.getBoundingClientRect(), size = world(view.zoom), share = 1 / fingers.size;
    if (others.length) {
      const other = others[0];
      const was = Math.hypot(finger.x - other.x, finger.y - other.y), now = Math.hypot(event.clientX - other.x, event.clientY - other.y);
      if (was > 10 && now > 10) zoomBy(Math.log2(now / was), (event.clientX + other.x) / 2 - place.left, (event.clientY + other.y) / 2 - place.top);
    }
    view.x -= (dx / size) * share;
    view.y -= (dy / size) * share;
    Object.assign(finger, { x: event.clientX, y: event.clientY });
    refresh();
  });
  for (const name of ["pointerup", "pointercancel"]) {
    addEventListener(name, (event) => {
      fingers.delete(event.pointerId);
      box.classList.remove("moving");
    });
  }
  // a drag that ends on a marker is no click on it
  box.addEventListener("click", (event) => {
    if (moved > 6 && event.detail !== 0) {
      event.preventDefault();
      event.stopPropagation();
    }
  }, { capture: true });
  box.addEventListener("dragstart", (event) => event.preventDefault());
  box.addEventListener("dblclick", (event) => {
    if (event.target.closest(".marker, .tools")) return;
    const place = box.getBoundingClientRect();
    zoomBy(1, event.clientX - place.left, event.clientY - place.top);
  });

  box.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = 120 / world(view.zoom);
    const action = {
      ArrowLeft: () => glide({ ...view, x: view.x - step }), ArrowRight: () => glide({ ...view, x: view.x + step }),
      ArrowUp: () => glide({ ...view, y: view.y - step }), ArrowDown: () => glide({ ...view, y: view.y + step }),
      "+": () => smoothly(1), "=": () => smoothly(1), "-": () => smoothly(-1), 0: () => glide(whole()), Home: () => glide(whole()),
    }[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  // a marker that gets the focus must be seen
  markers.addEventListener("focusin", (event) => {
    const marker = [...shown.values()].find((each) => each.element === event.target);
    if (!marker || !event.target.matches(":focus-visible")) return;
    box.scrollTo(0, 0);
    const seen = event.target.getBoundingClientRect(), all = box.getBoundingClientRect();
    if (seen.left < all.left || seen.right > all.right || seen.top < all.top || seen.bottom > all.bottom) glide({ ...view, x: marker.x, y: marker.y });
  });

  let begun = false;
  new ResizeObserver(() => {
    [width, height] = [box.clientWidth, box.clientHeight];
    if (!begun) begin();
    begun = true;
    refresh();
  }).observe(box);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", refresh);
  box.addEventListener("ground", refresh);
  for (const part of box.querySelectorAll(".tools, .scale")) part.hidden = false;
}
