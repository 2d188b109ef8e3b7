"""Write docs/fashion.md: the generators of Fashion-MNIST, compared.

    python -m docs fashion

What is found is kept in docs/fashion.json. It takes a minute of one core for each game,
ten for models of diffusion, and draws the page's picture.
"""

import functools
import hashlib

import numpy as np

import zoo
from docs.pages import PICTURES, Page, weights
from keras_gen.metrics import classes, frechet, kernel, neighbours

JUDGE, DATA = "classifier-fashion", "fashion_mnist"
PICTURE = "samples of each"
FLOOR = "training images"  # as many, drawn at random: what a perfect generator reaches
N, CLASSES, NEIGHBOURS = 2_500, 10, 5
TRUNCATIONS = (2.0, 1.0, 0.5)  # beyond which BigGAN is asked for no latent
SHOWN = 20  # samples of each generator in the picture: two of each class

HEAD = """# The generators of Fashion-MNIST

Made by `python -m docs fashion`; nothing here is written by hand.

Every generator of the zoo that has learned from `{data}`. **{n:,} samples** of each
(seed 0; a model that is told the class is asked for those of the test images) are
compared with **{n:,} test images** in the features of `{judge}`: the {features} numbers
that its last layer makes its decision of. The last row has as many images of the
training set in the place of samples: no generator should be better, but by chance.
Those marked *grey* have learned images in black and white, drawn anew in each epoch,
and show the chance of each pixel to be white: a mean, which is soft.
"""

DISTANCES = """
## How near to the data

*Frechet*: squared distance between the two clouds of features as Gaussians; lower is
better. *kernel*: unbiased squared maximum mean discrepancy with a cubic kernel, ± one
standard error over blocks of 100; 0 for the same law. *precision*: share of samples
within reach of the {k} nearest among the real ones: how good they are. *recall*: share
of real ones within such reach of samples: how much is not missing. *density*: as
precision, but counts how many real ones are in reach, over {k}; above 1 where samples
crowd. *coverage*: share of real ones with a sample in their reach. *minutes*: of the
training, on one or two cores. *parameters*: of all networks that are trained.
"""

KINDS = """
## Which clothes

*classes*: how many of the {classes} have at least a tenth of an equal share of the
samples, as the classifier says. *bins apart*: classes whose share among the samples
differs from that among the test images by more than 1.96 standard deviations (one row
in two has one by chance). *as asked*: share of samples that the classifier takes
for the class that was asked for, ± one standard error; in the last row, of test images
for what they are, which is the ceiling.
"""

TRUNCATED = """
## Fidelity for variety

`{name}` again, asked with latents none of whose numbers lies beyond t (the truncation
trick, `sample(..., truncation=t)`).

| t | as asked | precision | recall | Frechet |
|---|---:|---:|---:|---:|
"""

SEEN = """
## What one sees

Nearest to the data by the Frechet distance, of each family: {nearest}.
What was asked for is seen most often in `{best}`: in {asked}, and in
{ceiling} of test images. What samples are worth to somebody who learns from
them says [published.md](published.md).
"""


def entries() -> list[str]:
    """The generators of these data that have weights."""
    names = zoo.names(task="generate", dataset=DATA)
    return [name for name in names if zoo.entry(name).weights]


def keys() -> dict[str, str]:
    judge = weights(JUDGE)
    keys = {FLOOR: judge} | {n: f"{weights(n)} by {judge}" for n in entries()}
    drawn = "".join(sorted(weights(n) for n in entries()))  # in whatever order
    return keys | {PICTURE: hashlib.sha256(drawn.encode()).hexdigest()}


@functools.cache
def judged():
    """Who judges, and test images with their labels, features and classes."""
    from keras_gen import data

    judge = zoo.load(JUDGE)
    x, y = (a[:N] for a in data.arrays(DATA, "test", labels="class"))
    return judge, y, judge.features(x), judge.said(x)


def measure(name: str) -> dict:
    """Of one generator, or of the floor; or draw them all."""
    if name == PICTURE:
        return draw()
    judge, y, features, said = judged()
    if name == FLOOR:
        from keras_gen import data

        train = data.arrays(DATA, "train")
        x = train[np.random.default_rng(0).permutation(len(train))[:N]]
        # What it says of test images is what "as asked" can reach.
        return {
            "features": features.shape[1],
            **compared(x),
            "asked": answers(said, y),
        }
    model = zoo.load(name)
    told = {"label": y} if classed(name) else {}

    def drawn(**how):
        x = model.sample(N, seed=0, **told, **how)
        asked = {"asked": answers(judge.said(x), y)} if told else {}
        return compared(x) | asked

    found = drawn()
    if zoo.entry(name).system == "BigGAN":
        found["truncated"] = {str(t): drawn(truncation=t) for t in TRUNCATIONS}
    return found


def classed(name) -> bool:
    return zoo.entry(name).data.labels == "class"


