"""The critic of StarGAN: it says of patches how real they are, and of all the class.

`depth` times  LeakyReLU .01 of conv4x4, /2  from `width` channels on, doubling; then a
3x3 convolution to a map of scores, and one over the whole map to the classes' logits.
No norm: a gradient penalty is of each image alone. What is larger than the image that
it was built for has the mean of its parts' logits.

The published sizes are width 64, depth 6 at 128x128. The translator is CycleGAN's, with
6 blocks, that is told the class at every pixel:

    labelled.told(cyclegan.generator(..., told=True), classes)

The published one has a norm of the image behind its first convolution, which subtracts
what is the same at all pixels: there the class comes in by the zeros around the border
alone.

Reference: Choi et al., StarGAN: Unified Generative Adversarial Networks for
Multi-Domain Image-to-Image Translation (arXiv:1711.09020), tables IV and V.
"""

from typing import Annotated

import keras
from keras import layers

from keras_gen.arguments import ImageShape, Size, checked, within
from keras_gen.errors import BadInput


@checked
def discriminator(
    image_shape: ImageShape,
    classes: Size,
    width: Size = 64,
    depth: Annotated[int, within("[1, 8]")] = 6,
) -> keras.Model:
    """From an image in [0, 1] to a map of scores, and the logits of the classes.

    Args:
        image_shape: both sides are multiples of 2**depth.
        classes: how many.
        width: channels of the first level; each has twice as many as the one before.
        depth: how often the image is halved.

    Example:
        >>> discriminator((8, 16, 3), 5, width=4, depth=2).output_shape
        [(None, 2, 4, 1), (None, 5)]
    """
    height, wide = image_shape[:2]
    if height % 2**depth or wide % 2**depth:
        raise BadInput(
            f"the image is halved {depth} times: its sides must be multiples of "
            f"{2**depth}; received {(height, wide)}. Take a smaller depth."
        )
    inputs = keras.Input(image_shape, name="x")
    x = layers.Rescaling(2.0, -1.0)(inputs)
    for level in range(depth):
        x = layers.Conv2D(width * 2**level, 4, 2, "same")(x)
        x = layers.LeakyReLU(0.01)(x)
    score = layers.Conv2D(1, 3, padding="same", use_bias=False, dtype="float32")(x)
    rest = (height // 2**depth, wide // 2**depth)
    logits = layers.Conv2D(classes, rest, use_bias=False, dtype="float32")(x)
    logits = layers.GlobalAveragePooling2D(dtype="float32")(logits)
    return keras.Model(inputs, [score, logits], name="stargan_discriminator")
