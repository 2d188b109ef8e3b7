"""Categorical: a free probability for each grey level.

    log p(x | a) = sum_i  log softmax(a_i)[k_i],    x_i = k_i / (levels - 1)

Nothing ties neighbouring levels together: the most flexible head, and the right one
for few levels; with 256 of them the data must be many. Reference for images: van den
Oord et al., Pixel Recurrent Neural Networks (arXiv:1601.06759).
"""

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from keras_gen.likelihoods.base import (
    Levels,
    Likelihood,
    groups,
    inverse_cdf,
    level_index,
    sum_event,
)

tfd = tfp.distributions


@keras.saving.register_keras_serializable("keras_gen")
class Categorical(Likelihood):
    """Independent pixels over integer levels; one logit per level.

    Args:
        levels: number of values, which are k / (levels - 1).

    Example:
        >>> Categorical(17).parameters((8, 8, 1))
        (8, 8, 17)
    """

    def __init__(self, levels: Levels, **kwargs):
        super().__init__(**kwargs)
        self.levels = self.per_channel = levels

    def __call__(self, params):
        logits = groups(params, self.levels)
        values, half = self._values(), 0.5 / (self.levels - 1)
        pixels = tfd.FiniteDiscrete(values, logits=logits, atol=half, rtol=0.0)
        return tfd.Independent(pixels, logits.shape.rank - 2)

    def log_prob(self, params, x):
        logits = groups(params, self.levels)
        index = tf.cast(level_index(x, self.levels), tf.int32)
        chosen = tf.one_hot(index, self.levels) * tf.nn.log_softmax(logits)
        return sum_event(chosen, logits.shape.rank - 1)

    def mean(self, params):
        probabilities = tf.nn.softmax(groups(params, self.levels))
        return tf.reduce_sum(probabilities * self._values(), axis=-1)

    def sample_from(self, params, noise):
        probabilities = tf.nn.softmax(groups(params, self.levels))
        index = inverse_cdf(probabilities, tf.cast(noise, tf.float32))
        return tf.cast(index, tf.float32) / (self.levels - 1)

    def _tempered(self, params, temperature):
        return params / temperature

    def get_config(self):
        return {**super().get_config(), "levels": self.levels}

    def _values(self):
        return tf.range(self.levels, dtype=tf.float32) / (self.levels - 1)
