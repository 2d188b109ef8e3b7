"""What a network says of a noisy example: one linear map of the example and the noise.

    x = alpha x_0 + sigma eps,      target = a x_0 + b eps

Two equations, two unknowns: whatever the network is asked for, it has said both,

    x_0 = (sigma target - b x) / d,    eps = (a x - alpha target) / d,
    d   = a sigma - b alpha

so that all targets are exact linear maps of each other. They differ in what an error
of the network costs, and in where d is small.

    Noise       a, b = 0, 1
    Clean       a, b = 1, 0
    V           a, b = (-sigma / c, c alpha) / sqrt(sigma^2 + c^2 alpha^2)
    Score       a, b = 0, -1 / sigma          the gradient of the log-density
    Velocity    a, b = d alpha / dt, d sigma / dt      that of the flow

V at c, the spread of the data, is what EDM asks for in other words: there x_0 is a mean
of x and the output whose weights keep both of unit variance at every noise. At c = 1 on
a preserving path it is the v of progressive distillation.

References: Ho et al. (arXiv:2006.11239); Salimans & Ho (arXiv:2202.00512), appendix D;
Karras et al. (arXiv:2206.00364), section 5; Lipman et al. (arXiv:2210.02747).
"""

import tensorflow as tf

from keras_gen.arguments import Positive
from keras_gen.parts import Part, part


class Target(Part):
    """Base: a subclass gives a and b."""

    def weights(self, path, r):
        """(a, b) at the log-ratio r of a path."""
        raise NotImplementedError

    def of(self, path, r, clean, eps):
        """The target itself, where both are known."""
        a, b = self.weights(path, r)
        return a * clean + b * eps

    def determinant(self, path, r):
        """d, by which the network's errors are divided."""
        (a, b), (alpha, sigma) = self.weights(path, r), path.scales(r)
        return a * sigma - b * alpha

    def solved(self, path, r, x, output):
        """(x_0, eps), by what the network says of x."""
        (a, b), (alpha, sigma) = self.weights(path, r), path.scales(r)
        d = a * sigma - b * alpha
        return (sigma * output - b * x) / d, (a * x - alpha * output) / d


@part
class Noise(Target):
    """The noise."""

    def weights(self, path, r):
        return tf.zeros_like(r), tf.ones_like(r)


@part
class Clean(Target):
    """The example."""

    def weights(self, path, r):
        return tf.ones_like(r), tf.zeros_like(r)


@part
class V(Target):
    """The direction that is orthogonal to x, for data of this spread."""

    spread: Positive = 1.0

    def weights(self, path, r):
        alpha, sigma = path.scales(r)
        size = tf.sqrt(tf.square(sigma) + tf.square(self.spread * alpha))
        return -sigma / (self.spread * size), self.spread * alpha / size


@part
class Score(Target):
    """The gradient of the log-density of noisy examples."""

    def weights(self, path, r):
        _, sigma = path.scales(r)
        return tf.zeros_like(r), -1.0 / sigma


@part
class Velocity(Target):
    """dx/dt along the path."""

    def weights(self, path, r):
        slope, (alpha, sigma) = path.slope(r), path.rates(r)
        return alpha * slope, sigma * slope


TARGETS: dict[str, type[Target]] = {
    "noise": Noise,
    "clean": Clean,
    "v": V,
    "score": Score,
    "velocity": Velocity,
}
