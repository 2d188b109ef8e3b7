/* Painting on the picture: which pixels are given, and which the model shall draw. */

import { drawImages, drawMask } from "./picture.js";

const VALUES = { white: [1, 1, 1], black: [0, 0, 0] };

/** The values of a brush: of a name, or a colour such as #12ab00. */
const valuesOf = (brush) => VALUES[brush] ??
  [1, 3, 5].map((at) => parseInt(brush.slice(at, at + 2), 16) / 255);

export class Painting {
  /** `brush()` names the brush, `painted(word)` is told of each stroke. */
  constructor(canvas, brush, painted) {
    this.canvas = canvas;
    this.brush = brush;
    this.painted = painted;
    canvas.addEventListener("pointerdown", (event) => this.#stroke(event, true));
    canvas.addEventListener("pointermove", (event) => this.#stroke(event));
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("blur", () => this.#move(null));
  }

  /** Begin with an image, all of it known; null switches the painting off.

      Of one that is `free` nothing is known, and all is seen: what is painted is held. */
  start(values, shape, free = false) {
    this.active = values !== null;
    this.free = free;
    this.cursor = null;
    this.canvas.tabIndex = this.active ? 0 : -1;
    this.canvas.setAttribute("role", this.active ? "application" : "img");
    this.canvas.classList.toggle("paintable", this.active);
    if (!this.active) return;
    this.values = Float32Array.from(values);
    this.shape = shape;
    this.known = new Uint8Array(shape[0] * shape[1]).fill(free ? 0 : 1);
    this.show();
  }

  /** Erase from a row on; a free image is held above it. */
  erase(row) {
    if (this.free) this.known.fill(1);
    this.known.fill(0, row * this.shape[1]);
    this.show();
    this.painted(this.count);
  }

  /** Paint all of it. */
  fill(brush) {
    for (let i = 0; i < this.known.length; i += 1) this.#put(i, brush);
    this.show();
    this.painted("an empty picture");
  }

  /** How many pixels are not the model's, or are. */
  get count() {
    const held = this.known.filter((k) => k).length;
    return this.free ? `${held} pixels held` : `${this.known.length - held} pixels erased`;
  }

  /** `drawn`, with the given pixels in their places, is the picture from now on. */
  move(drawn) {
    return (this.values = this.over(drawn));
  }

  /** `drawn`, with the given pixels in their places. */
  over(drawn) {
    const channels = this.shape[2];
    return drawn.map((value, i) =>
      this.known[Math.floor(i / channels)] ? this.values[i] : value);
  }

  /** What is given, zero elsewhere: where the model begins. */
  get given() {
    return this.over(new Float32Array(this.values.length));
  }

  /** For each value whether it stays. */
  get knownValues() {
    return Uint8Array.from(this.values, (_, i) => this.known[Math.floor(i / this.shape[2])]);
  }

  show(values = this.free ? this.values : this.given, filled = !this.free) {
    drawImages(this.canvas, values, this.shape);
    drawMask(this.canvas, this.known, this.shape, this.cursor, filled);
  }

  #put(pixel, brush) {
    const channels = this.shape[2];
    this.known[pixel] = brush === "erase" ? 0 : 1;
    if (this.known[pixel]) {
      this.values.set(valuesOf(brush).slice(0, channels), pixel * channels);
    }
  }

  #paint(pixel) {
    const [, width] = this.shape;
    const brush = this.brush();
    this.#put(pixel, brush);
    this.show();
    const place = `row ${Math.floor(pixel / width) + 1}, column ${(pixel % width) + 1}`;
    const word = this.free ? "let go" : "erased";
    this.painted(`${place}: ${this.known[pixel] ? brush : word}`);
  }

  /** Paint where the pointer is, and on the way there from where it was. */
  #stroke(event, first = false) {
    if (!this.active || !(event.buttons & 1)) return;
    if (first) this.canvas.setPointerCapture(event.pointerId);
    const [height, width] = this.shape;
    const box = this.canvas.getBoundingClientRect();
    const here = [
      Math.floor(((event.clientY - box.top) / box.height) * height),
      Math.floor(((event.clientX - box.left) / box.width) * width),
    ];
    const from = first ? here : this.last;
    this.last = here;
    const steps = Math.max(1, ...here.map((at, axis) => Math.abs(at - from[axis])));
    for (let k = 1; k <= steps; k += 1) {
      const [row, column] = here.map((at, axis) =>
        Math.round(from[axis] + ((at - from[axis]) * k) / steps));
      if (row < 0 || row >= height || column < 0 || column >= width) continue;
      this.#paint(row * width + column);
    }
  }

  #key(event) {
    if (!this.active) return;
    const [height, width] = this.shape;
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -width, ArrowDown: width };
    const at = this.cursor ?? 0;
    if (event.key === " ") this.#paint(at);
    else if (!(event.key in steps)) return;
    event.preventDefault();
    const next = at + (steps[event.key] ?? 0);
    if (next >= 0 && next < height * width) this.#move(next);
  }

  #move(cursor) {
    if (!this.active) return;
    this.cursor = cursor;
    this.show();
  }
}
