"""Precision and recall, density and coverage: which samples are where the data are.

The support of a law is taken to be the union of balls around its samples, each reaching
to the k-th nearest other sample. Of the features of real and of generated examples,

    precision  share of generated ones in a ball of real ones: how good they are
    recall     share of real ones in a ball of generated ones: how much is not missing
    density    number of real balls around a generated one, over k: above 1 where the
               samples crowd around the middle of the data
    coverage   share of real balls with a generated one inside

The last two put balls around real examples alone, so that one generated outlier does
not pass for a wide support. What to expect of a perfect model depends on k and on the
number of examples, so state both, and the floor: the same of real examples against as
many other real ones.

References: Kynkaanniemi et al., Improved Precision and Recall Metric for Assessing
Generative Models (arXiv:1904.06991); Naeem et al., Reliable Fidelity and Diversity
Metrics for Generative Models (arXiv:2002.09797).
"""

from typing import NamedTuple

import numpy as np

from keras_gen.errors import BadInput

ROWS = 512  # computed at once


class Neighbours(NamedTuple):
    """The four measures; 1 is best, and density may be above."""

    precision: float
    recall: float
    density: float
    coverage: float


def compare(real, fake, k: int = 5) -> Neighbours:
    """How well `fake` covers `real`, two sets of feature vectors.

    Args:
        real, fake: one row for each example, from any feature extractor.
        k: which neighbour the balls reach to.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(1000, 4))
        >>> compare(x[:500], x[500:]).coverage > 0.9
        True
    """
    real, fake = np.asarray(real, np.float64), np.asarray(fake, np.float64)
    if real.ndim != 2 or fake.ndim != 2 or real.shape[1] != fake.shape[1]:
        raise BadInput(
            "two sets of feature vectors of one length are compared; received shapes "
            f"{real.shape} and {fake.shape}."
        )
    if not 1 <= k < min(len(real), len(fake)):
        raise BadInput(
            f"each example needs {k} others in its set; there are {len(real)} and "
            f"{len(fake)} examples. Lower k, or bring more."
        )
    real_radii, fake_radii = radii(real, k), radii(fake, k)
    balls, reached = np.zeros(len(fake)), np.zeros(len(real), bool)
    recalled = 0
    for start in range(0, len(fake), ROWS):
        rows = slice(start, start + ROWS)
        apart = distances(fake[rows], real)
        inside = apart <= real_radii
        balls[rows] = inside.sum(1)
        reached |= inside.any(0)
    for start in range(0, len(real), ROWS):
        apart = distances(real[start : start + ROWS], fake)
        recalled += (apart <= fake_radii).any(1).sum()
    return Neighbours(
        precision=float((balls > 0).mean()),
        recall=float(recalled / len(real)),
        density=float(balls.mean() / k),
        coverage=float(reached.mean()),
    )


def radii(x, k: int) -> np.ndarray:
    """Distance of each row to the k-th nearest of the others."""
    parts = []
    for start in range(0, len(x), ROWS):
        apart = distances(x[start : start + ROWS], x)
        rows = np.arange(len(apart))
        apart[rows, start + rows] = -1  # itself comes first, even among copies
        parts.append(np.partition(apart, k, axis=1)[:, k])
    return np.concatenate(parts)


def distances(a, b) -> np.ndarray:
    """Euclidean distance of each row of `a` to each of `b`."""
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
    return np.sqrt(np.maximum(squares, 0))


def nearest(x, others) -> tuple[np.ndarray, np.ndarray]:
    """For each example of `x`, which of `others` is the nearest, and how far it is.

    Example:
        >>> nearest([[0.0], [7.0]], [[6.0], [1.0]])
        (array([1, 0]), array([1., 1.]))
    """
    x, others = rows(x), rows(others)
    which, far = [], []
    for start in range(0, len(x), ROWS):
        apart = distances(x[start : start + ROWS], others)
        which.append(apart.argmin(1))
        far.append(apart.min(1))
    return np.concatenate(which), np.concatenate(far)


class NearestNeighbour:
    """A classifier without training: the class of the nearest example it has seen.

    Args:
        x: examples or their features, one for each label.
        y: labels.

    Example:
        >>> NearestNeighbour([[0.0], [5.0]], [3, 8])([[1.0], [4.0]])
        array([3, 8])
    """

    def __init__(self, x, y):
        self.x, self.y = rows(x), np.asarray(y)

    def __call__(self, x) -> np.ndarray:
        return self.y[nearest(x, self.x)[0]]


def rows(x) -> np.ndarray:
    """Each example as a row of numbers."""
    x = np.asarray(x, np.float64)
    return x.reshape(len(x), -1)
