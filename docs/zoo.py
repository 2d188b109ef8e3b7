"""Write docs/zoo.md: every model of the zoo, and draw its picture.

    python -m docs zoo

The numbers are those of the cards; what is kept in docs/zoo.json is which pictures were
drawn of which weights.
"""

import importlib

import zoo
from docs.pages import PICTURES, Page, weights
from zoo.registry import FAMILIES
from zoo.tables import headline

NEAR = 20  # samples that are shown with the training example that is nearest
SITES = {"arXiv": "https://arxiv.org/abs/", "doi": "https://doi.org/"}

HEAD = """# The zoo

Made by `python -m docs zoo`; nothing here is written by hand.

{n} models of {systems} systems: {trained} with weights, `zoo.load(NAME)`, the others
set-ups of their papers that are too large to be trained here. A name leads to its
picture: samples, or what becomes of test images. Those without one are there for a
number, or to judge others. What is told a class is [side by side](categories.md).
`python -m zoo show NAME` prints the whole card.

The last column is measured on the test set, ± one standard error where there is one.
"≤" stands before what is only bounded: the model is as good or better. *Frechet* is the
squared distance of samples to test images in the features of a classifier, which judges
what a picture shows, and in brackets that of real images; *as asked* the share of
samples that the classifier takes for the class that was asked for, and of captions the
share of the attributes they name.
"""


def keys() -> dict[str, str]:
    """The weights that each picture is drawn of."""
    entries = [zoo.entry(name) for name in zoo.names()]
    return {e.name: weights(e.name) for e in entries if e.weights and e.shown}


def measure(name: str) -> dict:
    """Draw samples, or what becomes of test images; beside samples what is nearest."""
    from keras_gen import plots
    from zoo.sampling import captions, examples

    entry, model = zoo.entry(name), zoo.load(name)
    pictures = [f"{name}.png"]
    n = 96 if len(model.data_shape) == 3 else 1000  # points take less room
    asked, x, path = captions(entry.data, n), examples(name, 32), PICTURES / pictures[0]
    plots.overview(model, x, n, 1, 16, entry.data.info, path, asked)
    if "memorised" in zoo.card(name)["metrics"] and len(entry.data.info.shape) == 3:
        pictures.append(f"{name}-neighbours.png")
        train, path = entry.data.examples("train"), PICTURES / pictures[1]
        few = captions(entry.data, NEAR)
        plots.neighbours(model, train, NEAR, seed=1, path=path, conditions=few)
    return {"pictures": pictures}


def table(family: str, found: dict) -> str:
    """The entries of one family, system by system."""
    lines = [
        "| system | name | what | paper | parameters | weights | on the test set |",
        "|---|---|---|---|---:|---:|---|",
    ]
    entries = [zoo.entry(name) for name in zoo.names(family=family)]
    systems = list(dict.fromkeys(entry.system for entry in entries))
    entries.sort(key=lambda entry: systems.index(entry.system))
    shown = None
    for entry in entries:
        system = "" if entry.system == shown else entry.system
        lines.append(f"| {system} | {row(entry, found)} |")
        shown = entry.system
    return "\n".join(lines)


def row(entry, found) -> str:
    where, _, number = entry.paper.partition(":")
    paper = f"[{entry.paper}]({SITES[where]}{number})"
    if not entry.weights:
        return f"`{entry.name}` | {entry.title} | {paper} | - | - | not trained here"
    card = zoo.card(entry.name)
    shown, nearest = f"`{entry.name}`", []
    if entry.name in found:
        picture, *nearest = (f"pictures/{f}" for f in found[entry.name]["pictures"])
        shown = f"[{shown}]({picture})"
    size = f"{sum(card['parameters'].values()):,}"
    weight = f"{card['weights']['bytes'] / 1e6:.1f} MB"
    measured = headline(card["metrics"]).replace("<=", "≤")
    for path in nearest:
        measured += f"; [nearest training examples]({path})"
    return f"{shown} | {entry.title} | {paper} | {size} | {weight} | {measured}"


def text(found: dict) -> str:
    """The whole page."""
    entries = [zoo.entry(name) for name in zoo.names()]
    head = HEAD.format(
        n=len(entries),
        systems=len({entry.system for entry in entries}),
        trained=sum(entry.weights for entry in entries),
    )
    parts = [head]
    for family in FAMILIES:
        head = f"## {family.capitalize()}\n\n{about(family)}\n"
        parts.append(f"{head}\n{table(family, found)}\n")
    return "\n".join(parts)


def about(family: str) -> str:
    """What a family is, in its own words."""
    return importlib.import_module(f"keras_gen.{family}").__doc__.strip()


PAGE = Page("zoo", text, keys, measure)
