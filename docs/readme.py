"""Write the parts of README.md that are measured or counted.

python -m docs readme
"""

import zoo
from docs.pages import Page, filled
from docs.zoo import about
from zoo.registry import FAMILIES

PICTURE = """\
![Samples of {name}](docs/pictures/{name}.png)

*96 samples of `{name}`: {parameters:,} parameters, trained in {minutes:.0f} minutes on
two cores. A classifier takes {asked} of such samples for the character that was
asked for, and {ceiling} of test images for what they are; in its features the
squared Frechet distance to the test images is {frechet:.1f}, that of as many training
images {floor:.1f}.*"""
SYSTEMS = 9  # of a family are named


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
    value = {key: metric["value"] for key, metric in card["metrics"].items()}
    return PICTURE.format(
        name=name,
        parameters=sum(card["parameters"].values()),
        minutes=card["training"]["seconds"] / 60,
        asked=f"{value['label_accuracy']:.1%}",
        ceiling=f"{value['label_accuracy_floor']:.1%}",
        frechet=value["classifier_frechet"],
        floor=value["classifier_frechet_floor"],
    )


def families() -> str:
    """One line for each family: what it is, some of its systems, how many models."""
    lines = ["| family | what | systems | models |", "|---|---|---|---:|"]
    for family in FAMILIES:
        entries = [zoo.entry(name) for name in zoo.names(family=family)]
        systems = [*dict.fromkeys(f"`{entry.system}`" for entry in entries)]
        shown = ", ".join(systems[:SYSTEMS])
        if more := systems[SYSTEMS:]:
            shown += f" and {len(more)} more"
        link = f"[{family}](docs/zoo.md#{family})"
        lines.append(f"| {link} | {about(family)} | {shown} | {len(entries)} |")
    return "\n".join(lines)


def text(found: dict) -> str:
    return filled("README.md", picture=picture(), families=families())


PAGE = Page("readme", text, file="README.md")
