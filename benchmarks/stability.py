"""The first steps of every game on images, with several seeds: does one of them fail?

Trains each entry of the adversarial family on images, as its recipe says, for its first
1,500 steps of the generator, and writes docs/stability.md. Each finished training is
kept in docs/stability.json, so the command can be killed and given again, and a changed
recipe repeats only its own trainings. It asks for one core.

    python benchmarks/stability.py [--only NAME ...] [--seeds 3] [--steps 1500]
"""

import argparse
import functools
import hashlib
import json
import os
import pathlib
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
import tensorflow as tf

import zoo
from keras_gen import data
from keras_gen.errors import NonFiniteLoss
from keras_gen.files import atomic
from keras_gen.metrics.classes import covered
from keras_gen.metrics.neighbours import NearestNeighbour

ROOT = pathlib.Path(__file__).parents[1]
KEPT = ROOT / "docs" / "stability.json"
SAMPLES = 1000
STRETCHES = 15  # of a training; its last losses are the means over the last stretch
# A game has collapsed that shows less than this share of the classes, or whose samples
# vary less than this share of how much the data do.
LEAST = 0.5

HEAD = """# The first steps of every game on images

Written by `python benchmarks/stability.py`. Every game of the zoo on images, as its
recipe says, with {seeds} seeds; the first {steps:,} steps of the generator. Each cell
has one number for each seed.

*ended*: no loss became NaN. *losses*: means over the last {stretch} steps, of the
critic and of the generator. *classes*: how many have at least a tenth of an equal share
of {samples:,} samples, by a classifier for glyphs, by the nearest training example for
digits. *deviation*: the standard deviation between samples, over all pixels, in that of
the data. Collapsed is what shows fewer than {least:.0%} of the classes, or deviates by
less than {least:.0%}. *seconds*: of one core, the longest.
"""


def entries() -> list[str]:
    """The games on images that are trained here."""
    names = zoo.names(family="adversarial", task="generate")
    return [
        name
        for name in names
        if len(zoo.entry(name).data.info.shape) == 3 and not name.endswith("-paper")
    ]


def train(name: str, seed: int, steps: int, kept=None) -> dict:
    """One training and what became of it; `kept`, if of the same recipe."""
    keras.utils.clear_session()  # or the names of layers would tell what came before
    keras.utils.set_random_seed(seed)
    entry = zoo.entry(name)
    recipe = entry.make()
    model, spec = recipe.model, entry.data
    batches = spec.load("train", recipe.batch, seed=seed)
    recipe.compile(recipe.epochs * int(batches.cardinality()))  # the whole training's
    key = digest(recipe, steps)
    if kept and kept["key"] == key:
        return kept
    begin = time.process_time()
    stretch = max(1, steps // STRETCHES)
    try:
        history = model.fit(
            batches.repeat(),
            epochs=steps // stretch,
            steps_per_epoch=stretch,
            verbose=0,
        ).history
    except NonFiniteLoss:
        return {"key": key, "finite": False, "seconds": time.process_time() - begin}
    seconds = time.process_time() - begin
    made = model.settled().sample(SAMPLES, seed=seed)
    x = spec.examples("train")
    return {
        "key": key,
        "finite": bool(np.isfinite(made).all()),
        "critic": round(history["discriminator_loss"][-1], 3),
        "generator": round(history["generator_loss"][-1], 3),
        "classes": covered(judge(spec.name)(made), classes(spec)),
        "deviation": round(float(np.sqrt(made.var(0).mean() / x.var(0).mean())), 3),
        "seconds": round(seconds, 1),
    }


def digest(recipe, steps) -> str:
    """Of all that a result depends on, but the seed."""
    parts = [recipe.model.get_config(), recipe.model.get_compile_config()]
    text = json.dumps([*parts, recipe.batch, steps], default=str, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


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


def page(rows: dict, seeds: int, steps: int) -> str:
    """The document, from the trainings that are finished; it says which are not."""
    head = HEAD.format(
        seeds=seeds,
        steps=steps,
        stretch=max(1, steps // STRETCHES),
        samples=SAMPLES,
        least=LEAST,
    )
    lines = [
        head,
        "| entry | ended | critic's loss | generator's loss | classes | deviation "
        "| seconds | verdict |",
        "|---|---|---|---|---|---|---:|---|",
    ]
    waiting = []
    for name in entries():
        runs = [rows.get(name, {}).get(str(seed)) for seed in range(seeds)]
        runs = [run for run in runs if run]
        if len(runs) < seeds:
            waiting.append(f"`{name}` ({len(runs)} of {seeds} seeds)")
        if runs:
            lines.append(line(name, runs))
    if waiting:
        lines += ["", f"**Not finished:** {', '.join(waiting)}."]
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


def run(names, seeds: int, steps: int, kept: pathlib.Path):
    """Train what is not kept yet; keeps each, and writes the page beside."""
    rows = json.loads(kept.read_text()) if kept.exists() else {}
    for name in names:
        for seed in range(seeds):
            runs = rows.setdefault(name, {})
            before = runs.get(str(seed))
            runs[str(seed)] = train(name, seed, steps, before)
            if runs[str(seed)] is before:
                continue
            print(name, seed, runs[str(seed)], flush=True)
            with atomic(kept) as temporary:
                temporary.write_text(json.dumps(rows, indent=1) + "\n")
    kept.with_suffix(".md").write_text(page(rows, seeds, steps))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", nargs="+", default=entries(), choices=entries())
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=1500)
    options = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    run(options.only, options.seeds, options.steps, KEPT)


if __name__ == "__main__":
    main()
