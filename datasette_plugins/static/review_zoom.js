// Aligned zoom: every picture of a group shows the same region, whatever its resolution.
const MOST = 16;

export class Zoom {
  constructor(stages) {
    this.stages = stages;
    this.scale = 1;
    this.x = this.y = 0.5; // the middle of what is shown, as shares of the picture
    this.follow = false; // the region follows the pointer
    this.touches = new Map();
    for (const stage of stages) this.listen(stage);
  }

  listen(stage) {
    const image = stage.querySelector("img");
    image.addEventListener("load", () => this.place(stage));
    stage.addEventListener("click", (event) => this.dragged || this.toggle(stage, event));
    stage.addEventListener("wheel", (event) => this.wheel(stage, event), { passive: false });
    stage.addEventListener("pointerdown", (event) => this.down(stage, event));
    stage.addEventListener("pointermove", (event) => this.move(stage, event));
    for (const name of ["pointerup", "pointercancel"]) stage.addEventListener(name, (event) => this.touches.delete(event.pointerId));
  }

  // how large the picture is in its frame, in pixels of the screen
  fit(stage) {
    const image = stage.querySelector("img");
    const { clientWidth: width, clientHeight: height } = stage;
    const ratio = Math.min(width / (image.naturalWidth || 1), height / (image.naturalHeight || 1));
    return { width, height, w: image.naturalWidth * ratio, h: image.naturalHeight * ratio };
  }

  place(stage) {
    const image = stage.querySelector("img");
    const { width, height, w, h } = this.fit(stage);
    if (this.scale === 1 || !w) {
      image.style.removeProperty("transform");
      return;
    }
    // the picture lies in the middle of its frame: move the wanted point there, then enlarge
    const dx = (0.5 - this.x) * w * this.scale;
    const dy = (0.5 - this.y) * h * this.scale;
    image.style.transform = `translate(${dx}px, ${dy}px) scale(${this.scale})`;
    image.style.imageRendering = this.scale * w > image.naturalWidth * 2.5 ? "pixelated" : "auto";
    if (this.scale * w > image.naturalWidth * 1.1) this.sharpen(stage, image);
  }

  // the original instead of the preview, once somebody looks closer than the preview is
  sharpen(stage, image) {
    const original = stage.dataset.original;
    if (!original || stage.dataset.sharp) return;
    stage.dataset.sharp = "wanted";
    const full = new Image();
    full.src = original;
    full.decode().then(() => { image.src = original; stage.dataset.sharp = "yes"; }, () => { stage.dataset.sharp = "no"; });
  }

  show() {
    this.x = Math.min(1, Math.max(0, this.x));
    this.y = Math.min(1, Math.max(0, this.y));
    for (const stage of this.stages) {
      stage.classList.toggle("zoomed", this.scale > 1);
      this.place(stage);
    }
  }

  // the point of the picture under the pointer, as shares of the picture
  point(stage, event) {
    const box = stage.getBoundingClientRect();
    const { width, height, w, h } = this.fit(stage);
    const middle = this.scale === 1 ? { x: 0.5, y: 0.5 } : this;
    return {
      x: middle.x + (event.clientX - box.left - width / 2) / (w * this.scale),
      y: middle.y + (event.clientY - box.top - height / 2) / (h * this.scale),
    };
  }

  toggle(stage, event) {
    if (this.scale > 1) {
      this.reset();
      return;
    }
    const at = event?.clientX ? this.point(stage, event) : { x: 0.5, y: 0.5 };
    this.scale = 4;
    this.follow = !event || event.pointerType !== "touch";
    Object.assign(this, at);
    if (this.follow && event?.clientX) this.under(stage, event);
    this.show();
  }

  reset() {
    this.scale = 1;
    this.follow = false;
    this.show();
  }

  // moving over a frame from edge to edge moves over the picture from edge to edge
  under(stage, event) {
    const box = stage.getBoundingClientRect();
    const half = 0.5 / this.scale;
    this.x = half + ((event.clientX - box.left) / box.width) * (1 - 2 * half);
    this.y = half + ((event.clientY - box.top) / box.height) * (1 - 2 * half);
  }

  wheel(stage, event) {
    if (this.scale === 1 && event.deltaY > 0) return; // the page scrolls
    event.preventDefault();
    const before = this.point(stage, event);
    this.scale = Math.min(MOST, Math.max(1, this.scale * Math.exp(-event.deltaY / 300)));
    if (this.scale < 1.05) {
      this.reset();
      return;
    }
    this.keep(stage, event, before);
  }

  // move so that *before* is again under the pointer
  keep(stage, event, before) {
    const after = this.point(stage, event);
    this.x += before.x - after.x;
    this.y += before.y - after.y;
    this.show();
  }

  down(stage, event) {
    this.dragged = false;
    this.touches.set(event.pointerId, event);
    if (event.pointerType !== "mouse" || this.scale > 1) stage.setPointerCapture?.(event.pointerId);
  }

  move(stage, event) {
    const last = this.touches.get(event.pointerId);
    if (!last) {
      if (this.scale > 1 && this.follow) {
        this.under(stage, event);
        this.show();
      }
      return;
    }
    if (Math.hypot(event.clientX - last.clientX, event.clientY - last.clientY) < 2) return;
    this.touches.set(event.pointerId, event);
    if (this.touches.size === 2) this.pinch(stage, last, event);
    else if (this.scale > 1) this.drag(stage, last, event);
  }

  drag(stage, last, event) {
    const { w, h } = this.fit(stage);
    this.dragged = true;
    this.follow = false;
    this.x -= (event.clientX - last.clientX) / (w * this.scale);
    this.y -= (event.clientY - last.clientY) / (h * this.scale);
    this.show();
  }

  pinch(stage, last, event) {
    const other = [...this.touches.values()].find((touch) => touch.pointerId !== event.pointerId);
    const apart = (touch) => Math.hypot(touch.clientX - other.clientX, touch.clientY - other.clientY);
    const middle = { clientX: (event.clientX + other.clientX) / 2, clientY: (event.clientY + other.clientY) / 2 };
    const before = this.point(stage, middle);
    this.dragged = true;
    this.follow = false;
    this.scale = Math.min(MOST, Math.max(1, this.scale * (apart(event) / Math.max(apart(last), 1))));
    this.keep(stage, middle, before);
  }
}
