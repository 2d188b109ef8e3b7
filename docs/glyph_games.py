"""Write docs/glyph_games.md: the games on rendered characters, compared.

    python -m docs glyph_games

What is found is kept in docs/glyph_games.json. It takes some ten seconds of one core
for each generator, and draws the page's picture.
"""

import functools
import hashlib

import numpy as np

import zoo
from docs.pages import PICTURES, Page, weights
from keras_gen.metrics import classes, frechet, kernel, neighbours
from zoo.cards import CARDS

JUDGE = "classifier-glyphs"
PICTURE = "samples of each"
FLOOR = "training images"  # as many, drawn at random: what a perfect generator reaches
CLASSES, NEIGHBOURS = 36, 5
TRUNCATIONS = (2.0, 1.0, 0.5)  # beyond which BigGAN is asked for no latent
SHOWN = 18  # samples of each generator in the picture: every other class

HEAD = """# The games on rendered characters

Made by `python -m docs glyph_games`; nothing here is written by hand.

Every generator of the adversarial family on `glyphs`. All had the same budget, about
ten minutes of one idle core, and 500 kB for the weights of both players; only
`dcgan-glyphs`, of published width, was trained for three times as long. **{n:,}
samples** of each (seed 0; a model that is told the class is asked for those of the test
images) are compared with the **{n:,} test images** in the features of `{judge}`:
the {features} numbers that its last layer makes its decision of. The last row has as
many images of the training set in the place of samples: no generator should be better,
but by chance.
"""

DISTANCES = """
## How near to the data

*Frechet*: squared distance between the two clouds of features as Gaussians; lower is
better. *kernel*: unbiased squared maximum mean discrepancy with a cubic kernel, ± one
standard error over blocks of 100; 0 for the same law. *precision*: share of samples
within reach of the {k} nearest among the real ones: how good they are. *recall*: share
of real ones within such reach of samples: how much is not missing. *density*: as
precision, but counts how many real ones are in reach, over {k}; above 1 where samples
crowd. *coverage*: share of real ones with a sample in their reach. *steps*: of the
generator. *parameters*: of both players.
"""

KINDS = """
## Which characters

*classes*: how many of the 36 have at least a tenth of an equal share of the samples, as
the classifier says. *bins apart*: classes whose share among the samples differs from
that among the test images by more than 1.96 standard deviations (two or so do by
chance). *as asked*: share of samples that the classifier takes for the class that was
asked for, ± one standard error; in the last row, of test images for what they are,
which is the ceiling. *purity*: of categories learned without labels, the share of test
images that are of their category's most frequent class; in brackets that of as large
categories at random.
"""

TRUNCATED = """
## Fidelity for variety

`{name}` again, asked with latents none of whose numbers lies beyond t (the truncation
trick, `sample(..., truncation=t)`).

| t | as asked | precision | recall | Frechet |
|---|---:|---:|---:|---:|
"""


def entries() -> list[str]:
    """The generators of glyphs that have weights."""
    names = zoo.names(family="adversarial", task="generate", dataset="glyphs")
    return [n for n in names if (CARDS / f"{n}.json").exists()]


def keys() -> dict[str, str]:
    judge = weights(JUDGE)
    keys = {FLOOR: judge} | {n: f"{weights(n)} by {judge}" for n in entries()}
    drawn = "".join(sorted(weights(n) for n in entries()))  # in whatever order
    return keys | {PICTURE: hashlib.sha256(drawn.encode()).hexdigest()}


@functools.cache
def judged():
    """Who judges, and the test images with their labels, features and classes."""
    from keras_gen import data

    judge = zoo.load(JUDGE)
    x, y = data.arrays("glyphs", "test", labels="class")
    return judge, y, judge.features(x), judge.said(x)


def measure(name: str) -> dict:
    """Of one generator, or of the floor; or draw them all."""
    if name == PICTURE:
        return draw()
    judge, y, features, said = judged()
    if name == FLOOR:
        from keras_gen import data

        train = data.arrays("glyphs", "train")
        x = train[np.random.default_rng(0).permutation(len(train))[: len(y)]]
        # What it says of test images is what "as asked" can reach.
        return {
            "samples": len(y),
            "features": features.shape[1],
            **compared(x),
            "asked": answers(said, y),
        }
    model = zoo.load(name)
    told = {"label": y} if model.classes else {}

    def drawn(**how):
        x = model.sample(len(y), seed=0, **told, **how)
        asked = {"asked": answers(judge.said(x), y)} if told else {}
        return compared(x) | asked

    found = drawn()
    if zoo.entry(name).system == "BigGAN":
        found["truncated"] = {str(t): drawn(truncation=t) for t in TRUNCATIONS}
    return found


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
    """A row of samples of each generator; those that are told, of every other class."""
    from keras_gen.plots.pixels import save_image, table

    rows = []
    for name in entries():
        model = zoo.load(name)
        told = {"label": range(0, CLASSES, 2)} if model.classes else {}
        rows.append(model.sample(SHOWN, seed=1, **told))
    save_image(PICTURES / "glyph_games.png", table(np.concatenate(rows), entries()))
    return {"samples": SHOWN}


