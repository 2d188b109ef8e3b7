"""What the couplings of flows ask: small networks that end near zero.

Near, and not at zero as the papers begin: a step is then almost the identity, and all
weights have a gradient at once. A context, if there is one, is a second input: beside
the numbers of a vector, or as constant channels of an image.

References: Dinh et al., NICE (arXiv:1410.8516), section 5.1; Dinh et al., Density
estimation using Real NVP (arXiv:1605.08803), section 3.6; Kingma & Dhariwal, Glow
(arXiv:1807.03039), its code.
"""

import keras
from keras import layers

from keras_gen.arguments import (
    Activation,
    CountFrom0,
    ImageShape,
    Positive,
    Size,
    checked,
)
from keras_gen.layers.bijections.base import exact
from keras_gen.layers.bijections.scaling import Normed

SMALL = 0.02  # deviation of the last kernel


def _last(kind, *args, **kwargs):
    start = keras.initializers.RandomNormal(stddev=SMALL)
    return kind(*args, kernel_initializer=start, dtype=exact(), **kwargs)


def _told(shape, context):
    """The inputs, and what the first layer sees of them."""
    x = keras.Input(shape, name="x")
    if not context:
        return x, x
    told = keras.Input((context,), name="context")
    if len(shape) == 1:
        return [x, told], layers.Concatenate()([x, told])
    height, width, _ = shape
    grid = layers.Reshape((height, width, context))(
        layers.RepeatVector(height * width)(told)
    )
    return [x, told], layers.Concatenate()([x, grid])


@checked
def dense(
    inputs: Size,
    outputs: Size,
    width: Size = 64,
    depth: Size = 2,
    context: CountFrom0 = 0,
    activation: Activation = "relu",
) -> keras.Model:
    """From a vector to a vector, by hidden layers of one width.

    Example:
        >>> dense(2, 4, context=3).input_shape
        [(None, 2), (None, 3)]
    """
    given, x = _told((inputs,), context)
    for _ in range(depth):
        x = layers.Dense(width, activation=activation)(x)
    return keras.Model(given, _last(layers.Dense, outputs)(x), name="flow_dense")


@checked
def residual(
    image_shape: ImageShape,
    outputs: Size,
    width: Size = 32,
    depth: Size = 2,
    context: CountFrom0 = 0,
) -> keras.Model:
    """RealNVP's: residual blocks of two 3x3 convolutions, at the image's one size.

    Example:
        >>> residual((8, 8, 1), 2, width=4).output_shape
        (None, 8, 8, 2)
    """
    given, x = _told(image_shape, context)
    x = layers.Conv2D(width, 3, padding="same")(x)
    for _ in range(depth):
        y = layers.Conv2D(width, 3, padding="same")(layers.ReLU()(x))
        y = layers.Conv2D(width, 3, padding="same")(layers.ReLU()(y))
        x = layers.Add()([x, y])
    last = _last(layers.Conv2D, outputs, 3, padding="same")
    return keras.Model(given, last(layers.ReLU()(x)), name="flow_residual")


@checked
def normed(
    image_shape: ImageShape, outputs: Size, width: Size = 512, context: CountFrom0 = 0
) -> keras.Model:
    """Glow's: a 3x3, a 1x1 and a 3x3 convolution, normed between, scaled at the end.

    Example:
        >>> normed((8, 8, 2), 4, width=4).output_shape
        (None, 8, 8, 4)
    """
    given, x = _told(image_shape, context)
    for kernel in (3, 1):
        x = layers.Conv2D(width, kernel, padding="same", use_bias=False)(x)
        x = layers.ReLU()(Normed(width)(x))
    return keras.Model(given, scaled(x, outputs), name="flow_normed")


def scaled(x, outputs):
    """A 3x3 convolution whose channels have a gain, exp(3 s), of their own."""
    x = _last(layers.Conv2D, outputs, 3, padding="same")(x)
    return Gain()(x)


@checked
def conditional(image_shape: ImageShape, outputs: Size) -> keras.Model:
    """From an image to numbers at each place, by one convolution.

    Example:
        >>> conditional((8, 8, 2), 4).output_shape
        (None, 8, 8, 4)
    """
    x = keras.Input(image_shape, name="x")
    return keras.Model(x, scaled(x, outputs), name="flow_conditional")


@keras.saving.register_keras_serializable("keras_gen")
class Gain(layers.Layer):
    """Each channel times exp(3 s): the gain learns faster than the kernel before it.

    Example:
        >>> Gain()(keras.ops.ones((1, 2))).numpy()
        array([[1., 1.]], dtype=float32)
    """

    def __init__(self, rate: Positive = 3.0, **kwargs):
        super().__init__(**{"dtype": exact(), **kwargs})
        self.rate = rate

    def build(self, shape):
        self.log_gain = self.add_weight(
            name="log_gain", shape=(shape[-1],), initializer="zeros"
        )

    def call(self, x):
        return x * keras.ops.exp(self.rate * self.log_gain)

    def get_config(self):
        return {**super().get_config(), "rate": self.rate}
