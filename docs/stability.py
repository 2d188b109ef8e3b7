"""Write docs/stability.md: do the first steps of a game on images fail with some seed?

    python -m docs stability

Trains each entry of the adversarial family on images, as its recipe says, for its first
1,500 steps of the generator, with several seeds. Each finished training is kept in
docs/stability.json; an entry that is trained anew, because its recipe was changed, is
measured anew. All of it takes some hours of one core.
"""

import functools
import time

import keras
import numpy as np

import zoo
from docs.pages import Page
from keras_gen import data
from keras_gen.errors import NonFiniteLoss
from keras_gen.metrics.classes import covered
from keras_gen.metrics.neighbours import NearestNeighbour

SEEDS, STEPS = (0, 1, 2), 1500
# Ten minutes and more for the three seeds of each.
NOT_YET = (
    "ac-gan-mnist", "conditional-gan-mnist", "dcgan-fashion", "infogan-mnist",
    "sngan-fashion",
)  # fmt: skip
SAMPLES = 1000
STRETCHES = 15  # of a training; its last losses are the means over the last stretch
# A game has collapsed that shows less than this share of the classes, or whose samples
# vary less than this share of how much the data do.
LEAST = 0.5

HEAD = """# The first steps of every game on images

Made by `python -m docs stability`. Every game of the zoo on images, as its
recipe says, with {seeds} seeds; the first {steps:,} steps of the generator. Each cell
has one number for each seed.

*ended*: no loss became NaN. *losses*: means over the last {stretch} steps, of the
critic and of the generator. *classes*: how many have at least a tenth of an equal share
of {samples:,} samples, by a classifier for glyphs, by the nearest training example for
digits. *deviation*: the standard deviation between samples, over all pixels, in that of
the data. Collapsed is what shows fewer than {least:.0%} of the classes, or deviates by
less than {least:.0%}. *seconds*: of one core, the longest. Not measured yet: {not_yet}.
"""


def entries() -> list[str]:
    """The games on images that are trained here."""
    names = zoo.names(family="adversarial", task="generate")
    return [
        name
        for name in names
        if zoo.entry(name).weights
        and len(zoo.entry(name).data.info.shape) == 3
        and name not in NOT_YET
    ]


def runs() -> dict:
    """Title -> (entry, seed) of each training."""
    return {f"{name}, seed {s}": (name, s) for name in entries() for s in SEEDS}


def keys() -> dict[str, str]:
    """The training that an entry's card tells of: another recipe is another training.

    A recipe has no shorter name, and its weights may be packed in another way.
    """
    seconds = {n: round(zoo.card(n)["training"]["seconds"]) for n in entries()}
    return {
        run: f"{STEPS} steps of a training of {seconds[name]} s"
        for run, (name, _) in runs().items()
    }


def measure(run: str) -> dict:
    name, seed = runs()[run]
    entry = zoo.entry(name)
    # Or the names of layers would tell what came before.
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    return first_steps(entry.make(), entry.data, seed)


def first_steps(recipe, spec, seed: int) -> dict:
    """One training and what became of it."""
    model, optimizer = recipe.model, recipe.optimizer
    batches = spec.load("train", recipe.batch, seed=seed)
    if callable(optimizer):  # the rates of the whole training
        optimizer = optimizer(recipe.epochs * int(batches.cardinality()))
    model.compile(optimizer)
    begin = time.process_time()
    stretch = max(1, STEPS // STRETCHES)
    try:
        history = model.fit(
            batches.repeat(),
            epochs=STEPS // stretch,
            steps_per_epoch=stretch,
            verbose=0,
        ).history
    except NonFiniteLoss:
        return {"finite": False, "seconds": round(time.process_time() - begin, 1)}
    seconds = time.process_time() - begin
    made = model.settled().sample(SAMPLES, seed=seed)
    x = spec.examples("train")
    return {
        "finite": bool(np.isfinite(made).all()),
        "critic": round(history["discriminator_loss"][-1], 3),
        "generator": round(history["generator_loss"][-1], 3),
        "classes": covered(judge(spec.name)(made), classes(spec)),
        "deviation": round(float(np.sqrt(made.var(0).mean() / x.var(0).mean())), 3),
        "seconds": round(seconds, 1),
    }


def classes(spec) -> int:
    return len(spec.info.factors["class"])


@functools.cache
def judge(dataset: str):
    """A function from images to classes: who says what a sample shows."""
    if dataset == "glyphs":
        return zoo.load("classifier-glyphs").said
    return NearestNeighbour(*data.arrays(dataset, "train", labels="class"))


def collapsed(run: dict, total: int) -> bool:
    return run["classes"] < LEAST * total or run["deviation"] < LEAST


def text(found: dict) -> str:
    """The whole page."""
    head = HEAD.format(
        seeds=len(SEEDS),
        steps=STEPS,
        stretch=max(1, STEPS // STRETCHES),
        samples=SAMPLES,
        not_yet=", ".join(f"`{name}`" for name in NOT_YET),
        least=LEAST,
    )
    lines = [
        head,
        "| entry | ended | critic's loss | generator's loss | classes | deviation "
        "| seconds | verdict |",
        "|---|---|---|---|---|---|---:|---|",
    ]
    for name in entries():
        lines.append(line(name, [found[f"{name}, seed {seed}"] for seed in SEEDS]))
    return "\n".join(lines) + "\n"


def line(name, runs) -> str:
    total = classes(zoo.entry(name).data)
    ended = [run for run in runs if run["finite"]]
    lost = sum(collapsed(run, total) for run in ended)
    verdict = f"{len(runs) - len(ended)} became NaN" if len(ended) < len(runs) else ""
    verdict += f"{', ' * bool(verdict)}{lost} collapsed" if lost else ""
    cells = [", ".join("yes" if run["finite"] else "**no**" for run in runs)]
    for part, form in (("critic", ".2f"), ("generator", ".2f")):
        cells.append(", ".join(f"{run[part]:{form}}" for run in ended))
    cells.append(", ".join(str(run["classes"]) for run in ended) + f" of {total}")
    cells.append(", ".join(f"{run['deviation']:.2f}" for run in ended))
    cells.append(f"{max(run['seconds'] for run in runs):.0f}")
    return f"| `{name}` | {' | '.join(cells)} | {verdict or 'stable'} |"


PAGE = Page("stability", text, keys, measure)
