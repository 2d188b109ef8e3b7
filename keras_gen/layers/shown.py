"""How a network is shown an array that it may not be shown.

What is shown lies in [0, 1], and -1 everywhere is nothing. The network sees it around
0, and beside it whether there is anything: grey is not nothing.
"""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("keras_gen")
class Shown(keras.layers.Layer):
    """From y in [0, 1] to 2 y - 1 and a 1; from nothing to zeros.

    Example:
        >>> Shown()(tf.constant([[0.5, 1.0], [-1.0, -1.0]])).numpy().tolist()
        [[0.0, 1.0, 1.0], [0.0, 0.0, 0.0]]
    """

    def call(self, y):
        around = tf.where(y >= 0, 2 * y - 1, tf.zeros_like(y))
        return tf.concat([around, tf.cast(y[..., :1] >= 0, y.dtype)], axis=-1)

    def compute_output_shape(self, shape):
        return (*shape[:-1], shape[-1] + 1)
