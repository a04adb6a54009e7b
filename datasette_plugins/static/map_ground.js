// What lies under the markers: water, coasts, borders and a grid of degrees, or the tiles somebody has set up.
const DRAWN = 16384; // units around the world in world.svg
const COARSE = 11; // from this zoom on the coasts are too rough to be worth drawing
const STEPS = [90, 60, 30, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];
const MOST_TILES = 300;

export function ground(box, { across, down, longitudeOf, latitudeOf }) {
  const canvas = box.querySelector("canvas"), pen = canvas.getContext("2d");
  const scale = box.querySelector(".scale");
  const template = box.dataset.tiles;
  let land = null, borders = null;
  const changed = () => box.dispatchEvent(new CustomEvent("ground"));

  if (!template) {
    fetch(box.dataset.land).then((response) => response.text()).then((text) => {
      const drawing = new DOMParser().parseFromString(text, "image/svg+xml");
      land = new Path2D(drawing.getElementById("land").getAttribute("d"));
      borders = new Path2D(drawing.getElementById("borders").getAttribute("d"));
      changed();
    }).catch(() => {}); // the grid alone is a map, too
  }

  function coasts(view, size, width, height, colours) {
    const unit = size / DRAWN;
    for (const world of [-1, 0, 1]) {
      const left = width / 2 + (world - view.x) * size;
      if (left > width || left + size < 0) continue;
      pen.setTransform(canvas.ratio * unit, 0, 0, canvas.ratio * unit, canvas.ratio * left, canvas.ratio * (height / 2 - view.y * size));
      pen.fillStyle = colours("--land");
      pen.fill(land);
      pen.strokeStyle = colours("--coast");
      pen.lineWidth = 0.8 / unit;
      pen.stroke(land);
      if (view.zoom > 2.2) {
        pen.strokeStyle = colours("--border");
        pen.lineWidth = 0.9 / unit;
        pen.stroke(borders);
      }
    }
    pen.setTransform(canvas.ratio, 0, 0, canvas.ratio, 0, 0);
  }

  function grid(view, size, width, height, colours) {
    const step = STEPS.findLast((each) => (each / 360) * size >= 130) ?? STEPS[0];
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    pen.strokeStyle = colours("--lines");
    pen.fillStyle = colours("--names");
    pen.lineWidth = 1;
    pen.font = "500 11px system-ui, sans-serif";
    const west = longitudeOf(view.x - width / 2 / size), east = longitudeOf(view.x + width / 2 / size);
    pen.textAlign = "center";
    for (let at = Math.ceil(west / step) * step; at <= east; at += step) {
      const x = Math.round(width / 2 + (across(at) - view.x) * size) + 0.5;
      pen.beginPath();
      pen.moveTo(x, 0);
      pen.lineTo(x, height);
      pen.stroke();
      const turned = ((((at + 180) % 360) + 360) % 360) - 180;
      pen.fillText(name(turned, digits, "E", "W"), x, 14);
    }
    const north = latitudeOf(Math.max(0, view.y - height / 2 / size)), south = latitudeOf(Math.min(1, view.y + height / 2 / size));
    pen.textAlign = "left";
    for (let at = Math.ceil(south / step) * step; at <= north; at += step) {
      const y = Math.round(height / 2 + (down(at) - view.y) * size) + 0.5;
      pen.beginPath();
      pen.moveTo(0, y);
      pen.lineTo(width, y);
      pen.stroke();
      if (y > 24) pen.fillText(name(at, digits, "N", "S"), 6, y - 4);
    }
  }

  const name = (value, digits, positive, negative) =>
    Math.abs(value) < 1e-9 ? "0°" : `${Math.abs(value).toFixed(digits)}° ${value > 0 ? positive : negative}`;

  // -- tiles, where somebody has set some up

  const tiles = new Map();
  function tile(zoom, x, y) {
    const around = 2 ** zoom, key = `${zoom}/${((x % around) + around) % around}/${y}`;
    let found = tiles.get(key);
    if (!found) {
      const [, turned] = key.split("/");
      found = new Image();
      found.addEventListener("load", changed);
      found.addEventListener("error", () => { found.lost = true; });
      found.referrerPolicy = "origin";
      found.src = template.replace("{z}", zoom).replace("{x}", turned).replace("{y}", y);
      tiles.set(key, found);
      if (tiles.size > MOST_TILES) tiles.delete(tiles.keys().next().value);
    }
    return found.complete && found.naturalWidth ? found : null;
  }

  function paper(view, width, height) {
    const zoom = Math.max(0, Math.min(19, Math.round(view.zoom + (canvas.ratio > 1 ? 0.5 : 0))));
    const count = 2 ** zoom, size = (256 * 2 ** view.zoom) / count;
    const [left, top] = [view.x * count - width / 2 / size, view.y * count - height / 2 / size];
    for (let y = Math.max(0, Math.floor(top)); y <= Math.min(count - 1, top + height / size); y++) {
      for (let x = Math.floor(left); x <= left + width / size; x++) {
        const image = tile(zoom, x, y);
        if (image) pen.drawImage(image, (x - left) * size, (y - top) * size, size + 0.5, size + 0.5);
      }
    }
  }

  function measure(view, size) {
    if (!scale) return;
    const metres = (40075016 * Math.cos((latitudeOf(view.y) * Math.PI) / 180)) / size; // of one pixel
    const most = metres * 130, power = 10 ** Math.floor(Math.log10(most));
    const length = [5, 2, 1].find((each) => each * power <= most) * power;
    scale.style.width = `${length / metres}px`;
    scale.firstElementChild.textContent = length >= 1000 ? `${length / 1000} km` : `${length} m`;
  }

  return (view, width, height) => {
    const ratio = Math.min(2, devicePixelRatio || 1);
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    canvas.ratio = ratio;
    const style = getComputedStyle(box), colours = (key) => style.getPropertyValue(key);
    const size = 256 * 2 ** view.zoom;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.fillStyle = colours(view.zoom > COARSE && !template ? "--land" : "--water");
    pen.fillRect(0, 0, width, height);
    if (template) paper(view, width, height);
    else if (land && view.zoom <= COARSE) coasts(view, size, width, height, colours);
    if (!template) grid(view, size, width, height, colours);
    measure(view, size);
  };
}
