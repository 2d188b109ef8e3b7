"""Kernel distance: the unbiased squared maximum mean discrepancy.

Two sets of features come from one law if no smooth function has different means on
them. Over the unit ball of the functions that the kernel k spans,

    MMD^2 = E k(a, a') + E k(b, b') - 2 E k(a, b),

with the pairs of equal index left out, so that the estimate is unbiased at any number
of samples (the Frechet distance is not) and may come out slightly below zero. The
cubic kernel (a.b / d + 1)^3 compares the first three moments.

The mean over disjoint blocks keeps the cost linear and gives the standard error.

Reference: Binkowski et al., Demystifying MMD GANs (arXiv:1801.01401).
"""

import numpy as np

from keras_gen.errors import BadInput
from keras_gen.metrics.estimate import Estimate, mean


def mmd2(a, b) -> float:
    """Unbiased squared MMD of two equally large sets of feature vectors."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    n = len(a)
    if a.shape != b.shape or a.ndim != 2 or n < 2:
        raise BadInput(
            "the kernel distance needs two sets of equally many (at least 2) feature "
            f"vectors; received shapes {a.shape} and {b.shape}."
        )
    pairs = _cubic(a, a) + _cubic(b, b) - _cubic(a, b) - _cubic(b, a)
    return float((pairs.sum() - np.trace(pairs)) / (n * (n - 1)))


def distance(features_a, features_b, block: int = 100) -> Estimate:
    """Mean of `mmd2` over consecutive disjoint blocks of both sets.

    Example:
        >>> distance(features(samples), features(test)).value
    """
    n = min(len(features_a), len(features_b))
    block = min(block, n)
    starts = range(0, n - block + 1, block)
    values = [
        mmd2(features_a[k : k + block], features_b[k : k + block]) for k in starts
    ]
    estimate = mean(values, f"unbiased, cubic kernel, {len(values)} blocks of {block}")
    return estimate._replace(n=len(values) * block)


def _cubic(a, b):
    return (a @ b.T / a.shape[1] + 1) ** 3
