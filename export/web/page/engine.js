/* What a model of models.json can do, computed by the worker. */

import { draw } from "./noise.js";

const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
const waiting = new Map();
let count = 0;

worker.onmessage = ({ data }) => {
  const { resolve, reject } = waiting.get(data.id);
  waiting.delete(data.id);
  if (data.problem) reject(new Error(data.problem));
  else resolve(data);
};
worker.onerror = (event) => {
  event.preventDefault();
  const problem = new Error("the runtime cannot be started in this browser");
  for (const { reject } of waiting.values()) reject(problem);
  waiting.clear();
};

function ask(message) {
  return new Promise((resolve, reject) => {
    count += 1;
    waiting.set(count, { resolve, reject });
    worker.postMessage({ id: count, ...message });
  });
}

const size = (shape) => shape.reduce((product, n) => product * n, 1);

export class Model {
  constructor(facts) {
    Object.assign(this, facts);
    this.times = [];
    this.opened = {};
    this.inputs = facts.signatures[facts.main].inputs;
    [this.output] = Object.entries(facts.signatures[facts.main].outputs);
    /** The image that it makes another one of, if it does. */
    this.source = this.inputs.x;
    const drawn = Object.entries(this.inputs).filter(([, spec]) => spec.law);
    /** Noise that a person can steer: vectors, not fields of numbers, nor the number of
        the chain that one begins with. */
    this.coordinates = drawn.filter(([, spec]) => spec.shape.length < 3 && !this.chain);
    this.points = this.output[1].shape.length === 2;
  }

  /** Noise for `n` examples, {input: numbers}; each input has a stream of its own.
      Of what can be told, nothing. Another `block` is other noise of that seed. */
  noise(seed, n = 1, block = 0) {
    const found = {};
    Object.entries(this.inputs).forEach(([key, spec], place) => {
      const stream = place + 1000 * block;
      if (spec.nothing !== undefined) {
        found[key] = new Array(n * size(spec.shape.slice(1))).fill(spec.nothing);
      }
      if (!spec.law) return;
      found[key] = draw(spec.law, n * size(spec.shape.slice(1)), seed, stream);
    });
    return found;
  }

  /** How it meets a painting, if it does: see `PAINTING` in controls.js. */
  get painting() {
    if (this.inputs.driver) return "driving";
    if (this.source) return this.inputs.known ? "filling" : "drawing";
    if (this.chain) return "chain";
    return this.files.sample_step || this.denoising ? "completion" : null;
  }

  /** Of some inputs, those that tell the network something. */
  conditions(inputs) {
    const asked = this.signatures.denoise.inputs;
    return Object.fromEntries(Object.entries(inputs).filter(([key]) => key in asked));
  }

  /** Call a signature; `values` holds a flat array for each input. */
  async run(signature, values, n = 1) {
    const inputs = {};
    for (const [key, spec] of Object.entries(this.signatures[signature].inputs)) {
      const whole = spec.dtype === "int32" ? Int32Array : Float32Array;
      const dims = [n, ...spec.shape.slice(1)];
      inputs[key] = { type: spec.dtype, data: whole.from(values[key]), dims };
    }
    this.opened[signature] ??= ask({
      load: `${this.name}/${signature}`,
      url: this.files[signature].path,
    });
    this.loading = (await this.opened[signature]).ms;
    const answer = await ask({ run: `${this.name}/${signature}`, inputs });
    if (signature === this.main && n === this.batch) this.times.push(answer.ms);
    const [key] = Object.keys(this.signatures[signature].outputs);
    return { inputs, output: answer.outputs[key].data, ms: answer.ms };
  }

  /** Examples that are drawn at once: a cloud where one is only a point. */
  get batch() {
    return this.points ? 500 : 1;
  }

  /** Milliseconds of a call, the median of those made so far. */
  get median() {
    const sorted = [...this.times].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)];
  }
}
