"""Telling a network a label: its one-hot code, beside what the network is given.

After the numbers of a vector; as constant channels of an image.
"""

import keras
import tensorflow as tf


def told(tensor, label, classes: int):
    """The tensor with `classes` more channels, the one-hot code of its labels."""
    code = tf.one_hot(label, classes, dtype=tensor.dtype)
    for _ in tensor.shape[2:]:
        code = code[:, None]
    return tf.concat([tensor, code * tf.ones_like(tensor[..., :1])], axis=-1)


@keras.saving.register_keras_serializable("keras_gen")
class Tell(keras.layers.Layer):
    """`told` as a layer, from a tensor and its labels.

    Args:
        classes: how many labels there are, from 0 on.

    Example:
        >>> Tell(3)([tf.zeros((1, 2)), tf.constant([1])])[0].numpy()
        array([0., 0., 0., 1., 0.], dtype=float32)
    """

    def __init__(self, classes: int, **kwargs):
        super().__init__(**kwargs)
        self.classes = classes

    def call(self, inputs):
        return told(*inputs, self.classes)

    def compute_output_shape(self, shapes):
        *rest, channels = shapes[0]
        return (*rest, channels + self.classes)

    def get_config(self):
        return {**super().get_config(), "classes": self.classes}
