"""How well examples are given back: squared error, PSNR, and what has to be beaten.

    mse = mean over examples of the mean of (made - wanted)^2 over the pixels that count
    psnr = -10 log10 mse                     in decibels, for values in [0, 1]

The rival depends on the task: for a hole, the mean training image in it; for noise,
the noisy input as it is; for a code of k numbers, the best linear one, which is that
of the first k principal components. A rival's images are clipped to [0, 1], too.
"""

import math

import numpy as np

from keras_gen.metrics.estimate import Estimate, mean
from keras_gen.trial import Trial


class Projection:
    """Onto the mean and the first `components` principal directions of `x`.

    Of all linear codes of so many numbers it has the smallest squared error, which on
    `x` itself is the sum of the eigenvalues that are left out.
    """

    def __init__(self, x, components: int):
        flat = np.asarray(x, np.float64).reshape(len(x), -1)
        self.mean = flat.mean(0)
        self.eigenvalues, vectors = np.linalg.eigh(np.cov(flat.T, bias=True))
        self.eigenvalues = self.eigenvalues[::-1]
        self.directions = vectors[:, ::-1][:, :components]

    def __call__(self, x):
        """The nearest points of that plane, in the shape of `x`."""
        flat = np.asarray(x, np.float64).reshape(len(x), -1) - self.mean
        near = flat @ self.directions @ self.directions.T + self.mean
        return near.reshape(np.shape(x))


def restoration(trial: Trial, train) -> dict[str, Estimate]:
    """The errors of a trial, and those of its rival.

    Args:
        trial: with images or points.
        train: training examples, for the rival.
    """
    made, (rival, name) = trial.made, _rival(trial, np.asarray(train))
    rival = np.clip(rival, 0, 1) if made.ndim == 4 else rival
    results = {}
    for prefix, y, how in (("", made, "per value"), ("baseline_", rival, name)):
        mse = mean(squared_errors(y, trial.wanted, trial.where), how)
        results[f"{prefix}mse"] = mse
        results[f"{prefix}psnr"] = decibels(mse)
    return results


def squared_errors(made, wanted, where=None) -> np.ndarray:
    """One number per example: the mean over its values, or over those of `where`."""
    error = (np.asarray(made, np.float64) - np.asarray(wanted, np.float64)) ** 2
    where = np.broadcast_to(1.0 if where is None else where, error.shape)
    axes = tuple(range(1, error.ndim))
    return (error * where).sum(axes) / where.sum(axes)


def decibels(mse: Estimate) -> Estimate:
    """The peak signal-to-noise ratio that belongs to a mean squared error."""
    if mse.value == 0:
        return mse._replace(value=math.inf, stderr=None)
    factor = 10 / math.log(10) / mse.value  # of the derivative
    stderr = None if mse.stderr is None else mse.stderr * factor
    return mse._replace(value=-10 * math.log10(mse.value), stderr=stderr)


def _rival(trial, train):
    """What has to be beaten, and its name."""
    if trial.where is not None:
        return np.broadcast_to(train.mean(0), trial.wanted.shape), "mean image"
    if trial.given is not trial.wanted:
        return trial.given, trial.called
    plane = Projection(train, trial.codes)
    return plane(trial.given), f"PCA, {trial.codes} codes"
