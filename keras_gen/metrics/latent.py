"""Which coordinates of a latent code are used.

A coordinate whose posterior is the prior, whatever the image, carries nothing: it has
collapsed. Two numbers say so for a posterior with means m_k(x) and scales s_k(x):

    activity_k   = variance over x of m_k(x)             active if above 1/100
    divergence_k = mean over x of KL( N(m_k, s_k^2) || N(0, 1) ), in nats

An inactive coordinate may still cost nats, if its scale is off; an active one always
does.

Reference: Burda et al., Importance Weighted Autoencoders (arXiv:1509.00519), 5.3.
"""

from typing import NamedTuple

import numpy as np

from keras_gen.errors import KerasGenError

ACTIVE = 1e-2


class Usage(NamedTuple):
    """One number for each coordinate of the code.

    Example:
        >>> report = usage(model, test)
        >>> report.active.sum(), report.divergence.round(2)
    """

    activity: np.ndarray
    divergence: np.ndarray

    @property
    def active(self) -> np.ndarray:
        """Which coordinates the image moves."""
        return self.activity > ACTIVE


def usage(model, x, batch: int = 512) -> Usage:
    """How much each coordinate of a model's posterior says about the examples `x`."""
    mean, stddev = posteriors(model, x, batch)
    divergence = 0.5 * (mean**2 + stddev**2 - 1) - np.log(stddev)
    return Usage(mean.var(axis=0), divergence.mean(axis=0))


def posteriors(model, x, batch: int = 512) -> tuple[np.ndarray, np.ndarray]:
    """Means and standard deviations of q(z | x), one row for each example."""
    signatures = model.signatures()
    wanted = {"mean", "stddev"}
    if "encode" not in signatures or not wanted <= set(signatures["encode"].outputs):
        raise KerasGenError(
            f"{type(model).__name__} has no posterior: this measure needs a signature "
            "encode with the outputs mean and stddev, as a VAE's."
        )
    encode = signatures["encode"].function
    parts = [encode(x=x[i : i + batch]) for i in range(0, len(x), batch)]
    return tuple(
        np.concatenate([np.asarray(part[name], np.float64) for part in parts])
        for name in ("mean", "stddev")
    )
