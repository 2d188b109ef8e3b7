/* Random numbers as a pure function of a seed, the same in every browser.

   Number k of stream j of a seed is a hash of the three, so that numbers can be drawn in
   any order. The hash is the last step of MurmurHash3. Uniform numbers have 24 bits, as
   many as float32 holds; normal ones are Box and Muller's, of two uniform ones each. */

const GOLDEN = 0x9e3779b9; // 2^32 divided by the golden ratio

function mix(h) {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function uniform(start, k) {
  return (mix(start + Math.imul(k + 1, GOLDEN)) >>> 8) / 2 ** 24;
}

const LAWS = {
  uniform,
  normal: (start, k) =>
    Math.sqrt(-2 * Math.log(1 - uniform(start, 2 * k))) *
    Math.cos(2 * Math.PI * uniform(start, 2 * k + 1)),
  gumbel: (start, k) => -Math.log(-Math.log(Math.max(uniform(start, k), 2 ** -25))),
};

/** `size` numbers of a law. */
export function draw(law, size, seed, stream) {
  const start = mix(mix(seed + GOLDEN) + stream);
  return Float32Array.from({ length: size }, (_, k) => LAWS[law](start, k));
}

/** From a to b along the sphere, as normal noise lies; uniform noise goes straight. */
export function between(law, a, b, t) {
  let near = 1 - t;
  let far = t;
  if (law === "normal") {
    const dot = (x, y) => x.reduce((sum, value, i) => sum + value * y[i], 0);
    const cosine = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
    if (Math.sin(angle) > 1e-4) {
      near = Math.sin((1 - t) * angle) / Math.sin(angle);
      far = Math.sin(t * angle) / Math.sin(angle);
    }
  }
  return a.map((value, i) => near * value + far * b[i]);
}
