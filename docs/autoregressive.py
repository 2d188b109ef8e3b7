"""Write docs/autoregressive.md: every density of the zoo on the same two data sets.

    python -m docs autoregressive

The NLL of each test image is kept in docs/autoregressive.json. All together take some
five minutes on one core.
"""

import functools
import itertools
import math

import numpy as np

import zoo
from docs.pages import Page, weights
from keras_gen.metrics.estimate import mean, scaled
from zoo.cards import CARDS

DATA = {"digits": None, "glyphs": "static"}  # and how they are binarised
BASELINE = "independent pixels"
# What the literature finds, from the worst to the best.
ORDER = (
    (BASELINE,),
    ("FVSBN",),
    ("NADE", "MADE", "MADEEnsemble"),
    ("PixelCNN",),
    ("GatedPixelCNN", "RowLSTM", "DiagonalBiLSTM"),
)
# Why a pair, worse and better by the book, may come out otherwise here. Printed only
# where it does.
WHY = {
    ("fvsbn-digits", "nade-digits"): "FVSBN fits the training images better than NADE "
    "does, and both lose several nats on new ones: what limits them is the number of "
    "images, not the form. MADE, trained with dropout and weight decay, pulls ahead.",
}

HEAD = """# The family of autoregressive models, on the same data

Made by `python -m docs autoregressive`; nothing here is written by hand.

NLL is -log p(x) in nats per test image, ± one standard error of its mean over the
images; bits/dim is the same per pixel. "=" is exact, "≤" a bound, from the card
of a variational model. A model that is told the class is scored by p(x) = 1/10 sum_y
p(x | y), which is exact too and comparable with the others. One that is told more than
that is scored by p(x | what it is told), which is not.
Training times are those of the cards: one or two cores of a shared machine, so good to
a factor of two.
"""


@functools.cache
def entries() -> list[str]:
    """Entries with weights and a likelihood of one of the two data sets."""
    names = [n for n in zoo.names() if (CARDS / f"{n}.json").exists()]
    fits = [n for n in names if _data(n) and "bits_per_dim" in zoo.card(n)["metrics"]]
    return [n for n in fits if _exact(n) or zoo.entry(n).data.labels is None]


def _data(name):
    data = zoo.entry(name).data
    return data.name if DATA.get(data.name, "none") == data.binarise else None


def _exact(name) -> bool:
    return zoo.card(name)["metrics"]["nll"]["estimator"] == "exact"


def keys() -> dict:
    """What decides the likelihoods of an entry, and of the baseline of each data."""
    baselines = {f"{BASELINE}, {data}": "-" for data in DATA}
    return baselines | {n: weights(n) for n in entries() if _exact(n)}


def measure(title) -> dict:
    name, _, data = title.partition(", ")
    return {"nll": np.round(histogram(data) if data else nll(name), 2).tolist()}


def histogram(data):
    from keras_gen.data import Spec
    from keras_gen.metrics.baselines import PixelHistogram

    spec = Spec(data, binarise=DATA[data])
    law = PixelHistogram(spec.info.levels).fit(spec.arrays("train"))
    return -law.log_prob(spec.arrays("test"))


def nll(name):
    """Of each test image; a model of classes is averaged over them.

    One that is told anything else is told it, and scored by p(x | what it is told).
    """
    import tensorflow as tf  # the check waits for none of it

    model = zoo.load(name)
    log_prob = tf.function(model.log_prob, reduce_retracing=True)
    data = zoo.entry(name).data.arrays("test")
    x, *given = data if isinstance(data, tuple) else (data,)

    def of_all(*told):
        parts = ([a[i : i + 256] for a in (x, *told)] for i in range(0, len(x), 256))
        return np.concatenate([np.float64(log_prob(*part)) for part in parts])

    if model.classes is None:
        return -of_all(*given)
    each = [of_all(np.full(len(x), k, "int32")) for k in range(model.classes)]
    return math.log(model.classes) - np.logaddexp.reduce(each, axis=0)


def table(data: str, found: dict) -> str:
    """One line for each density of these data, the worst first."""
    pixels = len(found[f"{BASELINE}, {data}"]["nll"]), _pixels(data)
    rows = [(estimate(n, found), n) for n in of(data)]
    rows.sort(key=lambda row: -row[0].value)
    form = f", {DATA[data]} binarisation" if DATA[data] else ", 17 levels"
    lines = [
        f"\n## {data}{form}\n",
        f"{pixels[0]:,} test images.\n",
        "| entry | what | parameters | trained for | NLL, nats | bits/dim |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for nats, name in rows:
        bits = scaled(nats, 1 / (math.log(2) * pixels[1]))
        sign = "=" if name not in entries() or _exact(name) else "≤"
        if name in entries():
            card = zoo.card(name)
            size = f"{sum(card['parameters'].values()):,}"
            about = f"`{name}` | {zoo.entry(name).title} | {size} "
            about += f"| {card['training']['seconds']:.0f} s"
        else:
            about = f"- | {BASELINE}, one histogram each | - | -"
        lines.append(
            f"| {about} | {sign} {nats.value:.2f} ± {nats.stderr:.2f} "
            f"| {bits.value:.3f} ± {bits.stderr:.3f} |"
        )
    return "\n".join(lines)


def of(data) -> list[str]:
    return [f"{BASELINE}, {data}", *(n for n in entries() if _data(n) == data)]


def estimate(name, found):
    """NLL in nats: of all images, or from the card where it is a bound."""
    if name in found:
        return mean(found[name]["nll"], "exact")
    card = zoo.card(name)["metrics"]["nll"]
    return mean([0.0], "")._replace(value=card["value"], stderr=card["stderr"])


def _pixels(data):
    from keras_gen.data import Spec

    return math.prod(Spec(data).info.shape)


def order(data: str, found: dict) -> str:
    """Each pair of neighbours in the order of the field, image by image."""
    steps = [[n for n in of(data) if n in found and _system(n) in s] for s in ORDER]
    steps = [s for s in steps if s]
    pairs = [
        (worse, better)
        for above, below in itertools.pairwise(steps)
        for worse in above
        for better in below
    ]
    lines = [
        f"\n### Does the order of the field show on {data}?\n",
        "| the worse by the book | the better | nats saved per image | |",
        "|---|---|---:|---|",
    ]
    reasons = []
    for worse, better in pairs:
        nats = [np.array(found[n]["nll"]) for n in (worse, better)]
        saved = mean(nats[0] - nats[1], "")
        sure = abs(saved.value) > 2 * saved.stderr
        verdict = "holds" if saved.value > 0 else "does **not** hold"
        verdict = verdict if sure else "within two standard errors of a tie"
        if verdict != "holds" and (worse, better) in WHY:
            reasons.append(f"- `{worse}`, `{better}`: {WHY[worse, better]}")
        names = [f"`{n}`" if n in entries() else BASELINE for n in (worse, better)]
        value = f"{saved.value:.2f} ± {saved.stderr:.2f}"
        lines.append(f"| {names[0]} | {names[1]} | {value} | {verdict} |")
    return "\n".join([*lines, "", *reasons])


def _system(name):
    """Class of an entry; one that is told something is another model."""
    if name not in entries():
        return BASELINE
    entry = zoo.entry(name)
    return None if entry.data.labels or entry.data.embedding else entry.system


def text(found: dict) -> str:
    """The whole page."""
    parts = [part(data, found) for data in DATA for part in (table, order)]
    return "\n".join([HEAD, *parts]).rstrip() + "\n"


PAGE = Page("autoregressive", text, keys, measure)
