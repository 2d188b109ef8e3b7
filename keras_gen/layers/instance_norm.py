"""Each map of each image on its own scale: neither batch nor neighbours matter.

    y = (x - m) r,    m = mean x,    r = 1 / sqrt( mean (x - m)^2 + epsilon ),

the means over height and width. With g the gradient of what comes after, that of x is

    r ( g - mean g - y mean(g y) ),

which takes half the passes over the map that the derivatives of each operation take.
"""

import keras
import tensorflow as tf

from keras_gen.arguments import Checked

EPSILON = 1e-5


@keras.saving.register_keras_serializable("keras_gen")
class InstanceNorm(Checked, keras.layers.Layer):
    """Instance normalisation of maps, without scales and offsets to be learned.

    Example:
        >>> x = tf.reshape([1.0, 3.0, 5.0, 7.0], (1, 2, 2, 1))
        >>> [f"{y:.2f}" for y in InstanceNorm()(x).numpy().ravel()]
        ['-1.34', '-0.45', '0.45', '1.34']
    """

    def call(self, x, training=False):
        wide = tf.cast(x, tf.float32)
        # A function with a gradient of its own is a wall to the converters.
        y = _learned(wide) if training else _normalised(wide, (1, 2))[0]
        return tf.cast(y, x.dtype)

    def compute_output_shape(self, shape):
        return shape


def _normalised(x, axes):
    """y and r."""
    x = x - tf.reduce_mean(x, axes, keepdims=True)
    r = tf.math.rsqrt(tf.reduce_mean(tf.square(x), axes, keepdims=True) + EPSILON)
    return x * r, r


@tf.custom_gradient
def _learned(x):
    shape = tf.shape(x)
    rows = tf.stack([shape[0], shape[1] * shape[2], shape[3]])  # one axis is faster
    y, r = _normalised(tf.reshape(x, rows), (1,))

    def gradient(g):
        g = tf.reshape(g, rows)
        mean, along = (tf.reduce_mean(h, 1, keepdims=True) for h in (g, g * y))
        return tf.reshape(r * (g - mean - y * along), shape)

    return tf.reshape(y, shape), gradient
