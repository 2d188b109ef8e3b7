"""Write docs/diffusion.md: a score beside the exact one, few steps, and strokes.

    python -m docs diffusion

Everything is measured on published weights.
"""

import tempfile

import numpy as np

import zoo
from docs.pages import PICTURES, Page, weights
from keras_gen import data
from keras_gen.metrics import frechet
from keras_gen.metrics.card import STEPS

SCORE = "vp-ring: score"
TIMES = (0.05, 0.2, 0.5, 0.8)
STRENGTHS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
SQUARES = 4  # of a side, in strokes
N = 500
STEPPED = ("edm-digits", "ddpm-mnist", "ddpm-fashion", "flow-matching-fashion")
STEPPED += ("flow-faces", "few-step-faces")
ASKED = ("label", "caption")
EDITED = {"edm-digits": "digits", "flow-landscapes": "landscapes"}  # and what they draw
STEERED, JUDGE, LOOKS = "flow-faces", "clip-pixel-faces", "classifier-pixel-faces"
SENTENCES = (
    "a face with glasses",
    "a person with a hat",
    "a bald person with a beard",
    "a portrait with green hair",
    "a face with dark skin, looking happy",
    "a person with long red hair and earrings",
)
WEIGHTS, SHOWN = (0, 1, 3, 10), 3  # of what the judge says
READ = 200  # test captions
RUNS = 10  # of an exported file, of which the median counts


def keys() -> dict[str, str]:
    timed = [f"{name}: times" for name in STEPPED]
    edited = [f"{name}: edits" for name in EDITED]
    titles = (SCORE, *timed, *edited)
    found = {title: weights(title.partition(":")[0]) for title in titles}
    steered = (weights(name) for name in (STEERED, JUDGE, LOOKS))
    return found | {f"{STEERED}: steered": f"{', '.join(steered)}, {SENTENCES}"}


def measure(title: str) -> dict:
    name, _, what = title.partition(": ")
    measured = {"times": times, "edits": edit, "steered": steer}
    return score() if title == SCORE else measured[what](name)


def exact(path, x, t):
    """The score of the ring with the noise of the time t, in closed form."""
    info = data.info("points/ring")
    alpha, sigma = (float(s) for s in path.scales(path.ratio(np.float32(t))))
    variance = (alpha * info.std) ** 2 + sigma**2
    apart = x[:, None] - alpha * np.array(info.modes)
    log = -0.5 * (apart**2).sum(-1) / variance
    share = np.exp(log - log.max(-1, keepdims=True))
    share /= share.sum(-1, keepdims=True)
    return -(share[..., None] * apart).sum(1) / variance


def score() -> dict:
    """How far the score is off, where noisy data are; and both as arrows."""
    from keras_gen.plots.pixels import INK, ORANGE, finish, new_figure

    model = zoo.load("vp-ring")
    figure, found = new_figure(3.2 * len(TIMES), 3.4), {}
    axis = np.linspace(-3, 3, 15, dtype="float32")
    plane = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    clean = data.arrays("points/ring", "test")[:2000]
    z = np.random.default_rng(0).standard_normal(clean.shape).astype("float32")
    for i, t in enumerate(TIMES):
        r = model.noising.ratio(np.full((len(clean), 1), t, "float32"))
        x = model.noised(clean, z, r).numpy()
        truth, said = exact(model.noising, x, t), model.score(x, t).numpy()
        error = ((said - truth) ** 2).sum() / (truth**2).sum()
        found[str(t)] = float(error**0.5)
        axes = figure.add_axes(((i + 0.04) / len(TIMES), 0.02, 0.92 / len(TIMES), 0.86))
        axes.plot(*x[:500].T, ".", color="0.8", markersize=2)
        arrows = exact(model.noising, plane, t), model.score(plane, t).numpy()
        scale = 11 * np.abs(arrows[0]).max()
        for values, colour, width in zip(
            arrows, (INK, ORANGE), (0.007, 0.003), strict=True
        ):
            axes.quiver(*plane.T, *values.T, color=colour, scale=scale, width=width)
        axes.set(xticks=[], yticks=[], xlim=(-3.3, 3.3), ylim=(-3.3, 3.3))
        axes.set_title(f"t = {t}")
    finish(figure, PICTURES / "vp-ring-score.png")
    return found


