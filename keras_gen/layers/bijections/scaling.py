"""Steps that scale: each channel, each number, or [0, 1] to the line.

    ActNorm    z = (x + b) exp(s), by channel         log det = places * sum s
    Stretch    z = x exp(s), by number                log det = sum s
    Logit      z = logit(a + (1 - 2 a) x)             log det = sum of log dz/dx

ActNorm sets b and s once, by the first batch of a training, so that its channels have
mean zero and deviation one there; from then on they are weights as all others. (It
takes the place of batch normalisation: no example looks at another.) Whether it was
done is a weight, too, so that it is not done again after loading.

References: Kingma & Dhariwal, Glow (arXiv:1807.03039), section 3.1; Dinh et al., NICE
(arXiv:1410.8516), section 3.3; Dinh et al., Density estimation using Real NVP
(arXiv:1605.08803), section 4.1.
"""

import math
from typing import Annotated

import keras
import tensorflow as tf

from keras_gen.arguments import Shape, Size, within
from keras_gen.layers.bijections.base import Bijection, total


@keras.saving.register_keras_serializable("keras_gen")
class ActNorm(Bijection):
    """A shift and a scale of each channel, begun at those that normalise.

    Args:
        channels: of the last axis.

    Example:
        >>> z, _ = ActNorm(2)(tf.constant([[1.0, 5.0], [3.0, 5.0]]), training=True)
        >>> z.numpy().round(3)
        array([[-1.,  0.],
               [ 1.,  0.]], dtype=float32)
    """

    def __init__(self, channels: Size, **kwargs):
        super().__init__(**kwargs)
        self.channels = channels
        # All replicas assign the same.
        own = {"shape": (channels,), "aggregation": "only_first_replica"}
        self.shift = self.add_weight(name="shift", initializer="zeros", **own)
        self.log_scale = self.add_weight(name="log_scale", initializer="zeros", **own)
        self.known = self.add_weight(
            name="known",
            shape=(),
            initializer="zeros",
            trainable=False,
            aggregation="only_first_replica",
        )

    def settle(self, x):
        """Take b and s from this batch, of all replicas, unless that was done."""
        x = tf.stop_gradient(tf.reshape(x, (-1, self.channels)))
        known = self.known.value > 0.5

        def sums():
            rows = tf.ones_like(x[:, 0])
            n = tf.fill((self.channels,), tf.reduce_sum(rows))
            return tf.stack([n, tf.reduce_sum(x, axis=0), tf.reduce_sum(x * x, axis=0)])

        n, first, second = tf.unstack(
            tf.distribute.get_replica_context().all_reduce(
                "sum",
                tf.cond(known, lambda: tf.ones((3, self.channels), x.dtype), sums),
            )
        )
        mean = first / n
        variance = tf.maximum(second / n - mean * mean, 0.0)
        log_scale = -0.5 * tf.math.log(variance + 1e-6)
        self.shift.assign(tf.where(known, self.shift.value, -mean))
        self.log_scale.assign(tf.where(known, self.log_scale.value, log_scale))
        self.known.assign(tf.ones_like(self.known.value))

    def forward(self, x, context=None, training=False):
        if training:
            self.settle(x)
        places = math.prod(x.shape[1:-1])
        log_det = places * tf.reduce_sum(self.log_scale.value)
        z = (x + self.shift.value) * tf.exp(self.log_scale.value)
        return z, log_det * tf.ones_like(total(x))

    def inverse(self, z, context=None):
        return z * tf.exp(-self.log_scale.value) - self.shift.value


@keras.saving.register_keras_serializable("keras_gen")
class Normed(ActNorm):
    """ActNorm as a layer of a network, in the network's own precision.

    Example:
        >>> Normed(2)(tf.zeros((1, 2))).shape
        TensorShape([1, 2])
    """

    def call(self, x, training=False):
        return self.forward(x, training=training)[0]

    def compute_output_shape(self, shape):
        return shape


@keras.saving.register_keras_serializable("keras_gen")
class Stretch(Bijection):
    """A scale of each number; the one step of NICE that changes volumes.

    Args:
        size: how many numbers.

    Example:
        >>> float(Stretch(2)(tf.ones((1, 2)))[1][0])
        0.0
    """

    def __init__(self, size: Size, **kwargs):
        super().__init__(**kwargs)
        self.size = size
        self.log_scale = self.add_weight(
            name="log_scale", shape=(size,), initializer="zeros"
        )

    def forward(self, x, context=None, training=False):
        log_det = tf.reduce_sum(self.log_scale.value)
        return x * tf.exp(self.log_scale.value), log_det * tf.ones_like(x[:, 0])

    def inverse(self, z, context=None):
        return z * tf.exp(-self.log_scale.value)


@keras.saving.register_keras_serializable("keras_gen")
class Logit(Bijection):
    """From [0, 1] to the line; the ends are kept off by a little.

    Args:
        margin: a; how far.

    Example:
        >>> float(Logit()(tf.fill((1, 1), 0.5))[0][0, 0])
        0.0
    """

    def __init__(self, margin: Annotated[float, within("(0, .5)")] = 0.05, **kwargs):
        super().__init__(**kwargs)
        self.margin = margin

    def forward(self, x, context=None, training=False):
        p = self.margin + (1 - 2 * self.margin) * x
        log_p, log_q = tf.math.log(p), tf.math.log(1.0 - p)
        log_slope = math.log(1 - 2 * self.margin) - log_p - log_q
        return log_p - log_q, total(log_slope)

    def inverse(self, z, context=None):
        return (tf.sigmoid(z) - self.margin) / (1 - 2 * self.margin)


@keras.saving.register_keras_serializable("keras_gen")
class Flatten(Bijection):
    """An image as a vector.

    Args:
        shape: of the image.

    Example:
        >>> Flatten((2, 2, 1))(tf.zeros((3, 2, 2, 1)))[0].shape
        TensorShape([3, 4])
    """

    def __init__(self, shape: Shape, **kwargs):
        super().__init__(**kwargs)
        self.shape = tuple(shape)

    def forward(self, x, context=None, training=False):
        return tf.reshape(x, (-1, math.prod(self.shape))), tf.zeros_like(total(x))

    def inverse(self, z, context=None):
        return tf.reshape(z, (-1, *self.shape))
