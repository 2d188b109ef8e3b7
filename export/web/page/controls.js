/* The controls that depend on the model: sliders, classes, and the model card. */

/** What painting is for, and what its buttons say. */
const PAINTING = {
  completion: {
    painted: "Completion",
    painting: "Paint on the picture: the model draws what you erase and keeps the rest.",
    erase: "erase",
    half: "Erase the lower half",
    all: "Erase all",
  },
  chain: {
    painted: "Chain",
    painting: "From the sample on the chain walks, a step at a time. What you paint is "
      + "held, also while it runs; the rest comes to agree with it.",
    erase: "let go",
    half: "Hold the upper half",
    all: "Let go of all",
  },
  drawing: {
    painted: "Drawing",
    painting: "Paint on the first picture: the second one is what the model makes of it.",
    all: "Empty picture",
  },
  driving: {
    painted: "Face",
    painting: "Paint on the first picture, too: that is the face that is driven.",
  },
  filling: {
    painted: "Holes",
    painting: "Erase on the first picture: in the second one the model has filled the "
      + "holes, and kept the rest.",
    erase: "erase",
    half: "Erase the lower half",
    all: "Erase all",
  },
};
const KEYS = " With the keyboard, the arrows move over the picture and the space bar paints.";
const COMPLETING = { chain: ["Run the chain", "Stop"], completion: ["Complete", "Stop"] };

const byId = (id) => document.getElementById(id);

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** Show what a model can be told and do, and hide the rest. */
export function showControls(model) {
  byId("title").textContent = model.name;
  byId("subtitle").textContent = model.title;
  byId("picture").setAttribute("aria-label", `What ${model.name} has drawn`);
  byId("latent").hidden = byId("between").hidden = !model.coordinates.length;
  byId("completion").hidden = !model.painting;
  byId("repainting").hidden = !model.denoising;
  byId("complete").hidden = byId("seeded").hidden = Boolean(model.source);
  byId("source").hidden = byId("opened").hidden = !model.source;
  byId("model").classList.toggle("translating", Boolean(model.source));
  byId("model").classList.toggle("driving", Boolean(model.inputs.driver));
  byId("driver").hidden = byId("driving").hidden = true; // until there are pictures
  byId("sampling").textContent = model.source ? "Picture" : "Sample";
  byId("new").textContent = model.source ? "Another picture" : "New sample";
  byId("captioned").hidden = !model.inputs.caption?.words;
  byId("caption").value = byId("unknown").textContent = "";
  byId("words").textContent = (model.inputs.caption?.words ?? []).join(" ");
  byId("film").hidden = model.points;
}

/** A slider for each latent coordinate; `moved(key, i, value)` is told. */
export function makeSliders(model, moved) {
  const rows = model.coordinates.flatMap(([key, spec]) => {
    const numbers = spec.shape.slice(1).reduce((product, n) => product * n, 1);
    return Array.from({ length: numbers }, (_, i) => {
      const [min, max] = spec.law === "uniform" ? [0, 1] : [-4, 4];
      const input = element("input", { type: "range", min, max, step: 0.01 });
      input.dataset.key = key;
      input.dataset.index = i;
      input.addEventListener("input", () => moved(key, i, Number(input.value)));
      const name = spec.shape.length > 1 ? `${key} ${i + 1}` : key;
      return element("label", {}, element("span", { textContent: name }), input,
        element("output"));
    });
  });
  byId("sliders").replaceChildren(...rows);
}

/** Put the sliders where the coordinates are. */
export function setSliders(coordinates) {
  for (const input of byId("sliders").querySelectorAll("input")) {
    const value = coordinates[input.dataset.key][input.dataset.index];
    input.value = value;
    input.parentElement.querySelector("output").textContent = value.toFixed(2);
  }
}

