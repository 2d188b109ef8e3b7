"""Write docs/outliers.md: what a density says of images that do not belong.

    python -m docs outliers

What is found is kept in docs/outliers.json. It takes some two minutes on one core, and
draws the page's picture.
"""

import numpy as np

import zoo
from docs.pages import PICTURES, Page, weights
from keras_gen.metrics.outliers import OutlierDetector

MODELS = {"digits": "row-lstm-digits", "energy": "ebm-digits"}
MODELS |= {"glyphs": "gated-pixelcnn-glyphs"}
COUNT = 300  # images of each set
LEVELS = (0.05, 0.1, 0.5)  # of significance
ATTACK, BALL = 2 / 16, 2 / 16  # how far the attack goes, and the purification

HEAD = """# Outliers

Made by `python -m docs outliers`; nothing here is written by hand.

A density is a score of what belongs: `keras_gen.metrics.outliers` turns it, and three
others that are made of it, into p-values by comparing with held-out images, and
`model.purify` searches the neighbourhood of an image for a likelier one, both in the
manner of PixelDefend (arXiv:1710.10766). Calibrated on the validation images, compared
on test images, which the model has not seen either.
"""

SCORES_TEXT = """
## Which score finds them

Area under the ROC curve, ± one standard error: the probability that a test image has a
higher score than an image of the other set. 1 is perfect, .5 is a coin, and **below .5
the outliers are preferred to the data**. *likelihood* is log p(x); *typicality*
punishes what is too likely as well; *ratio* is log p(x) - log p0(x), p0 every pixel on
its own; *complexity* is log p(x) plus the length of the image's code by DEFLATE. In
bold the best of each row.

An image of a single square is simple, and few of its pixels surprise: by the likelihood
alone it is as regular as a character, or more so. What it costs a compressor says how
simple it is, and set against that its likelihood is low. A ratio is only as good as its
background: independent pixels that were never white in training make everything white
there so unlikely that the ratio takes it for regular.

`ebm-digits` is an energy: its log p(x) is known but for a constant, which moves all
images alike, and is left out here; ratio and complexity set nats against it, of which
it knows nothing.
"""

CALIBRATED = """
## Are the p-values calibrated?

Share of {n} test images whose p-value by `{name}` is at most the level. It should be
the level, up to the errors of {n} test and {held_out} validation images, one standard
error of both together: {errors}.
"""

ATTACKED = """
## Purification

A linear classifier (logistic regression on the training digits) is attacked by one
step along the sign of its gradient, {attack:.3f} of the grey scale at each pixel. Then
each image is replaced by the likeliest image that a greedy search finds within
{ball:.3f} of it, which knows nothing of the classifier nor of the attack.
"""

CAVEAT = """
The attack does not know that the image will be purified. One that does can lead the
search astray; PixelDefend's defence has been broken in that way (Athalye et al.,
arXiv:1802.00420; unverified here). Purification raises the cost of an attack, it
proves nothing.
"""


def sets(data: str) -> dict[str, np.ndarray]:
    """Images that do not belong, by what they are."""
    rng = np.random.default_rng(0)
    spec = zoo.entry(MODELS[data]).data
    x, top = spec.examples("test"), spec.info.levels - 1
    x = x[np.linspace(0, len(x) - 1, COUNT).round().astype(int)]
    pixels = x[0].size
    mixed = rng.permuted(x.reshape(COUNT, pixels), axis=1).reshape(x.shape)
    dots = np.zeros_like(x)
    size = x.shape[1] // 4
    for image, (r, c) in zip(
        dots, rng.integers(x.shape[1] - size + 1, size=(COUNT, 2)), strict=True
    ):
        image[r : r + size, c : c + size] = 1.0
    flat = np.arange(top + 1, dtype="float32") / top
    others = {
        "noise": (rng.integers(top + 1, size=x.shape) / top).astype("float32"),
        "its pixels in another order": mixed,
        "mirrored": x[:, :, ::-1],
    }
    if top > 1:
        others["half the ink"] = np.floor(x * top / 2) / np.float32(top)
        others["letters"] = letters(x.shape[1], top)
    else:
        others["black and white swapped"] = 1 - x
        others["enlarged digits"] = enlarged(x.shape[1])
    others["one square"] = dots
    others["flat"] = np.tile(flat[:, None, None, None], (1, *x.shape[1:]))
    return others


