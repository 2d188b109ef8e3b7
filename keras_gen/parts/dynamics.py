"""Dynamics: a step downhill and some noise, which draws from an energy.

With E the energy, s the step, z standard normal,

    Langevin    y  =  x - s grad E(x) + noise z,     noise = sqrt(2 s) if not given

is a step along dx = -grad E dt + sqrt(2) dW, whose law settles at exp(-E). A step that
is not small settles near it: where E = x^2 / 2v, at the variance v / (1 - s / 2v). With
less noise it draws from the sharper exp(-E / T), T = noise^2 / 2s. MALA takes y as a
proposal, and stays at x unless, for u uniform,

    log u  <  E(x) - E(y) + log q(x | y) - log q(y | x),
    log q(y | x)  =  -|y - x + s grad E(x)|^2 / 4s

Then exp(-E) is left as it is, whatever s is.

References: Roberts & Tweedie, Exponential Convergence of Langevin Distributions and
Their Discrete Approximations (Bernoulli 2, 1996); Welling & Teh, Bayesian Learning via
Stochastic Gradient Langevin Dynamics (ICML 2011).
"""

import math

import tensorflow as tf

from keras_gen.arguments import NotNegative, Positive
from keras_gen.parts import Part, part
from keras_gen.parts.slope import sloped
from keras_gen.signatures import Spec


class Dynamics(Part):
    """Base of the dynamics."""

    def fresh(self, shape) -> dict[str, Spec]:
        """The noise of one step, by name, for examples of this shape."""
        return {
            "noise": Spec(shape, "noise", "pushes the chain (normal)", law="normal")
        }

    def move(self, energy, x, noise, **rest):
        """The next state.

        Args:
            energy: function from examples to a number for each.
            x: the state.
            noise, **rest: as `fresh` has it.
        """
        raise NotImplementedError


@part
class Langevin(Dynamics):
    """Every step is taken.

    Args:
        step: s.
        noise: its standard deviation; that of exp(-E) if None.

    Example:
        >>> bowl = lambda x: tf.reduce_sum(x**2, -1) / 2
        >>> Langevin(0.5, 0.0).move(bowl, tf.constant([[4.0]]), 0.0).numpy()
        array([[2.]], dtype=float32)
    """

    step: Positive
    noise: NotNegative | None = None

    def move(self, energy, x, noise):
        deviation = math.sqrt(2 * self.step) if self.noise is None else self.noise
        return x - self.step * sloped(energy, x)[1] + deviation * noise


@part
class MALA(Dynamics):
    """A step is taken or not, so that the law is exact.

    Args:
        step: s.
    """

    step: Positive

    def fresh(self, shape):
        accept = Spec(
            (),
            "noise",
            "takes a step or not (uniform)",
            range=(0.0, 1.0),
            law="uniform",
        )
        return {**super().fresh(shape), "accept": accept}

    def move(self, energy, x, noise, accept):
        s, axes = self.step, list(range(1, x.shape.rank))
        here, slope = sloped(energy, x)
        y = x - s * slope + math.sqrt(2 * s) * noise
        there, back = sloped(energy, y)
        forth = tf.reduce_sum(tf.square(math.sqrt(2 * s) * noise), axes)
        back = tf.reduce_sum(tf.square(x - y + s * back), axes)
        ratio = here - there + (forth - back) / (4 * s)
        taken = tf.math.log(tf.maximum(accept, 1e-37)) < ratio
        return tf.where(tf.reshape(taken, (-1, *[1] * len(axes))), y, x)
