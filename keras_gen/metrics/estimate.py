"""A measured number with what is needed to compare it with another one."""

from typing import NamedTuple

import numpy as np


class Estimate(NamedTuple):
    """A value, its standard error, how it was estimated, and from how many examples.

    Args:
        value: the estimate.
        stderr: one standard error of `value`, or None where no simple one is known.
        estimator: a phrase that tells this estimate from others of the same quantity.
        n: number of examples or samples that went in.
    """

    value: float
    stderr: float | None
    estimator: str
    n: int


def mean(values, estimator: str) -> Estimate:
    """The mean of one number per example, with the standard error of that mean.

    Example:
        >>> mean([1.0, 2.0, 3.0], "toy").value
        2.0
    """
    values = np.asarray(values, np.float64)
    n = len(values)
    stderr = float(values.std(ddof=1) / np.sqrt(n)) if n > 1 else None
    return Estimate(float(values.mean()), stderr, estimator, n)


def scaled(estimate: Estimate, factor: float) -> Estimate:
    """The same estimate in another unit."""
    stderr = None if estimate.stderr is None else estimate.stderr * abs(factor)
    return estimate._replace(value=estimate.value * factor, stderr=stderr)
