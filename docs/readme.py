"""Write the parts of README.md that are measured or counted.

    python -m docs readme

What is said of the picture at the door decides its card.
"""

from collections import Counter

import zoo
from docs.pages import Page, filled
from docs.zoo import about
from zoo.registry import FAMILIES
from zoo.tables import percent

AT_THE_DOOR = "flow-faces"
PICTURE = """\
![Samples of {name}](docs/pictures/{name}.png)

*96 samples of `{name}`, asked by captions: {parameters:,} parameters, trained in
{minutes:.0f} minutes on two cores. A classifier sees {asked} of the attributes
that captions name, in test images {ceiling}; in its features the squared Frechet
distance to the test images is {frechet:.1f}, that of as many training images
{floor:.1f}.*"""
SYSTEMS = 5  # of a family are named: those with the most models


def picture() -> str:
    """The best there is to look at, and what judges it."""
    card = zoo.card(AT_THE_DOOR)
    metrics = card["metrics"]
    return PICTURE.format(
        name=AT_THE_DOOR,
        parameters=sum(card["parameters"].values()),
        minutes=card["training"]["seconds"] / 60,
        asked=percent(metrics["caption_accuracy"]),
        ceiling=percent(metrics["caption_accuracy_floor"]),
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
