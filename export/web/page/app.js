/* One page: a gallery of models, and the model that the address names.

   The picture is a pure function of the noise (of a seed, or set by hand) and the class.
   What was computed lies in `window.kerasGen`, for tests and for the curious. */

import {
  chosenClasses, makeCard, makeClasses, makeGallery, makeSliders, setSliders,
} from "./controls.js";
import { numbered } from "./caption.js";
import { denoise, guided } from "./denoising.js";
import { Model } from "./engine.js";
import { between, draw as drawNoise } from "./noise.js";
import { Painting } from "./painting.js";
import { drawImages, drawPoints, frameOf } from "./picture.js";

const FRAMES = 9;
const computed = {};
window.kerasGen = computed;
const byId = (id) => document.getElementById(id);
const say = (text) => { byId("status").textContent = text; };
const seedOf = (id) => Math.min(2 ** 32 - 1, Math.max(0, Math.floor(byId(id).value) || 0));
const brush = () => {
  const { value } = document.querySelector("[name=brush]:checked");
  return value === "colour" ? byId("colour").value : value;
};
const painting = new Painting(byId("picture"), brush, say);

let models = [];
let model = null;
let noise = {}; // of the sample, where it was not changed by hand
let path = new Float32Array(); // the points on the way, where the model draws points
let work = 0; // counts what was begun, so that what is outdated can stop
let drawing = null; // the running `draw`; one that is asked for meanwhile waits
let completing = null; // the button that began what is being drawn step by step

function fail(error) {
  setCompleting(null);
  const why = error.message.replace(/\.*$/, ".");
  byId("problem").textContent = `This does not work here: ${why}`;
  byId("problem").hidden = false;
  say("");
}

function setCompleting(id) {
  completing = id;
  byId("complete").textContent = id === "complete" ? "Stop" : "Complete";
  byId("redraw").textContent = id === "redraw" ? "Stop" : "Redraw it all";
}

/** What the model is told of one picture: the class that is chosen, the caption. */
function told() {
  const found = chosenClasses();
  for (const [key, value] of Object.entries(found)) found[key] = [value];
  const spec = model.inputs.caption;
  if (!spec?.words) return found;
  const { numbers, problem } = numbered(byId("caption").value, spec);
  byId("unknown").textContent = problem;
  return { ...found, caption: numbers };
}

/** Inputs for n rows of noise, with what is told in each. */
function filled(rows, n = 1) {
  const each = Object.entries(told());
  const whole = each.map(([key, value]) => [key, new Array(n).fill(value).flat()]);
  return { ...rows, ...Object.fromEntries(whole) };
}

function tellSpeed() {
  const what = model.points ? `${model.batch} points` : "a picture";
  byId("speed").textContent =
    `${what} in ${model.median.toFixed(1)} ms (median of ${model.times.length}), ` +
    `loaded in ${model.loading.toFixed(0)} ms`;
}

async function draw() {
  const [mine, asked, n] = [model, work, model.batch];
  const rows = mine.noise(seedOf("seed"), n);
  for (const [key] of mine.coordinates) rows[key].set(noise[key]); // the first row
  const { output, inputs } = await mine.run(mine.sampler, filled(rows, n), n);
  if (mine !== model || asked !== work) return;
  computed.picture = { inputs, output };
  const shape = mine.output[1].shape.slice(1);
  if (mine.points) {
    mine.reach ??= frameOf(output);
    drawPoints(byId("picture"), output, mine.reach, path);
  } else {
    drawImages(byId("picture"), output, shape);
  }
  painting.start(mine.paints ? output : null, shape);
  say(`sample of seed ${seedOf("seed")}`);
  tellSpeed();
}

/** Draw; if that is being done, once more when it is finished. */
async function refresh() {
  work += 1;
  setCompleting(null);
  if (drawing) return;
  try {
    for (let seen = null; seen !== work; ) {
      seen = work;
      drawing = draw();
      await drawing;
    }
  } catch (error) {
    fail(error);
  } finally {
    drawing = null;
  }
}

/** The pictures, or the path of the point, from the sample to the other. */
async function film() {
  if (byId("between").hidden) return;
  const mine = model;
  const n = mine.points ? 33 : FRAMES;
  const [here, there] = [mine.noise(seedOf("seed")), mine.noise(seedOf("other"))];
  const steered = mine.coordinates.map(([key]) => key);
  const rows = {};
  for (const key of Object.keys(here)) {
    const end = steered.includes(key) ? there[key] : here[key];
    const { law } = mine.inputs[key];
    const row = (k) => [...between(law, here[key], end, k / (n - 1))];
    rows[key] = Array.from({ length: n }, (_, k) => row(k)).flat();
  }
  const { output } = await mine.run(mine.sampler, filled(rows, n), n);
  if (mine !== model) return;
  computed.film = output;
  if (mine.points) path = output;
  else drawImages(byId("film"), output, mine.output[1].shape.slice(1), n, 6);
}

async function both() {
  await film().catch(fail);
  await refresh();
}

/** Coordinates of the seed, and everything that follows from them. */
function fromSeed() {
  noise = model.noise(seedOf("seed"));
  byId("way").value = 0;
  setSliders(noise);
  return both();
}

