"""Write docs/published.md: figures of papers beside ours, and what differs.

    python -m docs published

What was found is kept in docs/published.json. Most numbers are those of the cards; what
classifiers learn from samples, what more draws gain in a bound, and what a mixture on
the codes of an autoencoder buys, is measured here, in some twenty minutes on one core,
and needs the data.
"""

import math
from dataclasses import dataclass

import numpy as np

import zoo
from docs.pages import Page, weights

SEEDS, EPOCHS = 3, 10
DRAWS, IMAGES = 5000, 1000
SAMPLES = 10_000
COMPONENTS = 10

HEAD = """# Published figures, and ours

Made by `python -m docs published`; nothing but the figures of the papers is written by
hand, and of these is said where they stand.

**MNIST that is binarised once.** Published figures of static MNIST are of one file, by
Larochelle, which cannot be had here. Ours is drawn once, too, each pixel black with its
grey value as the probability, but by a seed of our own: the same law, other draws.
Figures of dynamic binarisation, where each epoch draws anew, are lower by nats, and are
not compared with these.

All of ours were trained on 54,000 images of the 60,000, the rest is for validation; on
two cores of a processor, in the time that stands in the row. Where nothing stands in
the column of ours, the recipe is there and its weights are not.

## Densities: nats per test image

The figures of arXiv:2004.04795 stand here as others quote its table; that they are
those of the paper itself is unverified. Lower is better. "≤" is a bound, "≈" an energy
and an estimate of log Z, ± one standard error of the mean over the test images. The
bounds of models with latents are of {draws:,} draws, as published: that of 256 on the
card, less what the others gain on {images:,} of the images.
"""

IN_BITS = """
## Densities of flows: bits per pixel of MNIST with 256 grey levels

What is measured is a bound, by draws of where each level lies in its cell. Published
figures of "a survey of flows" stand here as others quote its table 5:
unverified in the papers themselves.
"""

SAMPLED = """
## Trained on samples: what a classifier learns from them

The share of real test images that a classifier names rightly which has never seen one:
it learned from as many samples of each class as there are training images. Beside it
the same classifier, trained on these. ± one standard error of the mean over {seeds}
seeds. Higher is better. Models of diffusion make {fewer:,} samples in {passes} passes
each, without guidance, which buys likeness with variety (with its guidance of 2 what
`ddpm-mnist` made taught 91.9 %), and the classifier beside theirs learns from as many
real images. That they teach less than games of the same budget has these reasons: a
third of the examples, eight passes of the hundreds that their equation is solved with,
and less variety (the recall of [clothes](fashion.md)).

The published models are private ones (they may not tell whether an image was in their
training set), which costs accuracy; ours are not. The classifiers are others, too. The
conditional VAEs have learned black and white images, and a sample is the mean of a
draw, which is grey, as the real images are that the classifiers are tested on.
"""

OTHERS = """
The same of the zoo's models of `digits`, the 1,797 real digits of scikit-learn, each
with {epochs} epochs. No paper has these.

| entry | what | samples | real |
|---|---|---:|---:|
{rows}
"""

CODES = """
## Codes of an autoencoder, with one Gaussian and with a mixture

An autoencoder has no law of its codes. After the training, one Gaussian or a mixture of
{components} is fitted to those of the training images, and samples are decoded draws.
Published are Fréchet distances in the features of Inception (arXiv:1903.12436, table 1,
MNIST); ours are in those of `classifier-mnist`, {samples:,} samples against as many
test images, so that what compares is the gain and not the value. As many training
images are at {floor:.2f}.

| | one Gaussian | mixture of {components} | ratio |
|---|---:|---:|---:|
| published | 58.73 | 10.66 | {published:.1f} |
| `{entry}` | {one:.1f} | {mixture:.1f} | {ratio:.1f} |
"""


@dataclass(frozen=True)
class Figure:
    """One published density beside an entry of ours."""

    what: str
    published: float
    source: str
    entry: str
    differs: str


