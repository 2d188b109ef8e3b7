"""Write the tables and pictures of README.md from the registry and its cards.

    make docs

Nothing between a pair of markers is written by hand; a test runs this with --check.
"""

import argparse
import pathlib
import sys

import zoo
from zoo.__main__ import headline
from zoo.registry import FAMILIES

ROOT = pathlib.Path(__file__).parents[1]
README = ROOT / "README.md"
PICTURES = ROOT / "docs" / "pictures"
SITES = {"arXiv": "https://arxiv.org/abs/", "doi": "https://doi.org/"}


def tables() -> str:
    """All entries, family by family: what they are, their size, their main measure."""
    return "\n\n".join(f"### {f.capitalize()}\n\n{table(f)}" for f in FAMILIES)


def table(family: str) -> str:
    """The entries of one family; a trained one's name leads to its picture."""
    lines = [
        "| name | what | paper | parameters | weights | on the test set |",
        "|---|---|---|---:|---:|---|",
    ]
    for name in zoo.names(family=family):
        entry = zoo.entry(name)
        where, _, number = entry.paper.partition(":")
        paper = f"[{entry.paper}]({SITES[where]}{number})"
        if entry.weights:
            card = zoo.card(name)
            shown = f"[`{name}`](docs/pictures/{name}.png)"
            size = f"{sum(card['parameters'].values()):,}"
            weight = f"{card['weights']['bytes'] / 1e6:.1f} MB"
            measure = headline(card["metrics"]).replace("<=", "≤")
            if _compared(entry, card):
                picture = f"docs/pictures/{name}-neighbours.png"
                measure += f"; [nearest training examples]({picture})"
        else:
            shown, size, weight = f"`{name}`", "-", "-"
            measure = "not trained here"
        lines.append(
            f"| {shown} | {entry.title} | {paper} | {size} | {weight} | {measure} |"
        )
    return "\n".join(lines)


def _compared(entry, card) -> bool:
    """Whether it draws images that are looked for among the training examples."""
    return "memorised" in card["metrics"] and len(entry.data.info.shape) == 3


def filled(text: str) -> str:
    """The README with the tables between its markers made anew."""
    begin, end = "<!-- zoo tables: made by make docs -->\n", "\n<!-- end -->"
    head, _, rest = text.partition(begin)
    _, _, tail = rest.partition(end)
    return head + begin + tables() + end + tail


def draw():
    """A picture of samples for each trained entry."""
    from keras_gen import plots
    from zoo.sampling import examples

    PICTURES.mkdir(exist_ok=True)
    for name in zoo.names():
        entry = zoo.entry(name)
        if entry.weights:
            path, info = PICTURES / f"{name}.png", entry.data.info
            x = examples(name, 32)
            model = zoo.load(name)
            plots.overview(model, x, 96, 1, 16, info, path)
            if _compared(entry, zoo.card(name)):
                train, path = entry.data.examples("train"), f"{name}-neighbours.png"
                plots.neighbours(model, train, seed=1, path=PICTURES / path)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args()
    text = README.read_text()
    new = filled(text)
    if options.check:
        if new != text:
            print("README.md is behind the registry; run `make docs`.")
        return int(new != text)
    README.write_text(new)
    draw()
    return 0


if __name__ == "__main__":
    sys.exit(main())
