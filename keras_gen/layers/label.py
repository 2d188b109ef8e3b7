"""What a label does in a network: it is told, or it chooses.

Told, its one-hot code lies beside what the network is given: after the numbers of a
vector; as constant channels of an image. A label of several answers is its own code.
"""

import keras
import tensorflow as tf

from keras_gen.arguments import Checked, Size


def told(tensor, label, classes: int):
    """The tensor with `classes` more channels, the code of its labels."""
    label = tf.convert_to_tensor(label)
    if label.shape.rank == 2:
        code = tf.cast(label, tensor.dtype)
    else:
        code = tf.one_hot(label, classes, dtype=tensor.dtype)
    for _ in tensor.shape[2:]:
        code = code[:, None]
    # Of a product with ones tf2onnx confuses the axes, where an image has any size.
    return tf.concat([tensor, code + tf.zeros_like(tensor[..., :1])], axis=-1)


@keras.saving.register_keras_serializable("keras_gen")
class Tell(Checked, keras.layers.Layer):
    """`told` as a layer, from a tensor and its labels.

    Args:
        classes: how many labels there are, from 0 on, or answers in each.

    Example:
        >>> Tell(3)([tf.zeros((1, 2)), tf.constant([1])])[0].numpy()
        array([0., 0., 0., 1., 0.], dtype=float32)
    """

    def __init__(self, classes: Size, **kwargs):
        super().__init__(**kwargs)
        self.classes = classes

    def call(self, inputs):
        return told(*inputs, self.classes)

    def compute_output_shape(self, shapes):
        *rest, channels = shapes[0]
        return (*rest, channels + self.classes)

    def get_config(self):
        return {**super().get_config(), "classes": self.classes}


@keras.saving.register_keras_serializable("keras_gen")
class Choose(keras.layers.Layer):
    """Of several tensors, for each example that of its label.

    Example:
        >>> a, b = tf.constant([[1.0], [2.0]]), tf.constant([[3.0], [4.0]])
        >>> Choose()([a, b, tf.constant([1, 0])]).numpy().tolist()
        [[3.0], [2.0]]
    """

    def __init__(self, **kwargs):
        super().__init__(autocast=False, **kwargs)  # an image stays what it is

    def call(self, inputs):
        *tensors, label = inputs
        code = tf.one_hot(label, len(tensors), dtype=tensors[0].dtype)
        for _ in tensors[0].shape[1:]:
            code = code[..., None]
        return tf.reduce_sum(tf.stack(tensors, axis=1) * code, axis=1)

    def compute_output_shape(self, shapes):
        return shapes[0]
