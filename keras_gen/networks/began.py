"""The networks of BEGAN: a decoder, and an autoencoder whose second half is another.

Convolutions of 3x3 with exponential linear units, two on each size of the map; no
normalisation. The decoder doubles the map by repeating values, at one width; the
encoder halves it with a stride, and each level has `width` channels more.

At 64x64x3, latent 64 and width 128: 1,716,611 and 13,405,379 parameters, as in the
implementation by T. Kim. Other sizes have as many levels as lead to a side of 4 to 7,
and 64 stops at 8.

Reference: Berthelot, Schumm & Metz, BEGAN (arXiv:1703.10717), figure 1.
Not here: their linear output, which may leave the range of images; ours is a tanh.
"""

import keras
from keras import layers

from keras_gen.arguments import ImageShape, Size, checked
from keras_gen.layers.resize import Double
from keras_gen.networks.conv import levels


def _conv(channels, stride=1):
    return layers.Conv2D(channels, 3, stride, "same", activation="elu")


def _halvings(image_shape):
    return min(levels(image_shape), 3)  # 64 to 8, as published


def _decode(x, image_shape, width):
    n = _halvings(image_shape)
    side = (image_shape[0] // 2**n, image_shape[1] // 2**n)
    x = layers.Dense(side[0] * side[1] * width)(x)
    x = layers.Reshape((*side, width))(x)
    for level in range(n + 1):
        x = Double()(x) if level else x
        x = _conv(width)(_conv(width)(x))
    x = layers.Conv2D(image_shape[-1], 3, padding="same", dtype="float32")(x)
    x = layers.Activation("tanh", dtype="float32")(x)
    return layers.Rescaling(0.5, 0.5, dtype="float32")(x)


@checked
def generator(
    latent_dim: Size, image_shape: ImageShape, width: Size = 128
) -> keras.Model:
    """From a latent vector to an image in [0, 1].

    Example:
        >>> generator(64, (64, 64, 3)).count_params()
        1716611
    """
    inputs = keras.Input((latent_dim,), name="z")
    outputs = _decode(inputs, image_shape, width)
    return keras.Model(inputs, outputs, name="began_generator")


@checked
def autoencoder(
    image_shape: ImageShape, latent_dim: Size, width: Size = 128
) -> keras.Model:
    """From an image to itself, by way of `latent_dim` numbers."""
    inputs = keras.Input(image_shape, name="x")
    n = _halvings(image_shape)
    x = _conv(width)(layers.Rescaling(2.0, -1.0)(inputs))
    for level in range(1, n + 2):
        x = _conv(width * level)(_conv(width * level)(x))
        x = _conv(width * level, 2)(x) if level <= n else x
    x = layers.Dense(latent_dim)(layers.Flatten()(x))
    outputs = _decode(x, image_shape, width)
    return keras.Model(inputs, outputs, name="began_autoencoder")
