/* Drawing by denoising, a step at a time: the loop of a model of diffusion.

   A model's `stages` are where its steps lead, from noise to data: at each the network is
   asked what it takes the noisy x for, and x moves on by DDIM's step, which needs alpha and
   sigma of both ends and nothing else; or, where the model is `renoised`, by new noise. */

const mixed = (alpha, x, sigma, z) => x.map((value, i) => alpha * value + sigma * z[i]);

/** Draw, and yield what the network takes the picture for, after each step.

    `ask(x, step)` gives that, an image in [0, 1]. Of the image `given` (in [0, 1], too)
    those values stay where `known` says so; `strength` 1 begins at noise and does not see
    it, less begins at so much noise on it. `noise(i)` gives that of step i, 0 the first. */
export async function* denoise({ stages, spread, renoised }, ask, noise,
  { given = null, known = null, strength = 1 } = {}) {
  const n = stages.length;
  const first = noise(0);
  const guide = given && given.map((value) => 2 * value - 1);
  const begin = guide ? n - Math.round(strength * n) : 0;
  const start = stages[Math.min(begin, n - 1)];
  const unit = Math.hypot(start.sigma, spread * start.alpha);
  let x = begin
    ? mixed(start.alpha, guide, start.sigma, first)
    : first.map((value) => unit * value);
  for (let i = begin; i < n; i += 1) {
    const here = stages[i];
    const next = stages[i + 1] ?? { alpha: 1, sigma: 0 };
    const said = await ask(x, here.step);
    const clean = said.map((value) => Math.min(1, Math.max(-1, 2 * value - 1)));
    const eps = renoised
      ? noise(i + 1)
      : clean.map((value, k) => (x[k] - here.alpha * value) / here.sigma);
    x = mixed(next.alpha, clean, next.sigma, eps);
    if (known) {
      x = x.map((value, k) =>
        (known[k] ? next.alpha * guide[k] + next.sigma * first[k] : value));
    }
    yield clean.map((value, k) => (known?.[k] ? given[k] : (value + 1) / 2));
  }
}

/** What is said if something is told, against what is said if nothing is. */
export function guided(told, untold, weight) {
  return untold.map((value, i) => value + weight * (told[i] - value));
}
