"""Which times a network learns about, and how much.

The loss is an integral over the noise, E over r of w(r) |output - target|^2. A part of
it is in how often a time is drawn, a part in its weight:

    Uniform       t uniform on [0, 1]
    LogNormal     log sigma normal, as in EDM: mostly where there is something to say
    LogitNormal   logit t normal, of Stable Diffusion 3: the middle of a straight path
    Levels        sigma^(1/rho) uniform: the steps of EDM's solver, all alike
    MinSNR        t uniform, the error of x_0 weighted by min(SNR, gamma)

A drawing is by a uniform number: if these are spread evenly, so are the times.

References: Karras et al. (arXiv:2206.00364), table 1; Esser et al. (arXiv:2403.03206),
section 3.1; Hang et al. (arXiv:2303.09556).
"""

import tensorflow as tf

from keras_gen.arguments import Positive
from keras_gen.parts import Part, part
from keras_gen.parts.solvers import Karras


class Weighting(Part):
    """Base: the error of the target itself counts, with weight 1."""

    def draw(self, path, u):
        """The log-ratio that a uniform number stands for."""
        raise NotImplementedError

    def weight(self, path, target, r):
        """Of the squared error of the network's output."""
        return tf.ones_like(r)


@part
class Uniform(Weighting):
    """All times alike."""

    def draw(self, path, u):
        return path.ratio(u)


@part
class LogNormal(Weighting):
    """log(sigma / alpha) is normal; beyond the path's ends it is theirs."""

    mean: float = -1.2
    std: Positive = 1.2

    def draw(self, path, u):
        return tf.clip_by_value(self.mean + self.std * _normal(u), *path.ends)


@part
class LogitNormal(Weighting):
    """log(t / (1 - t)) is normal."""

    mean: float = 0.0
    std: Positive = 1.0

    def draw(self, path, u):
        return path.ratio(tf.sigmoid(self.mean + self.std * _normal(u)))


@part
class Levels(Weighting):
    """As often as `solvers.Karras` has steps there."""

    rho: Positive = 7.0

    def draw(self, path, u):
        return Karras(self.rho).at(path, 1.0 - u, 2.0)


@part
class MinSNR(Weighting):
    """Easy times, of which the example can be seen, do not count more than gamma."""

    gamma: Positive = 5.0

    def draw(self, path, u):
        return path.ratio(u)

    def weight(self, path, target, r):
        alpha, sigma = path.scales(r)
        snr = tf.square(alpha / sigma)
        # The error of x_0 is sigma / d that of the output.
        return tf.minimum(snr, self.gamma) * tf.square(
            sigma / target.determinant(path, r)
        )


WEIGHTINGS: dict[str, type[Weighting]] = {
    "uniform": Uniform,
    "log_normal": LogNormal,
    "logit_normal": LogitNormal,
    "levels": Levels,
    "min_snr": MinSNR,
}


def _normal(u):
    return tf.math.ndtri(tf.clip_by_value(u, 1e-6, 1.0 - 1e-6))
