"""Pixel normalisation: the features of each place have unit mean square.

    y = x / sqrt( mean over the channels of x^2  +  1e-8 )

It has no weights and looks at one example only. In a generator it keeps the two players
from driving each other's signals up without end.

Reference: Karras et al., Progressive Growing of GANs (arXiv:1710.10196), section 4.2.
"""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("keras_gen")
class PixelNorm(keras.layers.Layer):
    """Of a map, or of vectors.

    Example:
        >>> PixelNorm()(tf.constant([[3.0, 3.0, -3.0]])).numpy().round(3).tolist()
        [[1.0, 1.0, -1.0]]
    """

    def call(self, x):
        exact = tf.cast(x, "float32")  # 1e-8 is zero in half precision
        power = tf.reduce_mean(tf.square(exact), -1, keepdims=True)
        return tf.cast(exact * tf.math.rsqrt(power + 1e-8), x.dtype)

    def compute_output_shape(self, shape):
        return shape
