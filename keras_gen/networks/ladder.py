"""The networks of a hierarchical VAE: up in steps, down in steps.

Levels are named from the top, the most abstract one, which is also the smallest. On the
way up each layer of the encoder says what it has seen about one level; on the way down
each network turns the level above into what is expected of the next.

Reference: Sonderby et al., Ladder Variational Autoencoders (arXiv:1602.02282).
"""

import itertools

import keras
from keras import layers

from keras_gen.arguments import Decay, Shape, Size, Sizes, checked
from keras_gen.layers.dropout import Dropout


@checked
def encoder(
    data_shape: Shape, sizes: Sizes, width: Size = 256, dropout: Decay = 0.0
) -> keras.Model:
    """From an example to means and raw scales of all levels, the top one first.

    Args:
        data_shape: shape of an example.
        sizes: how many latents each level has, from the top.
        width: of the hidden layers, of which there is one for each level.
        dropout: of the hidden units.

    Example:
        >>> encoder((8, 8, 1), sizes=[2, 4, 8]).output_shape
        (None, 28)
    """
    inputs = keras.Input(data_shape, name="x")
    x = inputs
    if len(data_shape) == 3:
        x = layers.Flatten()(layers.Rescaling(2.0, -1.0)(x))
    means, scales = [], []
    for size in reversed(sizes):
        x = layers.Dense(width, activation="relu")(x)
        x = Dropout(dropout)(x) if dropout else x
        means.insert(0, layers.Dense(size, dtype="float32")(x))
        scales.insert(0, layers.Dense(size, dtype="float32")(x))
    outputs = layers.Concatenate(dtype="float32")([*means, *scales])
    return keras.Model(inputs, outputs, name="ladder_encoder")


@checked
def down(sizes: Sizes, width: Size = 256) -> list[keras.Model]:
    """For each level below the top: from the level above to its mean and raw scale.

    Example:
        >>> [network.output_shape for network in down([2, 4, 8])]
        [(None, 8), (None, 16)]
    """
    networks = []
    for above, size in itertools.pairwise(sizes):
        z = keras.Input((above,), name="above")
        x = layers.Dense(width, activation="relu")(z)
        x = layers.Dense(2 * size, dtype="float32")(x)
        networks.append(keras.Model(z, x, name=f"down_to_{size}"))
    return networks
