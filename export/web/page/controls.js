/* The controls that depend on the model: sliders, classes, and the model card. */

const byId = (id) => document.getElementById(id);

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
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

/** A list to choose from for each label that the model takes; `chosen()` is told. */
export function makeClasses(model, chosen) {
  const lists = Object.entries(model.classes).map(([key, names]) => {
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

/** {input: number} of what is chosen. */
export function chosenClasses() {
  const lists = [...byId("classes").querySelectorAll("select")];
  return Object.fromEntries(lists.map((list) => [list.dataset.key, Number(list.value)]));
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
