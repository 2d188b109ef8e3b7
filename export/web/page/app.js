/* One page: a gallery of models, and the model that the address names.

   The picture is a pure function of the noise (of a seed, or set by hand) and the class,
   or of another picture, on which one draws, and of the picture that drives it.
   What was computed lies in `window.kerasGen`, for tests and for the curious. */

import {
  chosenClasses, makeCard, makeClasses, makeGallery, makePainting, makeSliders,
  nameSteps, setSliders, showControls,
} from "./controls.js";
import { numbered } from "./caption.js";
import { Model } from "./engine.js";
import { examplesOf, makeDrivers, ownPicture, palette, showDriver } from "./examples.js";
import { between } from "./noise.js";
import { Painting } from "./painting.js";
import { drawImages, drawPoints, frameOf } from "./picture.js";
import { denoised, pixelwise, stepsOf, walked } from "./stepping.js";

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
const source = new Painting(byId("source"), brush, (word) => { say(word); refresh(); });

let models = [];
let model = null;
let noise = {}; // of the sample, where it was not changed by hand
let path = new Float32Array(); // the points on the way, where the model draws points
let work = 0; // counts what was begun, so that what is outdated can stop
let drawing = null; // the running `draw`; one that is asked for meanwhile waits
let completing = null; // the button that began what is being drawn step by step
let walk = 0; // steps of the chain since the sample
let blank = "black"; // what an empty drawing is full of

function fail(error) {
  setCompleting(null);
  const why = error.message.replace(/\.*$/, ".");
  byId("problem").textContent = `This does not work here: ${why}`;
  byId("problem").hidden = false;
  say("");
}

function setCompleting(id) {
  completing = id;
  nameSteps(model, id);
}

/** What the model is told of one picture: what is chosen or switched on, the caption. */
function told() {
  const found = chosenClasses();
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
  const rows = mine.source
    ? { x: source.values, known: source.known, driver: mine.driver }
    : mine.noise(seedOf("seed"), n);
  for (const [key] of mine.coordinates) rows[key].set(noise[key]); // the first row
  const { output, inputs } = await mine.run(mine.main, filled(rows, n), n);
  if (mine !== model || asked !== work) return;
  computed.picture = { inputs, output };
  const shape = mine.output[1].shape.slice(1);
  if (mine.points) {
    mine.reach ??= frameOf(output);
    drawPoints(byId("picture"), output, mine.reach, path);
  } else {
    drawImages(byId("picture"), output, shape);
  }
  walk = 0;
  painting.start(mine.painting && !mine.source ? output : null, shape, mine.chain);
  if (!mine.source) say(`sample of seed ${seedOf("seed")}`);
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
  const { output } = await mine.run(mine.main, filled(rows, n), n);
  if (mine !== model) return;
  computed.film = output;
  if (mine.points) path = output;
  else drawImages(byId("film"), output, mine.output[1].shape.slice(1), n, 6);
}

async function both() {
  await film().catch(fail);
  await refresh();
}

/** Begin with a picture: draw on it from now on. */
function fromPicture(values, word) {
  source.start(values, model.source.shape.slice(1));
  say(word);
  return refresh();
}

async function fromOwn() {
  const [mine, [file]] = [model, byId("own").files];
  if (!file) return undefined;
  const values = await ownPicture(file, mine.source.shape.slice(1));
  byId("problem").hidden = true;
  return mine === model ? fromPicture(values, file.name) : undefined;
}

/** The example of that number, where images are made of images. */
async function fromExample() {
  const mine = model;
  const pictures = await examplesOf(mine);
  if (mine !== model) return undefined;
  if (!source.active) {
    const colours = palette(pictures, mine.source.shape[3]);
    blank = colours[0] ?? "black";
    makePainting(mine, colours);
    if (mine.inputs.driver) makeDrivers(mine);
  }
  const k = (seedOf("seed") - 1 + pictures.length) % pictures.length;
  return fromPicture(pictures[k], `picture ${k + 1} of ${pictures.length}`);
}

/** The picture where the slider is drives from now on. */
function drive() {
  say(showDriver(model));
  return refresh();
}

/** Coordinates of the seed, and everything that follows from them. */
function fromSeed() {
  if (model.source) return fromExample();
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

/** Stop what is being drawn step by step. */
function stop() {
  work += 1;
  setCompleting(null);
  painting.show();
  say(model.chain ? `stopped after step ${walk}` : "stopped");
}

/** Show these pictures as they come, and what `told(n)` says of each; the last one. */
async function watch(steps, told) {
  const [mine, asked] = [model, work];
  let [x, n, shown] = [null, 0, 0];
  for await (x of steps) {
    if (asked !== work || mine !== model) return null;
    n += 1;
    const { text, last } = told(n, x);
    if (performance.now() - shown < 40 && !last) continue;
    shown = performance.now();
    say(text);
    painting.show(painting.free ? painting.values : x, false);
  }
  setCompleting(null);
  return x;
}

/** Draw step by step, on the next seed's noise: what is erased, or all of it anew. */
async function complete(id) {
  if (completing) return stop();
  await drawing;
  const mine = model;
  work += 1;
  setCompleting(id);
  if (mine.chain) return run();
  byId("seed").value = (seedOf("seed") + 1) % 2 ** 32;
  const inputs = filled(mine.noise(seedOf("seed")));
  for (const [key] of mine.coordinates) inputs[key] = noise[key];
  const [given, known] = [painting.given, Array.from(painting.known)];
  const strength = id === "redraw" ? Number(byId("strength").value) : 1;
  const how = id === "redraw"
    ? { given: painting.values, strength }
    : { given, known: painting.knownValues };
  const steps = mine.denoising
    ? denoised(mine, inputs, seedOf("seed"), how)
    : pixelwise(mine, inputs, painting);
  const n = mine.denoising
    ? Math.round(strength * mine.denoising.stages.length)
    : stepsOf(mine);
  say(`step 0 of ${n}`);
  const x = await watch(steps, (i) => ({ text: `step ${i} of ${n}`, last: i === n }));
  if (!x) return undefined;
  computed.completion = {
    inputs, given: Array.from(how.given), known, strength, output: x,
  };
  return say(`completed with seed ${seedOf("seed")}`);
}

/** Let the chain walk on, until it is stopped. */
function run() {
  const steps = walked(model, filled({}), seedOf("seed"), painting, walk);
  return watch(steps, (i, x) => {
    walk += 1;
    computed.walk = { inputs: { steps: [walk] }, output: painting.move(x) };
    return { text: `step ${walk} of the chain, ${painting.count}` };
  });
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
  showControls(model);
  byId("seed").value = 1;
  byId("other").value = 2;
  path = new Float32Array();
  say("Loading …");
  byId("speed").textContent = "";
  source.start(null);
  if (model.painting) makePainting(model, []);
  setCompleting(null);
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
  on("drive", "input", drive);
  const painted = () => (model.source ? source : painting);
  on("half", "click", () => painted().erase(Math.ceil(painted().shape[0] / 2)));
  on("all", "click", () =>
    (model.painting === "drawing" ? source.fill(blank) : painted().erase(0)));
  on("own", "change", fromOwn);
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
