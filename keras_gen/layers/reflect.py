"""Padding with the image's own mirror, so that no frame of zeros is seen or drawn."""

import keras
import tensorflow as tf

from keras_gen.arguments import Checked, Size


@keras.saving.register_keras_serializable("keras_gen")
class Reflect(Checked, keras.layers.Layer):
    """Mirrors the outermost pixels, each border itself excluded.

    Args:
        pixels: how many on each side; fewer than the image has.

    Example:
        >>> row = tf.reshape([1.0, 2.0, 3.0], (1, 1, 3, 1))
        >>> Reflect(1)(tf.tile(row, (1, 3, 1, 1)))[0, 0, :, 0].numpy().tolist()
        [2.0, 1.0, 2.0, 3.0, 2.0]
    """

    def __init__(self, pixels: Size = 1, **kwargs):
        super().__init__(**kwargs)
        self.pixels = pixels

    def call(self, x):
        beside = [self.pixels, self.pixels]
        return tf.pad(x, [[0, 0], beside, beside, [0, 0]], "REFLECT")

    def compute_output_shape(self, shape):
        rows, height, width, channels = shape
        more = 2 * self.pixels
        sides = [side and side + more for side in (height, width)]
        return (rows, *sides, channels)

    def get_config(self):
        return {**super().get_config(), "pixels": self.pixels}
