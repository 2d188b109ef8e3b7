"""Stacks of dense layers that narrow to a code, and widen again.

With the units (1000, 500, 250) and a code of 30 numbers these are the published
networks for 28x28 images, 2,837,314 parameters together; with no units at all, a linear
map and its way back, whose best reconstruction is that of principal components.

Reference: Hinton & Salakhutdinov, Reducing the Dimensionality of Data with Neural
Networks (Science 313, 2006).
"""

import math

import keras
from keras import layers

from keras_gen.arguments import Activation, Shape, Size, Sizes, checked


@checked
def encoder(
    data_shape: Shape, codes: Size, units: Sizes = (), activation: Activation = "relu"
) -> keras.Model:
    """From an example to a linear code, through layers of so many `units`.

    Example:
        >>> encoder((28, 28, 1), 30, (1000, 500, 250), "sigmoid").count_params()
        1418280
    """
    inputs = keras.Input(data_shape, name="x")
    x = layers.Flatten()(inputs)
    for width in units:
        x = layers.Dense(width, activation=activation)(x)
    x = layers.Dense(codes, dtype="float32")(x)
    return keras.Model(inputs, x, name="deep_encoder")


@checked
def decoder(
    codes: Size, data_shape: Shape, units: Sizes = (), activation: Activation = "relu"
) -> keras.Model:
    """The way back; `units` are those of the encoder, in the encoder's order.

    Example:
        >>> decoder(30, (28, 28, 1), (1000, 500, 250), "sigmoid").count_params()
        1419034
    """
    inputs = keras.Input((codes,), name="z")
    x = inputs
    for width in reversed(units):
        x = layers.Dense(width, activation=activation)(x)
    x = layers.Dense(math.prod(data_shape), dtype="float32")(x)
    x = layers.Reshape(data_shape, dtype="float32")(x)
    return keras.Model(inputs, x, name="deep_decoder")
