"""Fading a finer way in, as a function of how far a network has grown.

A network with sizes 0, 1, ..., S has a *growth* g between 0 and S. Where it could go a
coarse way or the fine way of level s, it goes both:

    y = (1 - a) coarse + a fine,     a = g - (s - 1)  within [0, 1]

so a level below g is there as a whole, one above g + 1 not at all.

Reference: Karras et al., Progressive Growing of GANs (arXiv:1710.10196), figure 2.
"""

import keras
import tensorflow as tf

from keras_gen.arguments import Checked, CountFrom0


def fade(coarse, fine, growth, level: int):
    """y, of two batches and one growth for each example."""
    a = tf.clip_by_value(growth - (level - 1), 0.0, 1.0)
    a = tf.reshape(tf.cast(a, fine.dtype), (-1,) + (1,) * (fine.shape.rank - 1))
    return (1 - a) * coarse + a * fine


@keras.saving.register_keras_serializable("keras_gen")
class Fade(Checked, keras.layers.Layer):
    """`fade` as a layer, from the two and the growth.

    Args:
        level: s, the number of the finer size.

    Example:
        >>> Fade(2)([tf.zeros((1, 1)), tf.ones((1, 1)), tf.constant([1.25])]).numpy()
        array([[0.25]], dtype=float32)
    """

    def __init__(self, level: CountFrom0, **kwargs):
        super().__init__(**{**kwargs, "autocast": False})  # a growth of 7.02 is not 7
        self.level = level

    def call(self, inputs):
        return fade(*inputs, self.level)

    def compute_output_shape(self, shapes):
        return shapes[1]

    def get_config(self):
        return {**super().get_config(), "level": self.level}
