"""Purification: the most likely image near a given one, in the manner of PixelDefend.

An image that someone has changed a little, to deceive, is unlikely where it was
changed. With an explicit density one can look for a more likely image x* in a ball
around x, |x*_i - x_i| <= epsilon. The search is greedy, in the order of drawing:

    x*_i = argmax { p(v | x*_<i) : |v - x_i| <= epsilon }

so that each pixel is at least as likely as the given one would be after the same ones
before it. That is not said of the whole image: what a pixel gains may make those after
it less likely (docs/outliers.md counts how often p(x*) < p(x)).

The search is a drawing whose noise is the image: `Nearby` stands in the place of the
likelihood, and the sampler does not know the difference. It costs what a sample costs.

Reference: Song et al., PixelDefend: Leveraging Generative Models to Understand and
Defend against Adversarial Examples (arXiv:1710.10766), algorithm 1.
"""

import tensorflow as tf

from keras_gen.errors import BadInput
from keras_gen.likelihoods import Likelihood
from keras_gen.likelihoods.base import level_index

NEAR = 1e-6  # for the rounding of differences


class Nearby(Likelihood):
    """Draws, from a head's parameters and an image, the most likely level near it.

    Args:
        head: of levels, independent for each dimension.
        epsilon: the greatest change of a value, from 0 to 1.
    """

    def __init__(self, head: Likelihood, epsilon: float):
        super().__init__()
        self.head, self.epsilon = head, epsilon
        self.levels = head.levels
        if head.levels is None:
            raise BadInput(
                f"{type(head).__name__} has no levels to choose from: purify with a "
                "model of discrete values."
            )
        if not 0 <= epsilon <= 1:
            raise BadInput(f"epsilon is a grey value from 0 to 1; received {epsilon}.")

    def sample_from(self, params, noise):
        """The most likely level of those near `noise`, which is an image."""
        x, shape = tf.reshape(noise, (-1, 1)), tf.shape(noise)
        each = params.shape[-1] // noise.shape[-1]  # that one dimension has
        params = tf.reshape(tf.cast(params, tf.float32), (-1, 1, each))
        values = tf.range(self.levels, dtype=tf.float32)[None, :] / (self.levels - 1)
        log_p = self._log_probs(params, values)
        near = tf.abs(values - x) <= self.epsilon + NEAR
        best = tf.argmax(tf.where(near, log_p, -float("inf")), axis=-1)
        own = tf.cast(level_index(x[:, 0], self.levels), best.dtype)
        value = tf.cast(best, tf.float32) / (self.levels - 1)
        return tf.reshape(tf.where(best == own, x[:, 0], value), shape)

    def _log_probs(self, params, values):
        """Of each level, for each dimension: each is an example of one dimension."""
        each = params.shape[-1]
        n = tf.shape(params)[0]
        every = tf.reshape(tf.repeat(params, self.levels, axis=1), (-1, 1, 1, each))
        values = tf.reshape(tf.tile(values, (n, 1)), (-1, 1, 1, 1))
        return tf.reshape(self.head.log_prob(every, values), (-1, self.levels))
