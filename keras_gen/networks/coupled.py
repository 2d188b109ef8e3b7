"""The parts of a coupled game of small images.

What a domain has of its own is local: how a map of features is drawn, and how pixels
become such a map. So what an image shows, and where, is up to the shared layers. (Own
layers that see the whole image could show a 3 in one domain for a 5 in the other.)
"""

import math

import keras
from keras import layers

from keras_gen.arguments import Decay, ImageShape, Size, checked
from keras_gen.layers.dropout import Dropout


@checked
def conv(
    latent_dim: Size,
    image_shape: ImageShape,
    domains: Size = 2,
    width: Size = 128,
    channels: Size = 4,
    dropout: Decay = 0.0,
) -> dict:
    """What `CoGAN` takes: a trunk with heads, and stems with a tail.

    A head and a stem are one convolution each, of 3x3.

    Args:
        latent_dim: numbers of a latent.
        image_shape: of the images of every domain.
        domains: how many heads and stems.
        width: of the fully connected layers of trunk and tail.
        channels: of the maps between what is shared and what is not.
        dropout: share of the tail's units that are left out.

    Example:
        >>> sorted(conv(16, (8, 8, 1)))
        ['heads', 'stems', 'tail', 'trunk']
    """
    between = (*image_shape[:2], channels)

    def network(shape, *stack):
        inputs = x = keras.Input(shape)
        for layer in stack:
            x = layer(x)
        return keras.Model(inputs, x)

    def head():
        drawn = layers.Conv2D(image_shape[-1], 3, padding="same", dtype="float32")
        return network(between, drawn, layers.Activation("sigmoid", dtype="float32"))

    def stem():
        read = layers.Conv2D(channels, 3, padding="same", activation="leaky_relu")
        return network(image_shape, layers.Rescaling(2.0, -1.0), read)

    return {
        "trunk": network(
            (latent_dim,),
            layers.Dense(width, activation="relu"),
            layers.Dense(width, activation="relu"),
            layers.Dense(math.prod(between), activation="relu"),
            layers.Reshape(between),
        ),
        "heads": [head() for _ in range(domains)],
        "stems": [stem() for _ in range(domains)],
        "tail": network(
            between,
            layers.Flatten(),
            Dropout(dropout),
            layers.Dense(width, activation="leaky_relu"),
            Dropout(dropout),
            layers.Dense(1, dtype="float32"),
        ),
    }
