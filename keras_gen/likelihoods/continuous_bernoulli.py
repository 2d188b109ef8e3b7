"""Continuous Bernoulli: grey values in [0, 1] that have no levels.

    log p(x | a) = sum_i  x_i a_i - log C(a_i),    C(a) = (e^a - 1) / a,  x_i in [0, 1]

It is what the cross-entropy of grey values lacks to be the logarithm of a density: the
integral of e^(x a). With h = a / 2 the logarithm of that and its slope, the mean, are

    log C(a) = h + log( sinh(h) / h ),    E x = 1/2 + ( coth(h) - 1/h ) / 2

and a draw is the inverse of the distribution function, log(1 + u (e^a - 1)) / a. At
a = 0, the uniform law, each is 0 / 0: around it their power series are taken (that of
the draw has the cumulants of a coin), where these are exact to float32.

The most that a value gets is a density, not a probability: a picture of black and white
has no bound. For such data, and for 8 bits, there are heads with levels.

Reference: Loaiza-Ganem & Cunningham, The continuous Bernoulli: fixing a pervasive error
in variational autoencoders (arXiv:1907.06845).
"""

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from keras_gen.errors import BadInput
from keras_gen.likelihoods.base import Likelihood, sum_event

tfd = tfp.distributions

NEAR = 0.25  # |a| below which the power series are taken: exact there to 4e-7


def _around_zero(a, series, elsewhere):
    """`series(a)` near zero, else `elsewhere(a)`, whose slope must not be 0 / 0."""
    near = tf.abs(a) < NEAR
    inside, outside = tf.where(near, a, 0.0), tf.where(near, 1.0, a)
    return tf.where(near, series(inside), elsewhere(outside))


def log_normaliser(a):
    """log of the integral of e^(x a) over [0, 1]."""

    def series(a):
        square = a * a
        return a / 2 + square * (1 / 24 + square * (-1 / 2880 + square / 181440))

    def elsewhere(a):
        size = tf.abs(a)
        return tf.nn.relu(a) + tf.math.log((1.0 - tf.exp(-size)) / size)

    return _around_zero(a, series, elsewhere)


@keras.saving.register_keras_serializable("keras_gen")
class ContinuousBernoulli(Likelihood):
    """Independent values in [0, 1]; one logit each, below 0 for dark, above for light.

    Example:
        >>> head = ContinuousBernoulli()
        >>> head.parameters((28, 28, 1))
        (28, 28, 1)
        >>> float(head.log_prob(tf.zeros((1, 2, 2, 1)), tf.fill((1, 2, 2, 1), 0.3))[0])
        0.0
    """

    def __call__(self, params):
        logits = tf.cast(params, tf.float32)
        return tfd.Independent(
            tfd.ContinuousBernoulli(logits=logits),
            logits.shape.rank - 1,
        )

    def log_prob(self, params, x):
        logits = tf.cast(params, tf.float32)
        terms = tf.cast(x, tf.float32) * logits - log_normaliser(logits)
        return sum_event(terms, logits.shape.rank - 1)

    def mean(self, params):
        def series(a):
            square = a * a
            return 0.5 + a * (1 / 12 + square * (-1 / 720 + square / 30240))

        def elsewhere(a):
            return 0.5 + 0.5 / tf.tanh(a / 2) - 1.0 / a

        return _around_zero(tf.cast(params, tf.float32), series, elsewhere)

    def sample_from(self, params, noise):
        u = tf.cast(noise, tf.float32)

        def series(a):
            v = u * (1.0 - u)  # the variance of a coin; then its further cumulants
            third, fourth = v * (1.0 - 2.0 * u), v * (1.0 - 6.0 * v)
            fifth = third * (1.0 - 12.0 * v)
            return u + a * (
                v / 2 + a * (third / 6 + a * (fourth / 24 + a * fifth / 120))
            )

        def elsewhere(a):
            # From the nearer end: log(1 - w (1 - e^-|a|)) is exact where w is small.
            size, light = tf.abs(a), a > 0
            w = tf.where(light, 1.0 - u, u)
            left = tf.maximum(1.0 - w * (1.0 - tf.exp(-size)), tf.exp(-size))
            dark = -tf.math.log(tf.maximum(left, 1e-30)) / size
            return tf.where(light, 1.0 - dark, dark)

        made = _around_zero(tf.cast(params, tf.float32), series, elsewhere)
        return tf.clip_by_value(made, 0.0, 1.0)

    def check(self, x):
        super().check(x)
        x = np.asarray(x)
        if x.size and (x.min() < 0 or x.max() > 1):
            raise BadInput(
                "ContinuousBernoulli is a law of values in [0, 1]; received values "
                f"from {x.min():g} to {x.max():g}. For others there is Gaussian."
            )

    def _tempered(self, params, temperature):
        return params / temperature
