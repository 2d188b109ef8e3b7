"""Fully connected networks, for small images, points and codes.

The activation "glu" makes gated layers: `width` numbers h sigmoid(g), both h and g
linear in what comes in.
"""

import math

import keras
from keras import layers

from keras_gen.arguments import (
    Activation,
    CountFrom0,
    Decay,
    ImageShape,
    Shape,
    Size,
    checked,
)
from keras_gen.layers.dropout import Dropout
from keras_gen.layers.spectral import SpectralNorm


def _trunk(x, width, depth, activation, dropout, dense=layers.Dense):
    for _ in range(depth):
        if activation == "glu":
            gate = dense(width, activation="sigmoid")(x)
            x = layers.Multiply()([dense(width)(x), gate])
        else:
            x = dense(width, activation=activation)(x)
        x = Dropout(dropout)(x) if dropout else x
    return x


@checked
def encoder(
    data_shape: Shape,
    outputs: Size,
    width: Size = 256,
    depth: CountFrom0 = 2,
    activation: Activation = "relu",
    dropout: Decay = 0.0,
    spectral: bool = False,
    last_bias: bool = True,
    centred: bool = True,
) -> keras.Model:
    """From an example to a vector of `outputs` numbers: an encoder, or a critic.

    `centred` takes the pixels of images to [-1, 1]; of those that are mostly black, as
    MNIST's, gated layers learn faster if they come as they are.
    `spectral` divides each layer by its spectral norm, which makes the critic
    1-Lipschitz with an activation that is. `last_bias` is for critics whose loss only
    compares scores: there an offset has no gradient.

    Example:
        >>> encoder((8, 8, 1), 2 * 4).output_shape
        (None, 8)
    """
    inputs = keras.Input(data_shape, name="x")
    x = inputs
    if len(data_shape) == 3:
        x = layers.Flatten()(layers.Rescaling(2.0, -1.0)(x) if centred else x)
    dense = _spectral_dense if spectral else layers.Dense
    x = _trunk(x, width, depth, activation, dropout, dense)
    x = dense(outputs, use_bias=last_bias, dtype="float32")(x)
    return keras.Model(inputs, x, name="mlp_encoder")


def _spectral_dense(units, dtype=None, **kwargs):
    return SpectralNorm(layers.Dense(units, dtype=dtype, **kwargs), dtype=dtype)


@checked
def joint(
    data_shape: Shape,
    latent_dim: Size,
    outputs: Size = 1,
    width: Size = 256,
    depth: CountFrom0 = 2,
    activation: Activation = "leaky_relu",
    dropout: Decay = 0.0,
) -> keras.Model:
    """From an example and a latent to a vector: a critic of pairs.

    Example:
        >>> joint((8, 8, 1), 4).input_shape
        [(None, 8, 8, 1), (None, 4)]
    """
    inputs = keras.Input(data_shape, name="x"), keras.Input((latent_dim,), name="z")
    x = inputs[0]
    if len(data_shape) == 3:
        x = layers.Flatten()(layers.Rescaling(2.0, -1.0)(x))
    x = layers.Concatenate()([x, inputs[1]])
    x = _trunk(x, width, depth, activation, dropout)
    x = layers.Dense(outputs, dtype="float32")(x)
    return keras.Model(inputs, x, name="mlp_joint")


@checked
def decoder(
    latent_dim: Size,
    output_shape: Shape,
    width: Size = 256,
    depth: CountFrom0 = 2,
    activation: Activation = "relu",
    dropout: Decay = 0.0,
) -> keras.Model:
    """From a latent vector to unbounded parameters of shape `output_shape`.

    Example:
        >>> decoder(4, (8, 8, 17)).output_shape
        (None, 8, 8, 17)
    """
    inputs = keras.Input((latent_dim,), name="z")
    x = _trunk(inputs, width, depth, activation, dropout)
    x = layers.Dense(math.prod(output_shape), dtype="float32")(x)
    if len(output_shape) > 1:
        x = layers.Reshape(output_shape)(x)
    return keras.Model(inputs, x, name="mlp_decoder")


@checked
def restorer(
    data_shape: Shape,
    output_shape: Shape | None = None,
    width: Size = 256,
    depth: CountFrom0 = 2,
    activation: Activation = "relu",
) -> keras.Model:
    """From a spoilt example to unbounded parameters, of the shape of examples if None.

    Example:
        >>> restorer((8, 8, 1), (8, 8, 17), 32).output_shape
        (None, 8, 8, 17)
    """
    output_shape = output_shape or data_shape
    inputs = keras.Input(data_shape, name="x")
    x = layers.Flatten()(layers.Rescaling(2.0, -1.0)(inputs))
    x = _trunk(x, width, depth, activation, 0.0)
    x = layers.Dense(math.prod(output_shape), dtype="float32")(x)
    x = layers.Reshape(output_shape, dtype="float32")(x)
    return keras.Model(inputs, x, name="mlp_restorer")


@checked
def generator(
    latent_dim: Size,
    image_shape: ImageShape,
    width: Size = 256,
    depth: CountFrom0 = 2,
    activation: Activation = "relu",
) -> keras.Model:
    """From a latent vector to an image in [0, 1].

    Example:
        >>> generator(16, (8, 8, 1)).output_shape
        (None, 8, 8, 1)
    """
    network = decoder(latent_dim, image_shape, width, depth, activation)
    x = layers.Activation("sigmoid", dtype="float32")(network.output)
    return keras.Model(network.input, x, name="mlp_generator")
