/* Numbers as pictures: images in [0, 1] as sharp squares, points as a scatter. */

const accent = () => getComputedStyle(document.documentElement).getPropertyValue("--accent");
const ink = () => getComputedStyle(document.documentElement).getPropertyValue("--ink");

/** The pixels of one image of shape [height, width, 1 or 3]. */
function pixels(values, [height, width, channels]) {
  const image = new ImageData(width, height);
  for (let i = 0; i < height * width; i += 1) {
    for (let c = 0; c < 3; c += 1) {
      const value = values[i * channels + (channels === 3 ? c : 0)];
      image.data[4 * i + c] = Math.round(255 * Math.min(1, Math.max(0, value)));
    }
    image.data[4 * i + 3] = 255;
  }
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** Draw images side by side, each pixel a square of whole screen pixels. */
export function drawImages(canvas, values, shape, n = 1, gap = 0) {
  const [height, width, channels] = shape;
  const scale = Math.max(1, Math.ceil(448 / n / width));
  canvas.width = n * width * scale + (n - 1) * gap;
  canvas.height = height * scale;
  canvas.style.aspectRatio = `${canvas.width} / ${canvas.height}`;
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  const length = height * width * channels;
  for (let k = 0; k < n; k += 1) {
    const one = pixels(values.subarray(k * length, (k + 1) * length), shape);
    const left = k * (width * scale + gap);
    context.drawImage(one, left, 0, width * scale, height * scale);
  }
}

/** The largest part of a bitmap, in its middle, whose sides are as those of an image. */
export function frame(bitmap, [height, width]) {
  const scale = Math.min(bitmap.width / width, bitmap.height / height);
  const [wide, high] = [scale * width, scale * height];
  return [(bitmap.width - wide) / 2, (bitmap.height - high) / 2, wide, high];
}

/** A frame that holds nearly all of these points, and the origin in its middle. */
export function frameOf(values) {
  const sorted = Float32Array.from(values, Math.abs).sort();
  return 1.3 * sorted[Math.floor(0.99 * sorted.length)];
}

/** Draw points of the plane, the first of them large; and a path, if there is one. */
export function drawPoints(canvas, values, reach, path) {
  const side = 448;
  canvas.width = side;
  canvas.height = side;
  canvas.style.aspectRatio = 1;
  const context = canvas.getContext("2d");
  const place = (points, i) => [
    (side / 2) * (1 + points[2 * i] / reach),
    (side / 2) * (1 - points[2 * i + 1] / reach),
  ];
  const dot = (i, radius) => {
    context.beginPath();
    context.arc(...place(values, i), radius, 0, 2 * Math.PI);
    context.fill();
  };
  context.fillStyle = ink();
  context.globalAlpha = 0.35;
  for (let i = 1; i < values.length / 2; i += 1) dot(i, 2.5);
  context.globalAlpha = 1;
  context.strokeStyle = accent();
  context.fillStyle = accent();
  context.lineWidth = 2;
  context.beginPath();
  for (let i = 0; i < path.length / 2; i += 1) context.lineTo(...place(path, i));
  context.stroke();
  dot(0, 7);
}

/** Over an image: which pixels the model is to draw, and where the keyboard is. */
export function drawMask(canvas, known, [height, width], cursor, filled) {
  const context = canvas.getContext("2d");
  const scale = canvas.width / width;
  context.fillStyle = accent();
  for (let i = 0; i < height * width; i += 1) {
    const [left, top] = [(i % width) * scale, Math.floor(i / width) * scale];
    if (known[i]) continue;
    context.globalAlpha = 0.5;
    if (filled) context.fillRect(left, top, scale, scale);
    context.globalAlpha = 1;
    if (i % width === 0 || known[i - 1]) context.fillRect(left, top, 2, scale);
    if (i % width === width - 1 || known[i + 1]) {
      context.fillRect(left + scale - 2, top, 2, scale);
    }
    if (i < width || known[i - width]) context.fillRect(left, top, scale, 2);
    if (i >= (height - 1) * width || known[i + width]) {
      context.fillRect(left, top + scale - 2, scale, 2);
    }
  }
  if (cursor !== null) {
    context.strokeStyle = accent();
    context.lineWidth = 3;
    const [left, top] = [(cursor % width) * scale, Math.floor(cursor / width) * scale];
    context.strokeRect(left + 1.5, top + 1.5, scale - 3, scale - 3);
  }
}
