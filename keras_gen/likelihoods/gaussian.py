"""Gaussian: measurements without levels.

    log p(x | m, s) = -1/2 sum_i ( (x_i - m_i)^2 / s_i^2 + log s_i^2 + log 2 pi )

The scale s is never silently one: it decides how much a pixel's error weighs against
everything else in an objective. Fixed, it is a number of the user's; shared, it is one
trained number, whose optimum is the root mean squared error; per pixel, the network
says where it is unsure. References: Rybkin et al., Simple and Effective VAE Training
with Calibrated Decoders (arXiv:2006.13202) for the shared scale.
Not here: full covariances.
"""

import math
from typing import Literal

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from keras_gen.arguments import Positive
from keras_gen.likelihoods.base import Likelihood, groups, sum_event

tfd = tfp.distributions

FLOOR = 1e-3  # a quarter of an 8-bit grey level; keeps densities of constants bounded
START = 0.3  # about the standard deviation of the pixels of natural images


@keras.saving.register_keras_serializable("keras_gen")
class Gaussian(Likelihood):
    """Independent normal dimensions; a mean each and, if learned per pixel, a scale.

    Args:
        scale: "pixel" (the network gives it, beside the mean), "shared" (one trained
            weight), or the standard deviation as a number.

    `sample_from` obeys the law of the head, so that its pixels may leave [0, 1].

    Example:
        >>> Gaussian("pixel").parameters((8, 8, 3)), Gaussian(0.1).parameters((2,))
        ((8, 8, 6), (2,))
    """

    law = "normal"

    def __init__(
        self, scale: Literal["pixel", "shared"] | Positive = "pixel", **kwargs
    ):
        super().__init__(**kwargs)
        self.scale = scale
        self.per_channel = 2 if scale == "pixel" else 1
        if scale == "shared":
            start = math.log(math.expm1(START - FLOOR))
            self.raw_scale = self.add_weight(
                shape=(),
                initializer=keras.initializers.Constant(start),
                autocast=False,
                name="raw_scale",
            )

    def moments(self, params):
        """Mean and standard deviation, of shapes that broadcast to the data's."""
        params = groups(params, self.per_channel)
        mean = params[..., 0]
        if self.scale == "pixel":
            return mean, tf.nn.softplus(params[..., 1]) + FLOOR
        if self.scale == "shared":
            return mean, tf.nn.softplus(tf.convert_to_tensor(self.raw_scale)) + FLOOR
        return mean, tf.constant(self.scale, tf.float32)

    def __call__(self, params):
        mean, scale = self.moments(params)
        return tfd.Independent(tfd.Normal(mean, scale), mean.shape.rank - 1)

    def log_prob(self, params, x):
        mean, scale = self.moments(params)
        error = (tf.cast(x, tf.float32) - mean) / scale
        terms = error * error + 2.0 * tf.math.log(scale) + math.log(2.0 * math.pi)
        return -0.5 * sum_event(terms, mean.shape.rank - 1)

    def mean(self, params):
        """The mean; clipped to [0, 1] if it is an image's."""
        mean, _ = self.moments(params)
        return tf.clip_by_value(mean, 0.0, 1.0) if mean.shape.rank == 4 else mean

    def sample_from(self, params, noise):
        mean, scale = self.moments(params)
        return mean + scale * tf.cast(noise, tf.float32)

    def get_config(self):
        return {**super().get_config(), "scale": self.scale}