EXEMPLARS = "arXiv:2004.04795"
BUDGET = "100 epochs, theirs until validation turns"
FIGURES = (
    Figure(
        "NADE, 500 units", 88.33, "arXiv:1605.02226", "nade-mnist",
        "Adam and few epochs, theirs SGD until validation turns",
    ),
    Figure(
        "MADE, 500 units, one mask", 88.40, "arXiv:1502.03509", "made-mnist",
        "direct connections, dropout, Adam; theirs Adagrad until validation turns",
    ),
    Figure("VAE, 2 x 300, 40 latents", 84.45, EXEMPLARS, "vae-mnist", BUDGET),
    Figure("the same, VampPrior of 500", 82.43, EXEMPLARS, "vamp-mnist", BUDGET),
    Figure("VAE, 2 x 300, 40 latents", 228.70, EXEMPLARS, "vae-fashion", BUDGET),
    Figure("the same, VampPrior of 500", 227.35, EXEMPLARS, "vamp-fashion", BUDGET),
    Figure(
        "IWAE, k = 50, 2 x 200, 50 latents", 87.10, "arXiv:1509.00519",
        "iwae-50-mnist", "batches of 100 and few epochs, theirs 20 and 3,280",
    ),
    Figure(
        "the same, ours with k = 5", 87.10, "arXiv:1509.00519", "iwae-mnist",
        "as above, and a tenth of the draws",
    ),
    Figure(
        "RBM, 500 units, CD-25", 86.34, "doi:10.1145/1390156.1390266", "rbm-mnist",
        "PCD and few epochs, theirs CD of up to 25 steps",
    ),
)  # fmt: skip

# NICE's are 1,980.50 nats of the density of values in [0, 1]: 8 - 1980.5 / (784 log 2).
SURVEY = "a survey of flows"
BITS = (
    Figure(
        "NICE, 4 couplings of 5 x 1000", 4.36, "arXiv:1410.8516, from nats",
        "nice-mnist", "3 x 256 units and 30 epochs, theirs 1,500",
    ),
    Figure(
        "RealNVP", 1.06, SURVEY, "realnvp-mnist",
        "one block of 24 channels and 3 epochs",
    ),
    Figure(
        "Glow", 1.05, SURVEY, "glow-mnist",
        "8 steps of 32 channels at each of 2 scales, and 6 epochs",
    ),
    Figure(
        "MAF, 5 x 1024", 1.89, SURVEY, "maf-mnist",
        "5 x 112 units and 30 epochs",
    ),
)  # fmt: skip

# Of private models at epsilon 10, and of the real data: a benchmark of such models, all
# trained and judged alike (its repository's table of results).
SOURCE = "DPImageBench, arXiv:2503.14681"
PRIVATE = {
    "mnist": {"DP-GAN": 92.7, "DPDM": 97.7, "real": 99.56},
    "fashion_mnist": {"DP-GAN": 70.3, "DPDM": 85.6, "real": 92.68},
}
TOLD = {
    "mnist": ("cvae-mnist", "ac-gan-mnist", "conditional-gan-mnist", "ddpm-mnist"),
    "fashion_mnist": (
        "cvae-fashion", "ac-gan-fashion", "conditional-gan-fashion", "biggan-fashion",
        "ddpm-fashion",
    ),
}  # fmt: skip
# What takes many passes for a sample draws fewer samples, in fewer of them.
MANY_PASSES = ("ddpm-mnist", "ddpm-fashion")
PASSES, FEWER = 8, 18_000
SMALL, SMALL_EPOCHS = "digits", 60
AUTOENCODER, JUDGE = "ae-conv-mnist", "classifier-mnist"


def keys() -> dict[str, str]:
    """What decides each measurement that is no card's."""
    told = [*sum(TOLD.values(), ()), *asked()]
    found = {
        name: f"{weights(name)}, {SEEDS} seeds, {epochs_of(name)} epochs{drawn(name)}"
        for name in told
        if zoo.entry(name).weights
    }
    for name in with_latents():
        found[more(name)] = f"{weights(name)}, {IMAGES} images"
    if zoo.entry(AUTOENCODER).weights:
        both = f"{weights(AUTOENCODER)}, {weights(JUDGE)}"
        found[AUTOENCODER] = f"{both}, {SAMPLES} samples, {COMPONENTS} components"
    return found