def times(name) -> dict:
    """Milliseconds of the exported sampler in so many steps, one image at a time."""
    import export
    from export import benchmark, formats, manifest

    model = zoo.load(name)
    whole = model.choosing(**model.chosen(steps=max(STEPS)))
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        made = f"{folder}/made"
        export.export(whole, made, ["tflite", "onnx"], signatures=["sample_loop"])
        listed = manifest.load(made)
        tensors = listed["signatures"]["sample_loop"]["inputs"]
        for file in listed["files"]:
            path, home = f"{made}/{file['path']}", formats.get(file["format"])
            subject = benchmark.Subject(home.runtime, path, file["path"])
            row = found[home.runtime.name] = {"bytes": file["bytes"]}
            for steps in STEPS:
                values = benchmark.inputs(tensors, 1)
                values["steps"][:] = steps
                values["strength"][:], values["known"][:] = 1, 0
                with benchmark.Worker(subject, "sample_loop", 1, values) as worker:
                    worker.answer()  # it has loaded
                    row[str(steps)] = 1000 * float(np.median(worker.ask(1 + RUNS)[1:]))
    return found


def strokes(x):
    """What is left of images in strokes of a broad brush: squares of few colours."""
    n, height, width, channels = x.shape
    block = height // SQUARES
    squares = x.reshape(n, SQUARES, block, width // block, block, channels)
    few = np.round(2 * squares.mean((2, 4))) / 2
    return few.repeat(block, 1).repeat(block, 2).astype("float32")


def edit(name) -> dict:
    """Realism and faithfulness of what strokes become, over the strength."""
    from keras_gen import plots

    model, spec = zoo.load(name), zoo.entry(name).data
    train = spec.arrays()
    features = frechet.PrincipalComponents(train)
    real = features(spec.arrays("test"))
    guide = strokes(train[:N])
    found, shown = {}, [guide[:12]]
    for strength in STRENGTHS:
        made = model.edit(guide, strength=strength, seed=1)
        apart = float(np.sqrt(((made - guide) ** 2).mean()))
        distance = float(frechet.distance(features(made), real))
        found[str(strength)] = [distance, apart]
        if strength:
            shown.append(made[:12])
    picture = plots.grid(np.concatenate(shown), 12)
    plots.save_image(PICTURES / f"{name}-edits.png", picture)
    return found


def steer(name) -> dict:
    """What is drawn while a judge reads captions, heard or not."""
    import keras_gen as kg
    from keras_gen import plots
    from keras_gen.metrics.classes import named_agreement
    from zoo.evaluation import named

    model, judge, looks = zoo.load(name), zoo.load(JUDGE), zoo.load(LOOKS)
    spec = zoo.entry(name).data
    captions = spec.arrays("test")[1][:READ]
    wanted = named(captions, looks.attributes, spec)
    told = model.vocabulary.numbers(captions)
    texts = [caption.decode() for caption in captions]
    found = {}
    for weight in WEIGHTS:
        steered = kg.steering.to_caption(judge, texts, weight) if weight else None
        found[str(weight)] = shares = []
        # With guidance 0 the captions are told, and not heard.
        for guidance in (0.0, model.guidance):
            how = {"guidance": guidance, "steer": steered, "caption": told}
            said = looks.answers(model.sample(READ, 1, READ, **how))
            share = named_agreement(said, wanted)
            shares.append([share.value, share.stderr])
    rows = []
    for sentence in SENTENCES:
        steered = kg.steering.to_caption(judge, sentence, SHOWN)
        how = {"guidance": 0.0, "steer": steered, "caption": sentence}
        rows.append(model.sample(6, 1, 6, **how))
    picture = plots.grid(np.concatenate(rows), 12)
    plots.save_image(PICTURES / f"{name}-steered.png", picture)
    return found


HEAD = """# Diffusion, measured

Made by `python -m docs diffusion`; nothing here is written by hand.

## The score of vp-ring beside the exact one

The data are a mixture of eight Gaussians, so the score of noisy data is known at every
time. Black arrows are exact, orange ones are the network's, grey points noisy data. The
error is the root mean square over noisy data, as a share of the exact score's.

![scores](pictures/vp-ring-score.png)

| time | error of the score |
|---:|---:|
"""
STEPS_HEAD = """
## In so many steps

The number of steps is an input of the exported sampler. Distance: Frechet's in the
features of the data's classifier, from as many test examples as there are samples, from
the cards. As asked: the share of samples that this classifier takes for the class that
was asked for, or of the attributes that a caption names which it sees. Milliseconds: of
one image on one thread, medians of {runs} calls, of all files on one machine.
`few-step-faces` is a consistency model that `flow-faces` has taught: it draws with
fresh noise in each step, its teacher along the flow. `edm-digits` draws by Heun's
method, whose steps are two passes but for the last.

| model | samples | steps | distance | as asked | {heads} |
|---|---:|---:|---:|---:|{rule}
"""
EDITS = """
## From strokes to {draws}: {name}

Each guide is one of {n} training images in {squares} x {squares} squares, each channel
at none, half or all (on top). It is edited at each strength; the further rows are at
.2, .4, .6, .8 and 1. Distance: Frechet's in principal components from test data, what
the picture loses in realism if it is large; {samples:,} training images as they are
have {floor:.2f}, says the card. Apart: root mean square from the guide, what it loses
in faithfulness.

![edits](pictures/{name}-edits.png)

| strength | distance | apart |
|---:|---:|---:|
"""

BY_WORDS = """
## Steered by a sentence: {name} and {judge}

`{judge}` has learned, apart from `{name}`, which caption describes which face. It looks
at what is about to be drawn, and its gradient, times the weight, is added to the score:
of a model that is told nothing (guidance 0), and of one that hears the caption as well.
As asked: the share of the attributes named by {n} test captions that `{looks}`,
which had no part in it, sees in what was drawn. The picture is of the weight {weight},
told nothing, six of each of these: {sentences}.

![steered](pictures/{name}-steered.png)

| weight | told nothing: as asked | told the caption: as asked |
|---:|---:|---:|
"""


def text(found: dict) -> str:
    """The whole page."""
    page = HEAD
    page += "".join(f"| {t} | {e:.2%} |\n" for t, e in found.get(SCORE, {}).items())
    page += in_steps(found)
    for name, draws in EDITED.items():
        floor = zoo.card(name)["metrics"]["frechet_floor"]
        page += EDITS.format(
            name=name, draws=draws, n=N, squares=SQUARES, samples=floor["n"],
            floor=floor["value"],
        )  # fmt: skip
        for strength, (distance, apart) in found.get(f"{name}: edits", {}).items():
            page += f"| {strength} | {distance:.2f} | {apart:.3f} |\n"
    page += BY_WORDS.format(
        name=STEERED, judge=JUDGE, looks=LOOKS, n=READ, weight=SHOWN,
        sentences="; ".join(f"*{each}*" for each in SENTENCES),
    )  # fmt: skip
    for weight, row in found.get(f"{STEERED}: steered", {}).items():
        cells = (f"{100 * share:.1f} ± {100 * error:.1f}%" for share, error in row)
        page += f"| {weight} | {' | '.join(cells)} |\n"
    return page


def in_steps(found: dict) -> str:
    """The table of steps."""
    rows, heads = [], []
    for name in STEPPED:
        timed, metrics = found.get(f"{name}: times", {}), zoo.card(name)["metrics"]
        heads = heads or [f"{runtime}, ms | kB" for runtime in timed]
        for steps in STEPS:
            metric = metrics[f"frechet_in_{steps}"]
            asked = [metrics.get(f"{what}_accuracy_in_{steps}") for what in ASKED]
            shares = [f"{100 * each['value']:.1f}%" for each in asked if each]
            spent = [
                f"{row[str(steps)]:.2f} | {row['bytes'] / 1e3:,.0f}"
                for row in timed.values()
            ]
            cells = [f"`{name}`", f"{metric['n']:,}", str(steps)]
            cells += [f"{metric['value']:.2f}", *(shares or ["-"]), *spent]
            rows.append(f"| {' | '.join(cells)} |\n")
    head = STEPS_HEAD.format(
        runs=RUNS, heads=" | ".join(heads), rule="---:|---:|" * len(heads)
    )
    return head + "".join(rows)


PAGE = Page("diffusion", text, keys, measure)
