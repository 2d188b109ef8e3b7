"""Convolutional encoder and decoder that halve and double the image.

The image is halved as long as its sides are even and larger than 7: 28 to 14 to 7,
32 to 4, 64 to 4. Each level has twice the channels of the one above it.
"""

import keras
from keras import layers

from keras_gen.arguments import ImageShape, Shape, Size, checked
from keras_gen.errors import BadInput


@checked
def levels(image_shape: ImageShape) -> int:
    """How often the sides can be halved, down to a side of 4 to 7.

    Example:
        >>> levels((28, 28, 1)), levels((64, 64, 3))
        (2, 4)
    """
    height, width = image_shape[:2]
    n = 0
    while height % 2 == width % 2 == 0 and max(height, width) > 7:
        height, width, n = height // 2, width // 2, n + 1
    if n == 0 or max(height, width) > 7:
        raise BadInput(
            f"images of {image_shape[0]}x{image_shape[1]} cannot be halved to a side "
            "of 4 to 7. Pad or resize them to a size such as 28, 32, 48 or 64."
        )
    return n


def halved(image_shape, times: int, how="Take a smaller depth.", least=1):
    """The sides that are left of an image that is halved so often."""
    sides, unit = tuple(image_shape[:2]), 2**times
    if any(side % unit or side < least for side in sides):
        raise BadInput(
            f"the image is halved {times} times: its sides must be multiples of {unit}"
            f"{f', and at least {least}' if least > 1 else ''}; received {sides}. {how}"
        )
    return tuple(side // unit for side in sides)


@checked
def encoder(image_shape: ImageShape, outputs: Size, width: Size = 32) -> keras.Model:
    """From an image to a vector of `outputs` numbers, by strided convolutions."""
    inputs = keras.Input(image_shape, name="x")
    x = layers.Rescaling(2.0, -1.0)(inputs)
    for level in range(levels(image_shape)):
        x = layers.Conv2D(width * 2**level, 4, 2, "same", activation="relu")(x)
    x = layers.Dense(4 * width, activation="relu")(layers.Flatten()(x))
    x = layers.Dense(outputs, dtype="float32")(x)
    return keras.Model(inputs, x, name="conv_encoder")


@checked
def decoder(latent_dim: Size, output_shape: Shape, width: Size = 32) -> keras.Model:
    """From a latent vector to unbounded parameters of an image, the way back."""
    n = levels(output_shape)
    top = (output_shape[0] // 2**n, output_shape[1] // 2**n, width * 2 ** (n - 1))
    inputs = keras.Input((latent_dim,), name="z")
    x = layers.Dense(4 * width, activation="relu")(inputs)
    x = layers.Dense(top[0] * top[1] * top[2], activation="relu")(x)
    x = layers.Reshape(top)(x)
    for level in reversed(range(n - 1)):
        x = layers.Conv2DTranspose(width * 2**level, 4, 2, "same", activation="relu")(x)
    x = layers.Conv2DTranspose(width, 4, 2, "same", activation="relu")(x)
    x = layers.Conv2D(output_shape[-1], 3, padding="same", dtype="float32")(x)
    return keras.Model(inputs, x, name="conv_decoder")