def epochs_of(name: str) -> int:
    return SMALL_EPOCHS if zoo.entry(name).data.name == SMALL else EPOCHS


def drawn(name) -> str:
    """In what a measurement differs from the others."""
    how = f", {FEWER} in {PASSES} passes, no guidance"
    return how if name in MANY_PASSES else ""


def asked() -> list[str]:
    """The trained entries of the small data whose card says what was asked for."""
    names = zoo.names(task="generate", dataset=SMALL)
    names = [name for name in names if zoo.entry(name).data.labels == "class"]
    return [name for name in names if zoo.entry(name).weights]


def with_latents() -> list[str]:
    """The published entries of the figures whose density is a bound of many draws."""
    names = [figure.entry for figure in FIGURES]
    names = [name for name in names if zoo.entry(name).weights]
    return [
        n
        for n in names
        if "importance samples" in zoo.card(n)["metrics"]["nll"]["estimator"]
    ]


def more(name: str) -> str:
    """The title of what more draws gain."""
    return f"{name}, {DRAWS} draws"


def measure(title: str) -> dict:
    name, _, draws = title.partition(", ")
    if draws:
        return of_draws(name)
    return of_codes() if name == AUTOENCODER else of_samples(name)


def of_draws(name) -> dict:
    """Nats by which the bound of `DRAWS` draws is below that of the card's 256."""
    from keras_gen.metrics.estimate import mean
    from keras_gen.trial import in_parts

    model, x = zoo.load(name), zoo.entry(name).data.arrays("test")
    x = x[np.linspace(0, len(x) - 1, IMAGES).round().astype(int)]

    def bound(draws):
        return in_parts(lambda x: model.log_likelihood(x, draws), x, batch=100)

    gain = mean(bound(DRAWS) - bound(256), "")
    return {"gain": [gain.value, gain.stderr]}


def of_samples(name) -> dict:
    import keras_gen as kg
    from keras_gen.metrics import trained_on_samples

    spec = zoo.entry(name).data
    splits = (spec.arrays(split) for split in ("train", "test"))
    options = {"seeds": SEEDS, "epochs": epochs_of(name)}
    if name in MANY_PASSES:
        solver = kg.solvers.DPMSolver2M()
        options |= {"size": FEWER, "steps": PASSES, "solver": solver, "guidance": 1.0}
    found = trained_on_samples(zoo.load(name), *splits, **options)
    return {key: [value.value, value.stderr] for key, value in found.items()}


def of_codes() -> dict:
    """Distances of decoded draws of both laws from the test images."""
    from keras_gen.metrics import frechet
    from keras_gen.trial import in_parts

    spec, model, judge = zoo.entry(AUTOENCODER).data, zoo.load(AUTOENCODER), JUDGE
    train, test = (spec.arrays(split) for split in ("train", "test"))
    judge = zoo.load(judge)
    real = judge.features(test[:SAMPLES])
    codes = in_parts(lambda x: the_one(model.encode(x)), train, batch=1000)
    found = {}
    for title, components in (("one", 1), ("mixture", COMPONENTS)):
        z = draws(codes, components)
        made = in_parts(lambda z: the_one(model.decode(z)), z, batch=1000)
        found[title] = frechet.distance(judge.features(made), real)
    found["floor"] = frechet.distance(judge.features(train[:SAMPLES]), real)
    return found


def the_one(outputs: dict):
    """What a signature with one output gives."""
    (value,) = outputs.values()
    return value


def draws(codes, components: int) -> np.ndarray:
    """From a mixture of so many Gaussians with all covariances, fitted to the codes."""
    from sklearn.mixture import GaussianMixture

    # In single precision a covariance may be none: not positive.
    law = GaussianMixture(components, random_state=0).fit(np.float64(codes))
    z, _ = law.sample(SAMPLES)
    return z.astype("float32")