def grey(name) -> bool:
    return zoo.entry(name).data.binarise is not None


def compared(x) -> dict:
    """Of generated images, against the real ones."""
    judge, _, real, real_said = judged()
    features, said = judge.features(x), judge.said(x)
    shares = np.bincount(real_said, minlength=CLASSES) / len(real_said)
    rng = np.random.default_rng(0)
    # In blocks, which are not to be of one class.
    near = kernel.distance(rng.permutation(features), rng.permutation(real))
    balls = neighbours.compare(real, features, NEIGHBOURS)
    return {
        "frechet": round(frechet.distance(features, real), 3),
        "kernel": [round(near.value, 4), round(near.stderr, 4)],
        **{measure: round(value, 3) for measure, value in balls._asdict().items()},
        "classes": classes.covered(said, CLASSES),
        "bins": classes.bins_apart(said, shares),
    }


def answers(said, asked) -> list[float]:
    estimate = classes.agreement(said, asked)
    return [round(estimate.value, 4), round(estimate.stderr, 4)]


def draw() -> dict:
    """A row of samples of each generator; those that are told, of each class twice."""
    from keras_gen.plots.pixels import save_image, table

    rows = []
    for name in entries():
        model = zoo.load(name)
        told = {"label": np.arange(SHOWN) % CLASSES} if classed(name) else {}
        rows.append(model.sample(SHOWN, seed=1, **told))
    save_image(PICTURES / "fashion.png", table(np.concatenate(rows), entries()))
    return {"samples": SHOWN}


def by_distance(found) -> list[str]:
    """The generators, the best by the Frechet distance first, and the floor."""
    names = [n for n in entries() if n in found]
    return [*sorted(names, key=lambda n: found[n]["frechet"]), FLOOR]


def distances_table(found) -> str:
    measures = ("precision", "recall", "density", "coverage")
    lines = [
        f"| | parameters | minutes | Frechet | kernel | {' | '.join(measures)} |",
        f"|---|---:|---:|---:|---:|{'---:|' * len(measures)}",
    ]
    for name in by_distance(found):
        row, cost = found[name], "- | -"
        if name != FLOOR:
            card = zoo.card(name)
            size = sum(card["parameters"].values())
            cost = f"{size:,} | {card['training']['seconds'] / 60:.0f}"
        near, error = row["kernel"]
        cells = " | ".join(f"{row[m]:.3f}" for m in measures)
        lines.append(
            f"| {shown(name)} | {cost} | {row['frechet']:.2f} "
            f"| {near:.3f} ± {error:.3f} | {cells} |"
        )
    return "\n".join(lines)


def kinds_table(found) -> str:
    lines = [
        "| | classes | bins apart | as asked |",
        "|---|---:|---:|---:|",
    ]
    for name in by_distance(found):
        row = found[name]
        asked = as_asked(row) if "asked" in row else "-"
        lines.append(f"| {shown(name)} | {row['classes']} | {row['bins']} | {asked} |")
    return "\n".join(lines)


def truncation_table(found) -> str:
    name = next(n for n in found if "truncated" in found[n])
    rows = {"none": found[name]} | found[name]["truncated"]
    return TRUNCATED.format(name=name) + "\n".join(
        f"| {t} | {as_asked(row)} | {row['precision']:.3f} | {row['recall']:.3f} "
        f"| {row['frechet']:.2f} |"
        for t, row in rows.items()
    )


def conclusions(found) -> str:
    names, nearest = by_distance(found)[:-1], {}
    for name in names:
        near = f"`{name}` ({found[name]['frechet']:.1f})"
        nearest.setdefault(zoo.entry(name).family, near)
    asked = [name for name in names if "asked" in found[name]]
    best = max(asked, key=lambda name: found[name]["asked"][0])
    return SEEN.format(
        nearest=", ".join(f"{family} {near}" for family, near in nearest.items()),
        best=best,
        asked=as_asked(found[best]),
        ceiling=as_asked(found[FLOOR]),
    )


def as_asked(row) -> str:
    value, error = row["asked"]
    return f"{100 * value:.1f} ± {100 * error:.1f} %"


def shown(name) -> str:
    if name == FLOOR:
        return name
    return f"`{name}`, grey" if grey(name) else f"`{name}`"


def text(found) -> str:
    features = found[FLOOR]["features"]
    head = HEAD.format(n=N, features=features, judge=JUDGE, data=DATA)
    parts = [head, DISTANCES.format(k=NEIGHBOURS), distances_table(found)]
    parts += [KINDS.format(classes=CLASSES), kinds_table(found)]
    if any("truncated" in row for row in found.values()):
        parts.append(truncation_table(found))
    parts += [conclusions(found), "![samples](pictures/fashion.png)"]
    return "\n".join(parts) + "\n"


PAGE = Page("fashion", text, keys, measure)
