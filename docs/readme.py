"""Write the parts of README.md that are measured or counted.

    python -m docs readme

Which picture is at the door, and what is said of it, decide the cards.
"""

from collections import Counter

import zoo
from docs.pages import Page, filled
from docs.zoo import about
from zoo.registry import FAMILIES
from zoo.tables import percent

PICTURE = """\
![Samples of {name}](docs/pictures/{name}.png)

*96 samples of `{name}`: {parameters:,} parameters, trained in {minutes:.0f} minutes on
two cores. A classifier takes {asked} of such samples for the character that was
asked for, and {ceiling} of test images for what they are; in its features the
squared Frechet distance to the test images is {frechet:.1f}, that of as many training
images {floor:.1f}.*"""
SYSTEMS = 5  # of a family are named: those with the most models


def best() -> str:
    """The model of characters that the classifier finds nearest to real ones."""
    names = zoo.names(task="generate", dataset="glyphs")
    metrics = {n: zoo.card(n)["metrics"] for n in names if zoo.entry(n).weights}
    asked = [name for name in metrics if "label_accuracy" in metrics[name]]
    return min(asked, key=lambda name: metrics[name]["classifier_frechet"]["value"])


def picture() -> str:
    """The best there is to look at, and what judges it."""
    name = best()
    card = zoo.card(name)
    metrics = card["metrics"]
    return PICTURE.format(
        name=name,
        parameters=sum(card["parameters"].values()),
        minutes=card["training"]["seconds"] / 60,
        asked=percent(metrics["label_accuracy"]),
        ceiling=percent(metrics["label_accuracy_floor"]),
        frechet=metrics["classifier_frechet"]["value"],
        floor=metrics["classifier_frechet_floor"]["value"],
    )


def families() -> str:
    """One line for each family: what it is, some of its systems, how many models."""
    lines = ["| family | what | systems | models |", "|---|---|---|---:|"]
    for family in FAMILIES:
        entries = [zoo.entry(name) for name in zoo.names(family=family)]
        systems = Counter(entry.system for entry in entries)
        shown = ", ".join(f"`{name}`" for name, _ in systems.most_common(SYSTEMS))
        if len(systems) > SYSTEMS:
            shown += f" and {len(systems) - SYSTEMS} more"
        link = f"[{family}](docs/zoo.md#{family})"
        lines.append(f"| {link} | {about(family)} | {shown} | {len(entries)} |")
    return "\n".join(lines)


def text(found: dict) -> str:
    return filled("README.md", picture=picture(), families=families())


PAGE = Page("readme", text, file="README.md")