def densities(figures, measure: str, found: dict) -> str:
    """A line for each published figure."""
    lines = [
        "| model | data | published | in | entry | ours | parameters | minutes "
        "| what differs |",
        "|---|---|---:|---|---|---:|---:|---:|---|",
    ]
    for row in figures:
        data = zoo.entry(row.entry).data
        form = f"{data.name}, {data.binarise}" if data.binarise else data.name
        lines.append(
            f"| {row.what} | {form} | {row.published:.2f} "
            f"| {row.source} | `{row.entry}` "
            f"| {' | '.join(ours(row.entry, measure, found))} | {row.differs} |"
        )
    return "\n".join(lines)


def ours(name, measure, found) -> tuple[str, str, str]:
    """The measure, parameters and minutes of an entry, from its card."""
    if not zoo.entry(name).weights:
        return "", "", ""
    card = zoo.card(name)
    nll = card["metrics"][measure]
    estimated = nll["estimator"].startswith("estimate")
    sign = "" if nll["estimator"] == "exact" else "≈ " if estimated else "≤ "
    gain, error = found.get(more(name), {"gain": (0.0, 0.0)})["gain"]
    return (
        f"{sign}{nll['value'] - gain:.2f} ± {math.hypot(nll['stderr'], error):.2f}",
        f"{sum(card['parameters'].values()):,}",
        f"{card['training']['seconds'] / 60:.0f}",
    )


def accuracies(found: dict) -> str:
    """A line for each set: theirs, then ours."""
    lines = [
        f"| data | published, private ({SOURCE}) | published, real | entry | samples "
        "| real | zoo's own classifier |",
        "|---|---|---:|---|---:|---:|---:|",
    ]
    for data, theirs in PRIVATE.items():
        private = ", ".join(f"{k} {theirs[k]:.1f} %" for k in ("DP-GAN", "DPDM"))
        accuracy = zoo.card(f"classifier-{data.split('_')[0]}")["metrics"]["accuracy"]
        for name in TOLD[data]:
            own = ["", ""]
            if name in found:
                kinds = (f"trained_on_{k}" for k in ("samples", "real"))
                own = [per_cent(*found[name][kind]) for kind in kinds]
            lines.append(
                f"| {data} | {private} | {theirs['real']:.2f} % | `{name}` "
                f"| {own[0]} | {own[1]} "
                f"| {per_cent(accuracy['value'], accuracy['stderr'])} |"
            )
    return "\n".join(lines)


def small_rows(found: dict) -> str:
    """A line for each entry of the small data."""
    return "\n".join(
        f"| `{name}` | {zoo.entry(name).title} "
        f"| {per_cent(*found[name]['trained_on_samples'])} "
        f"| {per_cent(*found[name]['trained_on_real'])} |"
        for name in asked()
        if name in found
    )


def per_cent(value, stderr) -> str:
    return f"{100 * value:.2f} ± {100 * stderr:.2f} %"


def text(found: dict) -> str:
    """The whole page."""
    parts = [
        HEAD.format(draws=DRAWS, images=IMAGES),
        densities(FIGURES, "nll", found),
        IN_BITS,
        densities(BITS, "bits_per_dim", found),
        SAMPLED.format(seeds=SEEDS, fewer=FEWER, passes=PASSES),
        accuracies(found),
    ]
    parts.append(OTHERS.format(epochs=SMALL_EPOCHS, rows=small_rows(found)))
    if codes := found.get(AUTOENCODER):
        parts.append(
            CODES.format(
                components=COMPONENTS,
                samples=SAMPLES,
                entry=AUTOENCODER,
                published=58.73 / 10.66,
                ratio=codes["one"] / codes["mixture"],
                **codes,
            )
        )
    return "\n".join(parts)


PAGE = Page("published", text, keys, measure)
