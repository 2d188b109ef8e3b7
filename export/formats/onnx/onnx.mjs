/* Run an .onnx file in Node, with ONNX Runtime for the web.

       node onnx.mjs RUNTIME MODEL.onnx < calls.json > answers.json

   RUNTIME is the folder of the two files of onnxruntime-web. A call is
   {input: {type, dims, data}}, its answer {output: {dims, data}}. */

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [runtime, model] = process.argv.slice(2);
const ort = await import(pathToFileURL(`${runtime}/ort.wasm.bundle.min.mjs`));
ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmBinary = readFileSync(`${runtime}/ort-wasm-simd-threaded.wasm`);

const session = await ort.InferenceSession.create(readFileSync(model));
const answers = [];
for (const call of JSON.parse(readFileSync(0, "utf-8"))) {
  const feeds = {};
  for (const [name, { type, dims, data }] of Object.entries(call)) {
    feeds[name] = new ort.Tensor(type, data, dims);
  }
  const answer = {};
  for (const [name, { dims, data }] of Object.entries(await session.run(feeds))) {
    answer[name] = { dims, data: Array.from(data) };
  }
  answers.push(answer);
}
console.log(JSON.stringify(answers));
