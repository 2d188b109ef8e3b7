"""Colour crops of 16x16 pixels from the two photographs that scikit-learn ships.

A temple under trees and a flower, 427 x 640 pixels each: few pictures, but of the
statistics that all natural images share. They are cut into areas of 64 x 64, and each
area belongs to one split: no pixel of a test crop was ever seen in training. Training
crops lie on a grid of 4 pixels and overlap, the others do not.

Reference: scikit-learn, `sklearn.datasets.load_sample_images`; the licence of either
photograph is CC BY 2.0.
"""

import hashlib

import numpy as np

from keras_gen.data.catalogue import TABLE
from keras_gen.data.pipeline import Table

_SIDE = TABLE["photos"].shape[0]
_AREA = 64
_SHARES = {"train": range(7), "validation": range(7, 8), "test": range(8, 10)}


def table(name: str, split: str) -> Table:
    """The crops of the areas of `split`; which those are never changes."""
    from sklearn.datasets import load_sample_images

    step = 4 if split == "train" else _SIDE
    starts = range(0, _AREA - _SIDE + 1, step)
    crops = [
        area[top : top + _SIDE, left : left + _SIDE]
        for area in _areas(load_sample_images().images, split)
        for top in starts
        for left in starts
    ]
    return Table(np.stack(crops), scale=255.0)


def _areas(images, split):
    """By hash: it does not depend on the version of a random generator."""
    for number, image in enumerate(images):
        for top in range(0, image.shape[0] - _AREA + 1, _AREA):
            for left in range(0, image.shape[1] - _AREA + 1, _AREA):
                name = f"photo {number}: {top} {left}"
                digest = hashlib.sha256(name.encode()).digest()
                if digest[0] % 10 in _SHARES[split]:
                    yield image[top : top + _AREA, left : left + _AREA]
