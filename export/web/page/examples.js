/* Pictures to begin with, where a model makes images of images. */

import { drawImages, frame } from "./picture.js";

const COLOURS = 12; // of a drawing; what has more is painted
const byId = (id) => document.getElementById(id);

/** The numbers of a part of a bitmap, scaled to an image's shape. */
function numbersOf(bitmap, [left, top, width, height], shape) {
  const [rows, columns, channels] = shape;
  const context = new OffscreenCanvas(columns, rows).getContext("2d");
  context.drawImage(bitmap, left, top, width, height, 0, 0, columns, rows);
  const { data } = context.getImageData(0, 0, columns, rows);
  const grey = (i) => 0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2];
  return Float32Array.from({ length: rows * columns * channels }, (_, k) => {
    if (channels === 3) return data[4 * Math.floor(k / 3) + (k % 3)] / 255;
    return Math.round(grey(4 * k)) / 255;
  });
}

/** The examples that came with a model, fetched once. */
export async function examplesOf(model) {
  if (model.examples.pictures) return model.examples.pictures;
  const { path, count } = model.examples;
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path} cannot be fetched (${answer.status})`);
  const bitmap = await createImageBitmap(await answer.blob());
  const [height, width] = model.source.shape.slice(1);
  model.examples.pictures = Array.from({ length: count }, (_, k) =>
    numbersOf(bitmap, [k * width, 0, width, height], model.source.shape.slice(1)));
  return model.examples.pictures;
}

/** The middle of a picture of one's own, as large as the model's images. */
export async function ownPicture(file, shape) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Error(`${file.name} is no picture that this browser can read`);
  }
  return numbersOf(bitmap, frame(bitmap, shape), shape);
}

/** The examples in a row, and below each of them its place on the slider. */
export function makeDrivers(model) {
  const { pictures } = model.examples;
  const [n, slider] = [pictures.length, byId("drive")];
  slider.max = n - 1;
  slider.value = 1; // the first one is driven
  slider.style.width = `calc(${(100 * (n - 1)) / n}% + 1rem)`; // and half a thumb each
  const row = Float32Array.from(pictures.flatMap((picture) => [...picture]));
  drawImages(byId("drivers"), row, model.source.shape.slice(1), n);
  byId("driver").hidden = byId("driving").hidden = false;
  showDriver(model);
}

/** Let the picture where the slider is drive the model; which one that is. */
export function showDriver(model) {
  const { pictures } = model.examples;
  const k = Number(byId("drive").value);
  model.driver = pictures[k];
  drawImages(byId("driver"), model.driver, model.source.shape.slice(1));
  return `driven by picture ${k + 1} of ${pictures.length}`;
}

/** The colours that drawings are made of, the most frequent first; of paintings none. */
export function palette(pictures, channels) {
  const counts = new Map();
  const hex = (value) => Math.round(255 * value).toString(16).padStart(2, "0");
  for (const values of pictures) {
    for (let i = 0; i < values.length; i += channels) {
      const parts = [0, 1, 2].map((c) => hex(values[i + (channels === 3 ? c : 0)]));
      const colour = `#${parts.join("")}`;
      counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
  }
  const found = [...counts].sort((a, b) => b[1] - a[1]).map(([colour]) => colour);
  return found.length > 1 && found.length <= COLOURS ? found : [];
}
