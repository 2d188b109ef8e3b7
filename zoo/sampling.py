"""Samples of a zoo model as files; of one that draws nothing, trials on test data."""

import os
import pathlib

import numpy as np

from keras_gen import plots
from keras_gen.checks import whole_number
from keras_gen.errors import BadInput, OutputRefused, unknown
from keras_gen.files import atomic
from zoo.loading import opened
from zoo.places import find


def write(
    name: str,
    n: int,
    seed: int,
    files,
    label: str | None = None,
    force: bool = False,
    nearest: bool = False,
):
    """Write `n` samples to `files`: a picture (.png) and, if asked for, a .npy.

    Args:
        name: of the entry, or a path (see `zoo.places`).
        n: how many.
        seed: of the noise, and of the labels that are not given.
        files: where to.
        label: the class of all samples, by its name or number.
        force: replace files that exist.
        nearest: below each sample, the training example that is nearest to it.
    """
    place = find(name)
    conditions = {} if label is None else {"label": _number(place, label)}
    files = [pathlib.Path(file) for file in files]
    if len(set(files)) < len(files) or files[0].suffix == ".npy":
        raise BadInput(
            f"{files[0]} is the picture, a .png file; --npy writes the numbers beside "
            "it, under the same name with .npy."
        )
    for file in files:
        if file.exists() and not force:
            raise OutputRefused(f"{file} exists. Give another --out, or --force.")
        if file.is_dir() or not file.parent.is_dir():
            raise OutputRefused(
                f"{file} is a folder, or in none. Give the name of a .png file in a "
                "folder that exists."
            )
        if not os.access(file.parent, os.W_OK):
            raise OutputRefused(f"cannot write in {file.parent}. Give another --out.")
    whole_number("n", n, 1)
    whole_number("seed", seed, 0)
    model, spec, x = opened(place), place.data, examples(name, n)
    if nearest and spec is None:
        place.card  # noqa: B018  says in a sentence that there is none
    if nearest and (x is not None or len(model.data_shape) != 3):
        raise BadInput(f"{name} draws no images; leave out --nearest.")
    if x is None:
        made = model.sample(n, seed=seed, **conditions)
        if nearest:
            figure = plots.neighbours(made, spec.examples("train"))
        else:
            figure = plots.samples(made, info=spec and spec.info)
    else:
        made = model.trial(x, seed).made
        figure = plots.trials(model, x, seed)
    for file in files:
        with atomic(file) as temporary:
            if file.suffix == ".npy":
                np.save(temporary, made)
            else:
                temporary.write_bytes(plots.png(figure))


def examples(name, n: int) -> np.ndarray | None:
    """`n` test examples from all over, if the model is to be shown by some."""
    place = find(name)
    if place.tasks is None or "generate" in place.tasks:
        return None
    x = place.data.examples("test")
    return x[np.linspace(0, len(x) - 1, min(n, len(x))).astype(int)]


def _number(place, label: str) -> int:
    """Which class of the model's data this is."""
    classes = place.classes
    if place.known is not None and not classes:
        raise BadInput(f"{place.name} is not conditioned on labels; leave out --label.")
    if label in classes:
        return classes.index(label)
    if label.isdigit() and (int(label) < len(classes) or place.known is None):
        return int(label)
    raise unknown(label, classes, place.data.labels if place.data else "class")
