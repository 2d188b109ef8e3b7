"""Ways to spoil an example, as pure functions of noise.

    GaussianNoise    x + stddev * noise
    Masking          each value is 0 with probability `rate`
    SaltAndPepper    each value is 0 or 1, with probability `rate` / 2 each

A corruption says the law and the shape of the noise it takes, and draws none itself.
"""

from dataclasses import dataclass
from typing import Annotated

import tensorflow as tf

from keras_gen.arguments import Positive, within
from keras_gen.parts import Part, part


class Corruption(Part):
    """`corruption(x, noise)` is the spoilt x, for noise of its law and shape."""

    law = "uniform"

    def noise_shape(self, data_shape) -> tuple[int, ...]:
        """One number for each value of an example."""
        return tuple(data_shape)

    def __call__(self, x, noise):
        raise NotImplementedError


@part
class GaussianNoise(Corruption):
    """Added to each value, and not clipped: then the best denoiser knows the score.

    Args:
        stddev: of the noise.

    Example:
        >>> GaussianNoise(0.5)(tf.ones((1, 2)), tf.constant([[1.0, -2.0]])).numpy()
        array([[1.5, 0. ]], dtype=float32)
    """

    stddev: Positive
    law = "normal"

    def __call__(self, x, noise):
        return x + self.stddev * noise


@dataclass(frozen=True)
class _Rated(Corruption):
    rate: Annotated[float, within("(0, 1)")]


@part
class Masking(_Rated):
    """Values that are lost, and read 0.

    Args:
        rate: the share of values that are lost.
    """

    def __call__(self, x, noise):
        return tf.where(noise < self.rate, 0.0, x)


@part
class SaltAndPepper(_Rated):
    """Values that are stuck at 0 or at 1.

    Args:
        rate: the share of values that are stuck, half of them at either end.
    """

    def __call__(self, x, noise):
        x = tf.where(noise < self.rate / 2, 0.0, x)
        return tf.where(noise >= 1 - self.rate / 2, 1.0, x)
