"""The generator of reenactment: it paints one face, told a few numbers of another.

An encoder of strided convolutions reads the driver in so few numbers that they cannot
tell whose face that is. They come into the middle of pix2pix's U-Net, as a map; the
actor's own face has the U-Net's way down, and its details the levels beside. What
comes out paints over the actor (`networks.cover`): a face has few pixels that tell its
expression.
"""

from typing import Annotated

import keras

from keras_gen.arguments import ImageShape, Size, checked, within
from keras_gen.networks import conv, cover, pix2pix


@checked
def generator(
    image_shape: ImageShape,
    size: Size = 16,
    width: Size = 64,
    depth: Annotated[int, within("[2, 12]")] = 3,
) -> keras.Model:
    """From an actor and a driver, images in [0, 1], to the actor with another face.

    Args:
        image_shape: of all three; both sides are multiples of 2**depth.
        size: how many numbers tell the driver's expression.
        width: channels of the first level.
        depth: how often the actor is halved.

    Example:
        >>> generator((16, 32, 3), 4, width=4).output_shape
        (None, 16, 32, 3)
    """
    actor = keras.Input(image_shape, name="x")
    driver = keras.Input(image_shape, name="driver")
    expression = conv.encoder(image_shape, size, width)(driver)
    painting = pix2pix.generator(
        image_shape, image_shape[-1] + 1, width, depth, dropout=0.0, told=size
    )
    image = cover.over(actor, painting([actor, expression]))
    return keras.Model([actor, driver], image, name="reenactment")
