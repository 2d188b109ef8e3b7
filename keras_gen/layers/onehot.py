"""One-hot codes of levels: for data whose levels are names, not quantities."""

from typing import Annotated

import keras
import tensorflow as tf

from keras_gen.arguments import Checked, within


@keras.saving.register_keras_serializable("keras_gen")
class OneHot(Checked, keras.layers.Layer):
    """Of one channel of levels k / (levels - 1), `levels` channels, the k-th of them 1.

    Args:
        levels: how many.

    Example:
        >>> OneHot(3)(tf.constant([[[[0.5]]]])).numpy().tolist()
        [[[[0.0, 1.0, 0.0]]]]
    """

    def __init__(self, levels: Annotated[int, within("[2, 65536]")], **kwargs):
        super().__init__(autocast=False, **kwargs)  # half precision would mix them up
        self.levels = levels

    def call(self, x):
        k = tf.cast(tf.round(x[..., 0] * (self.levels - 1)), tf.int32)
        return tf.one_hot(k, self.levels, dtype=self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.levels)

    def get_config(self):
        return {**super().get_config(), "levels": self.levels}
