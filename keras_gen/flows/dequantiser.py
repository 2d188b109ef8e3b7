"""Images of levels under a density: where in its cell each level lies.

An image of L levels has probabilities, not a density. Its levels k = 0 .. L - 1 are
taken to be what is left of a number y in [0, 1] when it is rounded, k = floor(L y), and
the flow is a density of y. With u = L y - k, the place in the cell, by a law q(u | x),

    log P(x)  >=  E_q [ log p(y) - D log L - log q(u | x) ],     y = (k + u) / L

q is uniform, or a network says what it is: one logit-normal number for each pixel, of
the network's means and log-deviations. What is reported as `nll` is then the bound, and
`metrics.evaluate` tightens it by importance sampling over u.

References: Theis et al., A note on the evaluation of generative models
(arXiv:1511.01844), section 3.1; Ho et al., Flow++ (arXiv:1902.00275), section 3.1, for
the network; there q is itself a flow, which is not here.
"""

import math

import keras
import numpy as np
import tensorflow as tf

from keras_gen.arguments import Checked
from keras_gen.errors import BadInput
from keras_gen.layers.bijections.base import exact
from keras_gen.likelihoods.base import Levels, level_index


class Dequantiser(Checked, keras.layers.Layer):
    """q(u | x): where in its cell a level lies.

    Args:
        levels: of a pixel.
        network: from an image to two numbers for each of its numbers; uniform if None.
    """

    def __init__(self, levels: Levels, network: keras.Model | None = None, **kwargs):
        super().__init__(**{"dtype": exact(), **kwargs})
        self.levels = levels
        self.network = network
        self.law = "uniform" if network is None else "normal"
        self.built = True

    def call(self, x, noise, training=False):
        """y, and log q(u | x) + D log L of each example."""
        volume = math.prod(x.shape[1:]) * math.log(self.levels)
        k, noise = level_index(x, self.levels), tf.cast(noise, tf.float32)
        if self.network is None:
            y = (k + noise) / self.levels
            return y, tf.fill(tf.shape(x)[:1], tf.constant(volume, y.dtype))
        params = tf.cast(self.network(x, training=training), tf.float32)
        mean, log_scale = tf.split(params, 2, axis=-1)
        logit = mean + tf.exp(log_scale) * noise
        u = tf.sigmoid(logit)
        log_q = -0.5 * (noise * noise + math.log(2 * math.pi)) - log_scale
        log_q += tf.nn.softplus(logit) + tf.nn.softplus(-logit)  # -log du/dlogit
        return (k + u) / self.levels, volume + tf.reduce_sum(log_q, axis=[1, 2, 3])

    def middle(self, x):
        """y in the middle of its cell."""
        return (level_index(x, self.levels) + 0.5) / self.levels

    def grey(self, y):
        """y as a grey value in [0, 1], levels at the middles of their cells."""
        return tf.clip_by_value((self.levels * y - 0.5) / (self.levels - 1), 0.0, 1.0)

    def rounded(self, y):
        """The level of y, as a grey value."""
        k = tf.clip_by_value(tf.floor(self.levels * y), 0.0, self.levels - 1.0)
        return k / (self.levels - 1)

    def check(self, x):
        """Raise `BadInput` for values that are no levels."""
        index = np.asarray(x, "float64") * (self.levels - 1)
        off = np.abs(index - np.round(index))
        if off.size and off.max() > 1e-2:
            worst = np.ravel(x)[off.argmax()]
            raise BadInput(
                f"this flow is of images of {self.levels} levels, k/{self.levels - 1}; "
                f"the data hold values such as {worst:.4g}. Tell it their number, "
                "levels=..., or round them."
            )