function onTheWay() {
  const [here, there] = [model.noise(seedOf("seed")), model.noise(seedOf("other"))];
  for (const [key, spec] of model.coordinates) {
    noise[key] = between(spec.law, here[key], there[key], Number(byId("way").value));
  }
  setSliders(noise);
  return refresh();
}

/** What is erased, pixel by pixel: the steps of a causal model. */
async function* pixelwise(mine, inputs, x) {
  const last = mine.signatures.sample_step.inputs.step.range[1];
  for (let step = 0; step <= last; step += 1) {
    const { output } = await mine.run("sample_step", { ...inputs, x, step: [step] });
    x = painting.over(output);
    yield x;
  }
}

/** What is erased, or everything, out of noise: the steps of a model of diffusion. */
function denoised(mine, inputs, how) {
  const { z, ...given } = inputs;
  const { guidance } = mine.denoising;
  const [told, untold] = [mine.conditions(given), mine.conditions(mine.noise(0))];
  const ask = async (x, step) => {
    const said = await mine.run("denoise", { ...told, x, step: [step] });
    if (guidance === 1) return said.output;
    const other = await mine.run("denoise", { ...untold, x, step: [step] });
    return guided(said.output, other.output, guidance);
  };
  const seed = seedOf("seed");
  const fresh = (i) => (i ? drawNoise("normal", z.length, seed, 1000 + i) : z);
  return denoise(mine.denoising, ask, fresh, how);
}

/** Draw step by step, on the next seed's noise: what is erased, or all of it anew. */
async function complete(id) {
  if (completing) {
    work += 1;
    setCompleting(null);
    painting.show();
    return say("stopped");
  }
  await drawing;
  const [mine, asked] = [model, (work += 1)];
  setCompleting(id);
  byId("seed").value = (seedOf("seed") + 1) % 2 ** 32;
  const inputs = filled(mine.noise(seedOf("seed")));
  for (const [key] of mine.coordinates) inputs[key] = noise[key];
  const [given, known] = [painting.given, Array.from(painting.known)];
  const strength = id === "redraw" ? Number(byId("strength").value) : 1;
  const how = id === "redraw"
    ? { given: painting.values, strength }
    : { given, known: painting.knownValues };
  const steps = mine.denoising
    ? denoised(mine, inputs, how)
    : pixelwise(mine, inputs, given);
  const n = mine.denoising
    ? Math.round(strength * mine.denoising.stages.length)
    : mine.signatures.sample_step.inputs.step.range[1] + 1;
  let [x, step, shown] = [given, 0, 0];
  for await (x of steps) {
    if (asked !== work || mine !== model) return undefined;
    step += 1;
    if (performance.now() - shown < 40 && step < n) continue;
    shown = performance.now();
    say(`step ${step} of ${n}`);
    painting.show(x, false);
  }
  setCompleting(null);
  computed.completion = {
    inputs, given: Array.from(how.given), known, strength, output: x,
  };
  return say(`completed with seed ${seedOf("seed")}`);
}

/** Show the model that the address names, or the gallery. */
async function route() {
  work += 1;
  model = models.find((entry) => entry.name === decodeURIComponent(location.hash.slice(1)));
  byId("gallery").hidden = Boolean(model);
  byId("model").hidden = !model;
  byId("problem").hidden = true;
  document.title = model ? model.name : "Generative models";
  if (!model) return;
  byId("title").textContent = model.name;
  byId("subtitle").textContent = model.title;
  byId("picture").setAttribute("aria-label", `What ${model.name} has drawn`);
  byId("latent").hidden = byId("between").hidden = !model.coordinates.length;
  byId("completion").hidden = !model.paints;
  byId("repainting").hidden = !model.denoising;
  byId("colours").hidden = model.points || model.output[1].shape[3] === 1;
  byId("captioned").hidden = !model.inputs.caption?.words;
  byId("caption").value = byId("unknown").textContent = "";
  byId("words").textContent = (model.inputs.caption?.words ?? []).join(" ");
  byId("film").hidden = model.points;
  byId("seed").value = 1;
  byId("other").value = 2;
  path = new Float32Array();
  say("Loading …");
  byId("speed").textContent = "";
  makeSliders(model, (key, i, value) => {
    noise[key][i] = value;
    setSliders(noise);
    refresh();
  });
  makeClasses(model, both);
  makeCard(model);
  byId("title").focus();
  await fromSeed();
}

function wire() {
  const on = (id, event, action) =>
    byId(id).addEventListener(event, () => Promise.resolve(action()).catch(fail));
  const next = (id) => { byId(id).value = (seedOf(id) + 1) % 2 ** 32; };
  on("new", "click", () => { next("seed"); return fromSeed(); });
  on("another", "click", () => { next("other"); return film().then(onTheWay); });
  on("seed", "change", fromSeed);
  on("other", "change", () => film().then(onTheWay));
  on("reset", "click", fromSeed);
  on("way", "input", onTheWay);
  on("half", "click", () => painting.erase(Math.ceil(painting.shape[0] / 2)));
  on("all", "click", () => painting.erase(0));
  on("complete", "click", () => complete("complete"));
  on("redraw", "click", () => complete("redraw"));
  on("caption", "change", both);
  byId("controls").addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", route);
}

async function start() {
  const site = await (await fetch("models.json")).json();
  models = site.models.map((facts) => new Model(facts));
  byId("runtime").textContent = site.runtime;
  makeGallery(models);
  wire();
  await route();
}

start().catch(fail);
