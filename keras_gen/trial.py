"""What a model that draws nothing is judged and shown by.

A plain autoencoder has no law to sample from: what it does, it does to examples. So it
has a method

    trial(x, seed) -> Trial

that prepares a task out of clean examples (noise to remove, a hole to fill, or nothing)
and does it. Pictures, cards and tests of such models read a `Trial` and nothing else.
"""

from typing import NamedTuple

import numpy as np


def in_parts(function, *arrays, batch: int = 256) -> np.ndarray:
    """What a function gives of many examples, which it is shown some at a time."""
    starts = range(0, len(arrays[0]), batch)
    parts = [function(*(a[i : i + batch] for a in arrays)) for i in starts]
    return np.concatenate(parts)


class Trial(NamedTuple):
    """Arrays of the same leading axis: a task and how it was done.

    Args:
        given: what the model was given.
        made: what it made of that.
        wanted: what it should have made.
        where: 1 where the task was, 0 elsewhere; None if it was everywhere.
        kinds: the number of kinds k of pixels, if `made` and `wanted` are maps of them,
            written as k / (kinds - 1).
        codes: how many numbers `made` was decoded from, if so.
        called: what `given` is, where it is not what is wanted.
        back: what was made of `made` by the way back, of a translation for which nobody
            knows what is wanted; `wanted` then is `given`, which it should be.
        shown: what `made` is, in a word or two.
        driver: a second image of each, which it was given beside `given`.
    """

    given: np.ndarray
    made: np.ndarray
    wanted: np.ndarray
    where: np.ndarray | None = None
    kinds: int | None = None
    codes: int | None = None
    called: str = "noisy input"
    back: np.ndarray | None = None
    shown: str = "made"
    driver: np.ndarray | None = None
