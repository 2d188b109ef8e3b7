"""Write docs/variational.md: the bounds that every variational entry reaches.

    python -m docs variational

What was found is kept in docs/variational.json. The first run takes some fifteen
minutes on one core.
"""

import math
import os

import numpy as np

import zoo
from docs.pages import Page, weights
from keras_gen.metrics.estimate import mean

SAMPLES = 5000
IMAGES = {"digits": 300}  # 5,000 draws of each take their time
PLAIN = {"digits": "vae-digits"}
# Their networks are others, so that they do not compare.
OTHERS = {"pixel-vae-digits", "vq-prior-digits"}
CHUNK = 8000  # latents decoded at once

HEAD = """# What the parts of a VAE buy

Made by `python -m docs variational`; nothing here is written by hand.

All models of a table have the same networks (but for the width of the encoder's last
layer), the same data, the same number of epochs and the same seed; they differ in the
part that their name says; beta-VAE and the ladder also in that the weight of their
divergence is warmed up over the first tenth of the steps. ELBO and NLL are in nats per
test image, ± one standard error of the mean over the images. NLL is the
importance-weighted bound with {samples:,} draws from the model's own posterior; a
posterior that is too narrow can make it look worse than it is, never better. The last
column compares each image with the plain VAE's value for the same image, so its error
is smaller than the errors beside it suggest; **bold** where the difference is larger
than two of them.
"""

TAIL = """
How to read it: beta-VAE gives likelihood away for simpler codes, that is what beta is
for. A richer posterior raises the ELBO towards the NLL first (the gap between the two
is how far q is from the true posterior), and the NLL only as far as the decoder was
held back by a poor q. On `digits` that is little: the gap is two to three nats for
every posterior, and 1,297 images are soon learned by heart, so a richer one gains
nothing there or loses a little. The ladder's top level says nothing there, so that it
is a VAE like any other. What a prior and more draws buy on MNIST is on the page of
[published figures](published.md).

A conditional model's numbers are those of log p(x | class): it is told up to log 10 =
2.30 nats that the others must find out.
"""


def bounds(model, x, given, samples=SAMPLES):
    """Per image: the ELBO and the importance-weighted bound, from the same draws."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import tensorflow as tf  # the check waits for none of it

    from keras_gen.noise import draw

    n = max(1, CHUNK // len(x))
    log_weights = tf.function(model.log_weights, reduce_retracing=True)
    total, log_total = np.zeros(len(x)), np.full(len(x), -np.inf)
    for i, done in enumerate(range(0, samples, n)):
        shape = (len(x), min(n, samples - done), model.latent_dim)
        log_w = log_weights(x, draw("normal", shape, (0, i)), **given)
        log_w = log_w.numpy().astype("float64")
        total += log_w.sum(1)
        part = np.logaddexp.reduce(log_w, axis=1)
        log_total = np.logaddexp(log_total, part)
    return total / samples, log_total - math.log(samples)


def levels(model, x) -> dict:
    """The mean divergence of each level, from the top, of a model that has several."""
    if not hasattr(model, "level_divergences"):
        return {}
    from keras_gen.noise import draw

    noise = draw("normal", (len(x), model.latent_dim), (1, 0))
    each = model.level_divergences(x, noise)
    return {"levels": [round(float(np.mean(level)), 2) for level in each]}


def test_images(entry):
    """So many of the test set, evenly spaced, as many kinds as there are."""
    x = entry.data.arrays("test")
    x, *label = x if isinstance(x, tuple) else (x,)
    chosen = np.linspace(0, len(x) - 1, IMAGES[entry.data.name]).round().astype(int)
    return x[chosen], {"label": label[0][chosen]} if label else {}


def entries() -> list[str]:
    """The variational entries whose data have a table."""
    names = zoo.names(family="variational", task="generate")
    names = [n for n in names if zoo.entry(n).weights and n not in OTHERS]
    return [n for n in names if zoo.entry(n).data.name in IMAGES]


def keys() -> dict:
    """What decides the bounds of each entry."""
    images = {name: IMAGES[zoo.entry(name).data.name] for name in entries()}
    return {name: f"{weights(name)}, {n} images" for name, n in images.items()}


def measure(name) -> dict:
    model, (x, given) = zoo.load(name), test_images(zoo.entry(name))
    elbo, ll = bounds(model, x, given)
    nll = (-ll).round(3).tolist()
    return {"elbo": elbo.round(3).tolist(), "nll": nll, **levels(model, x)}


def table(data: str, found: dict) -> str:
    """One line per entry on these data; the plain VAE is what they compare with."""
    names = [n for n in entries() if n in found and zoo.entry(n).data.name == data]
    plain = np.array(found[PLAIN[data]]["nll"])
    binarised = zoo.entry(names[0]).data.binarise
    lines = [
        f"\n## {data}{f', {binarised} binarisation' if binarised else ''}\n",
        f"{len(plain)} test images, evenly spaced in the test set's order.\n",
        "| entry | what | parameters | ELBO | NLL | NLL saved over the plain VAE |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for name in names:
        nll = np.array(found[name]["nll"])
        size = sum(zoo.card(name)["parameters"].values())
        saved = mean(plain - nll, "")
        gain = f"{saved.value:.2f} ± {saved.stderr:.2f}"
        if saved.value > 2 * saved.stderr:
            gain = f"**{gain}**"
        lines.append(
            f"| `{name}` | {zoo.entry(name).title} | {size:,} "
            f"| {shown(found[name]['elbo'])} | {shown(nll)} "
            f"| {'-' if name == PLAIN[data] else gain} |"
        )
    for name in names:
        if "levels" in found[name]:
            nats = " + ".join(f"{level:.1f}" for level in found[name]["levels"])
            lines.append(
                f"\nDivergence of `{name}`, level by level from the top: {nats}."
            )
    return "\n".join(lines)


def shown(values) -> str:
    estimate = mean(values, "")
    return f"{estimate.value:.2f} ± {estimate.stderr:.2f}"


def text(found: dict) -> str:
    """The whole page."""
    tables = (table(data, found) for data in IMAGES)
    return "\n".join([HEAD.format(samples=SAMPLES), *tables, TAIL])


PAGE = Page("variational", text, keys, measure)
