"""How well examples are given back: squared error, PSNR, and what has to be beaten.

    mse = mean over examples of the mean of (made - wanted)^2 over the pixels that count
    psnr = -10 log10 mse                     in decibels, for values in [0, 1]

The rival depends on the task: for a hole, the mean training image in it; for noise,
the noisy input as it is; for a code of k numbers, the best linear one, which is that
of the first k principal components. A rival's images are clipped to [0, 1], too.

Of a translation with a known answer there are, for squares favour what is blurred,

    l1   = E |made - wanted|_1
    ssim = E over windows  (2 m m' + c) (2 s + d) / ((m^2 + m'^2 + c) (v + v' + d))

with the means m, variances v and covariance s of both images under a Gaussian window of
11 x 11 pixels (or as many as there are): 1 for equal images, near 0 for unlike ones.

Reference: Wang, Bovik, Sheikh & Simoncelli, Image Quality Assessment: From Error
Visibility to Structural Similarity (doi:10.1109/TIP.2003.819861).
"""

import math

import numpy as np
import tensorflow as tf

from keras_gen.metrics.estimate import Estimate, mean
from keras_gen.trial import Trial, in_parts

WINDOW = 11


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


def likeness(trial: Trial) -> dict[str, Estimate]:
    """How like the answers are what was made of images, and these as they were."""
    results = {}
    pairs = ("", trial.made, "per value"), ("baseline_", trial.given, trial.called)
    for prefix, y, how in pairs:
        apart = np.abs(y - trial.wanted).mean((1, 2, 3))
        results[f"{prefix}l1"] = mean(apart, how)
        results[f"{prefix}ssim"] = mean(ssim(y, trial.wanted), how)
    return results


def ssim(made, wanted) -> np.ndarray:
    """The structural similarity of each image to the one in its place."""
    window = min(WINDOW, *made.shape[1:3])

    def similar(x, y):
        return tf.image.ssim(x, y, 1.0, filter_size=window)

    return in_parts(similar, *(np.asarray(x, "float32") for x in (made, wanted)))


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