def letters(side, top):
    """Rendered capitals, as small as the digits and on their levels."""
    from keras_gen.data import arrays

    x, y = arrays("glyphs", "test", labels="class")
    x = x[y >= 10][:: (y >= 10).sum() // COUNT][:COUNT, 2:-2, 2:-2]
    block = x.shape[1] // side
    small = x.reshape(len(x), side, block, side, block).mean((2, 4))[..., None]
    ink = small / small.max((1, 2, 3), keepdims=True)  # as dark as handwriting
    return (np.rint(ink * top) / top).astype("float32")


def enlarged(side):
    """Handwritten digits, as large as the glyphs and as black and white."""
    from keras_gen.data import arrays

    x = arrays("digits", "test")[:COUNT]
    x = np.pad(x.repeat(3, 1).repeat(3, 2), [(0, 0), (2, 2), (2, 2), (0, 0)])
    return (x[:, :side, :side] > 0.5).astype("float32")


def detector(data):
    entry = zoo.entry(MODELS[data])
    train, held_out = (entry.data.examples(s) for s in ("train", "validation"))
    return OutlierDetector(zoo.load(entry.name), train, held_out[:2000])


def areas(data, judge):
    """Set -> score -> [area, standard error]; and how calibrated the p-values are."""
    inside = zoo.entry(MODELS[data]).data.examples("test")
    inside = inside[np.linspace(0, len(inside) - 1, COUNT).round().astype(int)]
    report = judge.report(inside, sets(data))
    found = {
        name: {k: [round(e.value, 4), round(e.stderr, 4)] for k, e in row.items()}
        for name, row in report.items()
    }
    p = judge.p_values(inside)
    shares = {
        k: [round(float((v <= a).mean()), 3) for a in LEVELS] for k, v in p.items()
    }
    medians = {"test images": float(np.median(judge.scores(inside)["likelihood"]))}
    for name, x in sets(data).items():
        medians[name] = float(np.median(judge.scores(x)["likelihood"]))
    return {
        "areas": found,
        "calibration": shares,
        "held_out": len(judge.held_out["likelihood"]),
        "medians": {k: round(v, 1) for k, v in medians.items()},
    }


def attack():
    """Accuracy and likelihood of digits: as they are, attacked, purified."""
    from sklearn.linear_model import LogisticRegression

    from keras_gen.data import arrays

    (x, y), (tx, ty) = (arrays("digits", s, labels="class") for s in ("train", "test"))
    judge = LogisticRegression(max_iter=2000).fit(x.reshape(len(x), -1), y)
    model = zoo.load(MODELS["digits"])
    chance = judge.predict_proba(tx.reshape(len(tx), -1))
    gradient = (chance - np.eye(10)[ty]) @ judge.coef_
    step = ATTACK * np.sign(gradient).reshape(tx.shape)
    hurt = (np.rint(16 * np.clip(tx + step, 0, 1)) / 16).astype("float32")
    images = {"as they are": tx, "attacked": hurt}
    images |= {
        f"{k}, purified": model.purify(v, BALL)["image"].numpy()
        for k, v in images.items()
    }
    rows = {}
    for name, values in images.items():
        log_p = np.float64(model.log_prob(values))
        before = np.float64(model.log_prob(images[name.removesuffix(", purified")]))
        rows[name] = {
            "accuracy": float(judge.score(values.reshape(len(ty), -1), ty)),
            "log_prob": float(log_p.mean()),
            "fell": float((log_p < before - 1e-3).mean()),
            "far": float(np.abs(values - tx).mean()),
        }
    draw(images)
    return rows


def draw(images):
    """Digits as they are, attacked, and both purified."""
    from keras_gen.plots.pixels import save_image, table

    picked = np.concatenate([x[:14] for x in images.values()])
    save_image(PICTURES / "outliers.png", table(picked, list(images)))


def keys() -> dict:
    """What decides the tables of each data set, and those of the attack on digits."""
    return {data: weights(name) for data, name in MODELS.items()} | {
        "attack": weights(MODELS["digits"])
    }


def measure(title) -> dict:
    return attack() if title == "attack" else areas(title, detector(title))


def scores_table(data, found) -> str:
    scores = list(found["calibration"])
    lines = [
        f"\n### {zoo.entry(MODELS[data]).data.name}, by `{MODELS[data]}`\n",
        f"| {COUNT} test images against | median log p(x) | {' | '.join(scores)} |",
        f"|---|---:|{'---:|' * len(scores)}",
        f"| themselves | {found['medians']['test images']} |{' - |' * len(scores)}",
    ]
    for name, row in found["areas"].items():
        best = max(row.values())[0]
        cells = [
            f"**{v:.3f}** ± {e:.3f}" if v == best else f"{v:.3f} ± {e:.3f}"
            for v, e in (row[score] for score in scores)
        ]
        lines.append(f"| {name} | {found['medians'][name]} | {' | '.join(cells)} |")
    fooled = [n for n, row in found["areas"].items() if row["likelihood"][0] < 0.5]
    worst = {s: min((r[s][0], n) for n, r in found["areas"].items()) for s in scores}
    means = {s: np.mean([r[s][0] for r in found["areas"].values()]) for s in scores}
    lines += [
        "",
        f"The likelihood prefers to the data: {', '.join(fooled) or 'none of them'}. "
        "The worst set of each score, and its mean over the sets: "
        + "; ".join(f"{s} {v:.3f} ({n}), {means[s]:.3f}" for s, (v, n) in worst.items())
        + ".",
    ]
    return "\n".join(lines)


def calibration_table(found) -> str:
    held_out = found["digits"]["held_out"]
    errors = ", ".join(
        f"{(a * (1 - a) * (1 / COUNT + 1 / held_out)) ** 0.5:.3f}" for a in LEVELS
    )
    head = CALIBRATED.format(
        n=COUNT, held_out=held_out, name=MODELS["digits"], errors=errors
    )
    lines = [
        head,
        f"| score | {' | '.join(f'p ≤ {a}' for a in LEVELS)} |",
        f"|---|{'---:|' * len(LEVELS)}",
    ]
    for score, shares in found["digits"]["calibration"].items():
        lines.append(f"| {score} | {' | '.join(f'{s:.3f}' for s in shares)} |")
    return "\n".join(lines)


def attack_table(rows) -> str:
    lines = [
        ATTACKED.format(attack=ATTACK, ball=BALL),
        "| test digits | accuracy | mean log p(x) | distance to the original "
        "| log p fell by purifying |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, row in rows.items():
        fell = f"{100 * row['fell']:.0f} %" if "purified" in name else "-"
        lines.append(
            f"| {name} | {100 * row['accuracy']:.1f} % | {row['log_prob']:.1f} "
            f"| {row['far']:.4f} | {fell} |"
        )
    return "\n".join([*lines, CAVEAT, "![digits](pictures/outliers.png)"])


def text(found) -> str:
    tables = [scores_table(data, found[data]) for data in MODELS]
    parts = [HEAD, SCORES_TEXT, *tables, calibration_table(found)]
    return "\n".join([*parts, attack_table(found["attack"])]) + "\n"


PAGE = Page("outliers", text, keys, measure)
