"""The networks of VQ-VAE: strided convolutions and a few residual blocks.

At width 128 with two halvings and two blocks, for colour images and vectors of 64
numbers, the two networks have the 662,723 parameters of the published set-up.

Reference: van den Oord et al. (arXiv:1711.00937), section 4.1.
"""

import keras
from keras import layers

from keras_gen.arguments import CountFrom0, ImageShape, Size, checked
from keras_gen.errors import BadInput


@checked
def encoder(
    image_shape: ImageShape,
    dim: Size,
    width: Size = 128,
    residual: Size = 32,
    halvings: CountFrom0 = 2,
    blocks: CountFrom0 = 2,
) -> keras.Model:
    """From an image to a map of vectors.

    Args:
        image_shape: whose sides can be halved so often.
        dim: length of the vectors.
        width: channels; of the halvings, each has half of the next one's.
        residual: channels inside the residual blocks.
        halvings: of the sides.
        blocks: residual ones.

    Example:
        >>> encoder((32, 32, 3), 64).output_shape
        (None, 8, 8, 64)
    """
    if image_shape[0] % 2**halvings or image_shape[1] % 2**halvings:
        raise BadInput(
            f"images of {image_shape[0]}x{image_shape[1]} cannot be halved "
            f"{halvings} times. Pad or resize them, or halve less often."
        )
    inputs = keras.Input(image_shape, name="x")
    x = layers.Rescaling(2.0, -1.0)(inputs)
    for i in reversed(range(halvings)):
        x = layers.Conv2D(width // 2**i, 4, 2, "same", activation="relu")(x)
    x = layers.Conv2D(width, 3, padding="same")(x)
    x = _residual(x, width, residual, blocks)
    x = layers.Conv2D(dim, 1, dtype="float32")(x)
    return keras.Model(inputs, x, name="vqvae_encoder")


@checked
def decoder(
    map_shape,
    channels: Size,
    width: Size = 128,
    residual: Size = 32,
    halvings: CountFrom0 = 2,
    blocks: CountFrom0 = 2,
) -> keras.Model:
    """From a map of vectors to unbounded parameters of an image, the way back.

    Example:
        >>> decoder((8, 8, 64), 3).output_shape
        (None, 32, 32, 3)
    """
    inputs = keras.Input(map_shape, name="e")
    x = layers.Conv2D(width, 3, padding="same")(inputs)
    x = _residual(x, width, residual, blocks)
    for i in range(1, halvings):
        x = layers.Conv2DTranspose(width // 2**i, 4, 2, "same", activation="relu")(x)
    x = layers.Conv2DTranspose(channels, 4, 2, "same", dtype="float32")(x)
    return keras.Model(inputs, x, name="vqvae_decoder")


def _residual(x, width, residual, blocks):
    for _ in range(blocks):
        y = layers.Conv2D(residual, 3, padding="same")(layers.ReLU()(x))
        y = layers.Conv2D(width, 1)(layers.ReLU()(y))
        x = layers.Add()([x, y])
    return layers.ReLU()(x)