def by_distance(found) -> list[str]:
    """The generators, the best by the Frechet distance first, and the floor."""
    names = [n for n in entries() if n in found]
    return [*sorted(names, key=lambda n: found[n]["frechet"]), FLOOR]


def distances_table(found) -> str:
    measures = ("precision", "recall", "density", "coverage")
    lines = [
        f"| | parameters | steps | Frechet | kernel | {' | '.join(measures)} |",
        f"|---|---:|---:|---:|---:|{'---:|' * len(measures)}",
    ]
    for name in by_distance(found):
        row, cost = found[name], "- | -"
        if name != FLOOR:
            card = zoo.card(name)
            size = sum(card["parameters"].values())
            cost = f"{size:,} | {card['recipe']['steps']:,}"
        near, error = row["kernel"]
        cells = " | ".join(f"{row[m]:.3f}" for m in measures)
        lines.append(
            f"| {shown(name)} | {cost} | {row['frechet']:.2f} "
            f"| {near:.3f} ± {error:.3f} | {cells} |"
        )
    return "\n".join(lines)


def kinds_table(found) -> str:
    lines = [
        "| | classes | bins apart | as asked | purity |",
        "|---|---:|---:|---:|---:|",
    ]
    for name in by_distance(found):
        row, pure = found[name], "-"
        asked = as_asked(row) if "asked" in row else "-"
        if name != FLOOR and "purity" in zoo.card(name)["metrics"]:
            values = zoo.card(name)["metrics"]
            pure = f"{values['purity']['value']:.3f} "
            pure += f"({values['purity_floor']['value']:.3f})"
        lines.append(
            f"| {shown(name)} | {row['classes']} | {row['bins']} | {asked} | {pure} |"
        )
    return "\n".join(lines)


def truncation_table(found) -> str:
    name = next(n for n in found if "truncated" in found[n])
    rows = {"none": found[name]} | found[name]["truncated"]
    return TRUNCATED.format(name=name) + "\n".join(
        f"| {t} | {as_asked(row)} | {row['precision']:.3f} | {row['recall']:.3f} "
        f"| {row['frechet']:.2f} |"
        for t, row in rows.items()
    )


def as_asked(row) -> str:
    value, error = row["asked"]
    return f"{100 * value:.1f} ± {100 * error:.1f} %"


def shown(name) -> str:
    return name if name == FLOOR else f"`{name}`"


def text(found) -> str:
    floor = found[FLOOR]
    head = HEAD.format(n=floor["samples"], features=floor["features"], judge=JUDGE)
    parts = [head, DISTANCES.format(k=NEIGHBOURS), distances_table(found), KINDS]
    parts += [
        kinds_table(found),
        truncation_table(found),
        conclusions(found),
        "![samples](pictures/glyph_games.png)",
    ]
    return "\n".join(parts) + "\n"


def conclusions(found) -> str:
    asked = {n: r["asked"] for n, r in found.items() if "asked" in r}
    ceiling = asked.pop(FLOOR)
    best = max(asked, key=lambda n: asked[n][0])
    told = ", ".join(f"`{n}`" for n in by_distance(found) if n in asked)
    dial = next(r["truncated"] for r in found.values() if "truncated" in r)
    return TAIL.format(
        told=told,
        best=best,
        asked=100 * asked[best][0],
        ceiling=100 * ceiling[0],
        truncated=100 * dial["1.0"]["asked"][0],
    )


TAIL = """
## What one sees

To be told the class is worth more than anything else here. Those that are told it,
{told}, are nearest to the data by
both distances, by precision and by coverage. The plainest, `{best}`,
is agreed with by the classifier on {asked:.1f} %
of its samples (of test images: {ceiling:.1f} %). What AC-GAN's critic rewards is that a
class be plain, not that it be varied: more of its samples are what was asked for than
of the conditional GAN's, whose critic compares them with real ones of their class, and
it misses more of the data. So does truncation: with latents truncated at 1 BigGAN is
agreed with on {truncated:.1f} %; what that costs is in its recall.

Where nothing is told, generators draw what lies between the characters as well: their
precision is low, and the shares of most classes are wrong although all are there, while
their recall is high, since samples that lie far from everything have wide reach.

InfoGAN's categories, learned without labels, are purer than chance, and far from the
classes: fonts, weights, slants and places divide the images as well, and nothing asks
for letters.
"""


PAGE = Page("glyph_games", text, keys, measure)
