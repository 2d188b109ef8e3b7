/* The models compute here, so that the page never waits for them.

   {id, load: name, url} opens a model, {id, run: name, inputs} calls it. Tensors are
   {type, data, dims}. Every message is answered, under its id. */

import * as ort from "./runtime/ort.wasm.bundle.min.mjs";

ort.env.wasm.numThreads = 1; // more would need headers that few static hosts send
ort.env.wasm.wasmPaths = {
  wasm: new URL("runtime/ort-wasm-simd-threaded.wasm", import.meta.url).href,
};
const sessions = {};

async function load(name, url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} cannot be fetched (${response.status})`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  sessions[name] = await ort.InferenceSession.create(bytes);
}

async function run(name, inputs) {
  const feeds = {};
  for (const [key, { type, data, dims }] of Object.entries(inputs)) {
    feeds[key] = new ort.Tensor(type, data, dims);
  }
  const outputs = {};
  for (const [key, tensor] of Object.entries(await sessions[name].run(feeds))) {
    outputs[key] = { data: tensor.data, dims: tensor.dims };
  }
  return outputs;
}

self.onmessage = async ({ data }) => {
  const start = performance.now();
  try {
    const outputs = await (data.load ? load(data.load, data.url) : run(data.run, data.inputs));
    self.postMessage({ id: data.id, outputs, ms: performance.now() - start });
  } catch (error) {
    self.postMessage({ id: data.id, problem: error.message || String(error) });
  }
};
