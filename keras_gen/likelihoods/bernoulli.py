"""Bernoulli: black and white pixels.

    log p(x | a) = sum_i  x_i a_i - log(1 + e^(a_i)),    x_i in {0, 1}

with logits a. The same formula fed with grey values is a cross-entropy, not the
logarithm of any probability, and the bits it gives compare with nothing; therefore
grey data are refused, and binarisation is asked for by name when data are loaded.
"""

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from keras_gen.likelihoods.base import Likelihood, sum_event

tfd = tfp.distributions


@keras.saving.register_keras_serializable("keras_gen")
class Bernoulli(Likelihood):
    """Independent black or white pixels; one logit each.

    Example:
        >>> head = Bernoulli()
        >>> head.parameters((28, 28, 1))
        (28, 28, 1)
        >>> float(head(tf.zeros((1, 2, 2, 1))).log_prob(tf.ones((1, 2, 2, 1)))[0])
        -2.7725887298583984
    """

    levels = 2

    def __call__(self, params):
        logits = tf.cast(params, tf.float32)
        pixels = tfd.Bernoulli(logits=logits, dtype=tf.float32)
        return tfd.Independent(pixels, logits.shape.rank - 1)

    def log_prob(self, params, x):
        logits = tf.cast(params, tf.float32)
        x = tf.cast(x, tf.float32)
        return sum_event(x * logits - tf.nn.softplus(logits), logits.shape.rank - 1)

    def mean(self, params):
        return tf.sigmoid(tf.cast(params, tf.float32))

    def sample_from(self, params, noise):
        return tf.cast(noise < self.mean(params), tf.float32)

    def _tempered(self, params, temperature):
        return params / temperature

    def _support(self):
        return "0 and 1"

    def _remedy(self):
        return (
            'load the data with binarise="dynamic" (or "static", "threshold"), or take '
            "Categorical or a discretized logistic, which model grey levels, or "
            "ContinuousBernoulli, which has none."
        )
