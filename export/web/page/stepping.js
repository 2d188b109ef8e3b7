/* Pictures that are drawn step by step: each of these yields one after every step. */

import { denoise, guided } from "./denoising.js";
import { draw as drawNoise } from "./noise.js";

const MOMENT = 100; // milliseconds of a step that is watched
const later = (milliseconds) => new Promise((done) => { setTimeout(done, milliseconds); });

/** How many steps the single one is called for. */
export const stepsOf = (model) => model.signatures.sample_step.inputs.step.range[1] + 1;

/** What is erased, pixel by pixel: the steps of a causal model. */
export async function* pixelwise(model, inputs, painting) {
  let x = painting.given;
  for (let step = 0; step < stepsOf(model); step += 1) {
    const { output } = await model.run("sample_step", { ...inputs, x, step: [step] });
    x = painting.over(output);
    yield x;
  }
}

/** What is erased, or everything, out of noise: the steps of a model of diffusion. */
export function denoised(model, inputs, seed, how) {
  const { z, ...given } = inputs;
  const { guidance } = model.denoising;
  const [told, untold] = [model.conditions(given), model.conditions(model.noise(0))];
  const ask = async (x, step) => {
    const said = await model.run("denoise", { ...told, x, step: [step] });
    if (guidance === 1) return said.output;
    const other = await model.run("denoise", { ...untold, x, step: [step] });
    return guided(said.output, other.output, guidance);
  };
  const fresh = (i) => (i ? drawNoise("normal", z.length, seed, 1000 + i) : z);
  return denoise(model.denoising, ask, fresh, how);
}

/** What each step of a chain makes of the picture, from step `first` on, without an end.

    The noise of each step follows from the seed and from its number alone. */
export async function* walked(model, told, seed, painting, first) {
  const n = stepsOf(model);
  let noise = null;
  for (let i = first; ; i += 1) {
    const step = i % n;
    if (!noise || !step) noise = model.noise(seed, 1, 1 + (i - step) / n);
    const inputs = { ...told, ...noise, x: painting.values, step: [step] };
    const [{ output }] = await Promise.all([
      model.run("sample_step", inputs), later(MOMENT),
    ]);
    yield output;
  }
}
