"""Samples of a zoo model as files; of one that draws nothing, trials on test data."""

import numpy as np

from keras_gen import plots
from keras_gen.errors import BadInput
from keras_gen.files import atomic
from zoo.asked import check
from zoo.loading import opened
from zoo.places import find


def write(
    name: str,
    n: int,
    seed: int,
    files,
    label: str | None = None,
    caption: str | None = None,
    force: bool = False,
    nearest: bool = False,
):
    """Write `n` samples to `files`, each a picture or the numbers, as it ends.

    Args:
        name: of the entry, or a path (see `zoo.places`).
        n: how many.
        seed: of the noise, and of the labels that are not given. Captions that are not
            are those of test examples.
        files: where to: .png, .jpg or .jpeg are pictures, .npy the numbers.
        label: the class of all samples, by its name or number.
        caption: a sentence that says what all samples show.
        force: replace files that exist.
        nearest: below each sample, the training example that is nearest to it.
    """
    asked = check(name, n, seed, files, label, caption, force)
    place, conditions, files = asked.place, asked.conditions, asked.files
    model, spec, x = opened(place), place.data, examples(name, n)
    if nearest and (x is not None or len(model.data_shape) != 3):
        raise BadInput(f"{name} draws no images; leave out --nearest.")
    if x is None:
        made = model.sample(n, seed=seed, **conditions or captions(spec, n))
        if nearest:
            figure = plots.neighbours(made, place.data_here.examples("train"))
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
                temporary.write_bytes(plots.encoded(figure, file.suffix))


def examples(name, n: int) -> np.ndarray | None:
    """`n` test examples from all over, if the model is to be shown by some."""
    place = find(name)
    if place.tasks is None or "generate" in place.tasks:
        return None
    x = place.data_here.examples("test")
    total = len(x[0] if isinstance(x, tuple) else x)
    chosen = np.linspace(0, total - 1, min(n, total)).astype(int)
    return tuple(y[chosen] for y in x) if isinstance(x, tuple) else x[chosen]


def captions(spec, n: int) -> dict:
    """What `n` samples are asked for to be shown: what test captions say, if any.

    Whoever is told a caption has seen none that says nothing.
    """
    if getattr(spec, "labels", None) != "caption":
        return {}
    sentences = spec.arrays("test")[1]
    chosen = np.linspace(0, len(sentences) - 1, n).astype(int)
    return {"caption": [sentences[i].decode() for i in chosen]}