/** The words of the controls for painting, and the brushes; `colours` are a drawing's. */
export function makePainting(model, colours) {
  const words = PAINTING[model.painting];
  for (const id of ["painted", "painting", "half", "all"]) {
    byId(id).textContent = words[id] ?? "";
    byId(id).hidden = !words[id];
  }
  byId("painting").append(KEYS);
  const brush = (value, ...shown) => {
    const input = element("input", { type: "radio", name: "brush", value });
    input.ariaLabel = value;
    return element("label", {}, input, ...shown);
  };
  const swatch = (colour) => {
    const shown = element("span", { className: "swatch" });
    shown.style.background = colour;
    return shown;
  };
  const brushes = words.erase ? [brush("erase", words.erase)] : [];
  if (colours.length) brushes.push(...colours.map((value) => brush(value, swatch(value))));
  else brushes.push(brush("white", "white"), brush("black", "black"));
  const shape = (model.source ?? model.output[1]).shape;
  if (!colours.length && shape[3] === 3) {
    const colour = element("input", { type: "color", id: "colour", value: "#e08040" });
    colour.ariaLabel = "Colour of the brush";
    const chosen = brush("colour", "colour");
    colour.addEventListener("input", () => { chosen.firstChild.checked = true; });
    brushes.push(chosen, colour);
  }
  const first = model.chain || (colours.length && !words.erase) ? 1 : 0; // 0: paper
  brushes[first].querySelector("input").checked = true;
  byId("brushes").replaceChildren(...brushes);
}

/** What the button for the steps says. */
export function nameSteps(model, id) {
  const [begin, end] = COMPLETING[model?.painting] ?? COMPLETING.completion;
  byId("complete").textContent = id === "complete" ? end : begin;
  byId("redraw").textContent = id === "redraw" ? "Stop" : "Redraw it all";
}

/** A list to choose from for each label that the model takes, or a switch for each
    answer in it; `chosen()` is told. */
export function makeClasses(model, chosen) {
  const lists = Object.entries(model.classes).flatMap(([key, names]) => {
    if (model.inputs[key].shape.length > 1) return switches(key, names, chosen);
    const options = names.map((name, value) =>
      element("option", { value, textContent: name }));
    const list = element("select", { id: `class-${key}` }, ...options);
    list.dataset.key = key;
    list.addEventListener("change", chosen);
    const title = key === "label" ? "class" : key;
    return element("label", { textContent: `${title[0].toUpperCase()}${title.slice(1)}` },
      list);
  });
  byId("classes").replaceChildren(...lists);
}

function switches(key, names, chosen) {
  return names.map((name) => {
    const box = element("input", { type: "checkbox" });
    box.dataset.key = key;
    box.addEventListener("change", chosen);
    return element("label", { className: "switch" }, box, name.replaceAll("_", " "));
  });
}

/** {input: numbers} of what is chosen. */
export function chosenClasses() {
  const found = {};
  for (const field of byId("classes").querySelectorAll("select, input")) {
    const value = field.type === "checkbox" ? field.checked : field.value;
    (found[field.dataset.key] ??= []).push(Number(value));
  }
  return found;
}

/** What the page shows of `card`, and of the files. */
export function makeCard(model) {
  const { card } = model;
  const rows = { model: `${card.system}, ${card.paper}`, data: card.data };
  rows.licence = card.licence;
  rows["licence of the data"] = card["data licence"];
  rows.parameters = card.parameters;
  for (const [signature, file] of Object.entries(model.files)) {
    const size = `${Math.round(file.bytes / 1000).toLocaleString("en")} kB`;
    rows[signature.replace("_", " ")] = `${size}, ${file.error}`;
  }
  rows["weights (SHA-256)"] = card.weights;
  const shown = Object.entries(rows).filter(([, value]) => value);
  document.querySelector("#card dl").replaceChildren(
    ...shown.flatMap(([term, value]) => [
      element("dt", { textContent: term }),
      element("dd", { textContent: value }),
    ]));
  const metrics = Object.entries(card.metrics ?? {});
  document.querySelector("#card table").hidden = !metrics.length;
  document.querySelector("#card tbody").replaceChildren(
    ...metrics.map(([name, { value, how }]) =>
      element("tr", {},
        element("th", { scope: "row", textContent: name }),
        element("td", { textContent: value }),
        element("td", { textContent: how }))));
}

/** The list of models, each with pictures that it has drawn. */
export function makeGallery(models) {
  document.querySelector("#gallery ul").replaceChildren(
    ...models.map((model) =>
      element("li", {},
        element("a", { href: `#${model.name}` },
          element("img", { src: model.preview, alt: `Samples of ${model.name}` }),
          element("strong", { textContent: model.name }),
          element("span", { textContent: model.title })))));
}
