"""Equalised learning rates: weights of unit variance, scaled where they are used.

    y = c w x + b,     w ~ N(0, 1) at first,     c = gain / sqrt(fan in)

is a layer that begins as He's does (gain sqrt(2): a rectified unit lets half of the
variance through). But an optimizer that moves each weight by the same amount, as Adam
does, moves every layer by the same share of its range, however wide it is. The gradient
that reaches a stored weight is c times that of the weight as it is used.

Reference: Karras et al., Progressive Growing of GANs (arXiv:1710.10196), section 4.1.
"""

import math

import keras

from keras_gen.arguments import Checked, Positive

SQRT2 = math.sqrt(2)


@keras.saving.register_keras_serializable("keras_gen")
class Equalised(Checked, keras.layers.Wrapper):
    """A dense or convolutional layer whose stored kernel has unit variance at first.

    Args:
        layer: a layer with a `kernel`.
        gain: of the standard deviation; sqrt(2) before a rectifier, else 1.

    Example:
        >>> Equalised(keras.layers.Dense(8))(tf.ones((2, 4))).shape
        TensorShape([2, 8])
    """

    def __init__(self, layer: keras.layers.Layer, gain: Positive = SQRT2, **kwargs):
        super().__init__(layer, **{**kwargs, "autocast": False})
        self.gain = gain
        layer.kernel_initializer = keras.initializers.RandomNormal(stddev=1.0)

    def build(self, input_shape):
        super().build(input_shape)
        *seen, last = self.layer.kernel.shape
        if isinstance(self.layer, keras.layers.Conv2DTranspose):
            seen = [last]  # of one place
        self.scale = self.gain / math.sqrt(math.prod(seen))

    def call(self, inputs):
        kernel = self.layer.kernel
        with keras.StatelessScope([(kernel, kernel.value * self.scale)]):
            return self.layer(inputs)

    def compute_output_shape(self, input_shape):
        return self.layer.compute_output_shape(input_shape)

    def get_config(self):
        return {**super().get_config(), "gain": self.gain}
