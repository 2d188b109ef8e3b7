"""Copies: samples of each other, and of training examples.

A collapsed generator makes the same image again and again. Two samples are duplicates
if they are nearer to each other than two different real images ever are, and among n
samples

    duplicates = pairs of duplicates / (n (n - 1) / 2)

is the probability that two draws coincide. Were there N images, all equally likely, it
would be 1 / N (the birthday paradox: a pair shows up from about sqrt(N) draws on), so
its inverse is the size of the support, or a bound on it if no pair is found.

A generator that has memorised makes the training examples. That it comes near to them
is no proof, for so do unseen real images. It is told from these by how near:

    memorised = share of samples that are nearer to a training example than all but a
                twentieth of the test examples are

which is about .05 for new draws from the law of the data, 1 for copies, and less than
.05 for samples that are poor.

References: Arora, Risteski & Zhang, Do GANs learn the distribution? (OpenReview
BJehNfW0-) for the birthday paradox, there with the eye as the judge; Meehan, Chaudhuri
& Dasgupta (arXiv:2004.05675) compare distances to the training examples by ranks.
Not here: any features. What is given is compared by its Euclidean distance.
"""

import numpy as np

from keras_gen.errors import BadInput
from keras_gen.metrics.estimate import Estimate, mean
from keras_gen.metrics.neighbours import ROWS, distances, nearest, rows

CHANCE = 0.05


def duplicates(samples, real) -> Estimate:
    """The share of pairs of samples that are nearer than two real examples ever are.

    Args:
        samples: images, points or features.
        real: as many real examples; the more there are, the nearer the nearest two.

    Example:
        >>> real = np.random.default_rng(0).random((50, 8, 8, 1))
        >>> duplicates(np.repeat(real[:25], 2, axis=0), real).value
        0.02040816326530612
    """
    x, real = rows(samples), np.unique(rows(real), axis=0)
    if min(len(x), len(real)) < 2 or x.shape[1] != real.shape[1]:
        raise BadInput(
            "pairs of samples are compared with pairs of different real examples; "
            f"received {len(x)} samples of {x.shape[1]} values and {len(real)} "
            f"different real ones of {real.shape[1]}."
        )
    least = min(part.min() for part in _pairs(real))
    close = sum(int((part < least).sum()) for part in _pairs(x))
    n = len(x)
    return Estimate(
        close / (n * (n - 1) / 2),
        None,
        f"{close} pairs nearer than {least:.3g}, the least of {len(real)} real ones",
        n,
    )


def support(duplicates: Estimate) -> Estimate:
    """As how many equally likely examples the samples look: the inverse of that share.

    Example:
        >>> support(Estimate(0.002, None, "toy", 300)).value
        500.0
    """
    pairs = duplicates.n * (duplicates.n - 1) / 2
    if duplicates.value == 0:  # with three expected, none is seen one time in twenty
        return Estimate(pairs / 3, None, "at least: no duplicates", duplicates.n)
    return Estimate(1 / duplicates.value, None, "by the birthdays", duplicates.n)


def memorised(samples, train, test) -> Estimate:
    """The share of samples that are suspiciously near to a training example.

    Args:
        samples: images, points or features.
        train: all examples that the model was trained on.
        test: real examples that it was not.

    Example:
        >>> train, test = np.random.default_rng(0).random((2, 100, 8, 8, 1))
        >>> memorised(train[:20], train, test).value
        1.0
    """
    usual = nearest(test, train)[1]
    suspicious = np.quantile(usual, CHANCE)
    return mean(
        nearest(samples, train)[1] < suspicious,
        f"nearer than {suspicious:.3g} to one of {len(train)} training examples; "
        f"{CHANCE:.0%} of {len(usual)} test examples are",
    )


def _pairs(x):
    """The distances of all pairs, each once, in parts."""
    for start in range(0, len(x) - 1, ROWS):
        apart = distances(x[start : start + ROWS], x[start:])
        n, others = apart.shape
        yield apart[np.triu_indices(n, 1, others)]
