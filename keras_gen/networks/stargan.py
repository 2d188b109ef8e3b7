"""The networks of StarGAN.

The critic says of patches how real they are, and of all the class:

`depth` times  LeakyReLU .01 of conv4x4, /2  from `width` channels on, doubling; then a
3x3 convolution to a map of scores, and one over the whole map to the classes' logits.
No norm: a gradient penalty is of each image alone. What is larger than the image that
it was built for has the mean of its parts' logits.

The published sizes are width 64, depth 6 at 128x128. The published translator is
CycleGAN's with kernels of 4x4 where it goes down and up, zeros around the border and
norms that scale. It has a norm behind its first convolution, too, which subtracts what
is the same at all pixels: there the class comes in by the zeros around the border
alone. This one is told it at every pixel:

    labelled.told(cyclegan.generator(..., told=True), classes)

Of 5 attributes the published networks have 8,430,528 and 44,762,048 parameters.

Another critic needs no penalty: `spectral`, each layer divided by its spectral norm.

Reference: Choi et al., StarGAN: Unified Generative Adversarial Networks for
Multi-Domain Image-to-Image Translation (arXiv:1711.09020), tables IV and V.
"""

from typing import Annotated

import keras
from keras import layers

from keras_gen.arguments import Count, ImageShape, Size, checked, within
from keras_gen.layers.spectral import SpectralNorm
from keras_gen.networks.conv import halved
from keras_gen.networks.pix2pix import convolution

# What layers of norm one say of an image is little: at the hinge's margins of 1 a score
# would not tell, nor logits be sure.
SCORE, LOGIT = 6.0, 2.0


@checked
def generator(
    image_shape: ImageShape,
    channels: Count,
    width: Size = 64,
    blocks: Annotated[int, within("[0, 64]")] = 6,
) -> keras.Model:
    """The published translator, from an image in [0, 1] to one of other channels.

    Args:
        image_shape: of what it is given, with a channel for each class; both sides are
            multiples of 4.
        channels: of the result.
        width: channels of the first level; each of the two below has twice as many.
        blocks: residual ones, in the middle.

    Example:
        >>> generator((16, 32, 3 + 5), 3, width=4, blocks=2).output_shape
        (None, 16, 32, 3)
    """
    halved(image_shape, 2, "Pad or resize it.")

    def normed(x, layer, size, kernel, stride=1):
        x = convolution(layer, size, kernel, stride, False)(x)
        return layers.GroupNormalization(-1, epsilon=1e-5)(x)

    down, up, relu = layers.Conv2D, layers.Conv2DTranspose, layers.ReLU
    inputs = keras.Input(image_shape, name="x")
    x = relu()(normed(layers.Rescaling(2.0, -1.0)(inputs), down, width, 7))
    for wide in (2 * width, 4 * width):
        x = relu()(normed(x, down, wide, 4, 2))
    for _ in range(blocks):
        y = normed(relu()(normed(x, down, wide, 3)), down, wide, 3)
        x = layers.Add()([x, y])
    for wide in (2 * width, width):
        x = relu()(normed(x, up, wide, 4, 2))
    x = convolution(down, channels, 7, 1, False)(x)
    x = layers.Activation("tanh", dtype="float32")(x)
    x = layers.Rescaling(0.5, 0.5, dtype="float32")(x)
    return keras.Model(inputs, x, name="stargan_generator")


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
        classes: how many, or how many attributes.
        width: channels of the first level; each has twice as many as the one before.
        depth: how often the image is halved.

    Example:
        >>> discriminator((8, 16, 3), 5, width=4, depth=2).output_shape
        [(None, 2, 4, 1), (None, 5)]
    """
    rest = halved(image_shape, depth)
    inputs = keras.Input(image_shape, name="x")
    x = layers.Rescaling(2.0, -1.0)(inputs)
    for level in range(depth):
        x = layers.Conv2D(width * 2**level, 4, 2, "same")(x)
        x = layers.LeakyReLU(0.01)(x)
    score = layers.Conv2D(1, 3, padding="same", use_bias=False, dtype="float32")(x)
    logits = layers.Conv2D(classes, rest, use_bias=False, dtype="float32")(x)
    logits = layers.GlobalAveragePooling2D(dtype="float32")(logits)
    return keras.Model(inputs, [score, logits], name="stargan_discriminator")


@checked
def spectral(
    image_shape: ImageShape,
    classes: Size,
    width: Size = 64,
    depth: Annotated[int, within("[1, 8]")] = 3,
) -> keras.Model:
    """The same of layers that are divided by their spectral norms.

    Each time the image is halved there are a 3x3 convolution and one of 4x4, /2, with
    twice as many channels; what says the logits is dense.

    Example:
        >>> spectral((8, 16, 3), 5, width=4, depth=2).output_shape
        [(None, 2, 4, 1), (None, 5)]
    """
    halved(image_shape, depth)
    inputs = keras.Input(image_shape, name="x")
    x = layers.Rescaling(2.0, -1.0)(inputs)
    for level in range(depth):
        wide = width * 2**level
        for channels, kernel, stride in ((wide, 3, 1), (2 * wide, 4, 2)):
            x = SpectralNorm(layers.Conv2D(channels, kernel, stride, "same"))(x)
            x = layers.LeakyReLU(0.1)(x)
    score = layers.Conv2D(1, 3, padding="same", dtype="float32")
    score = SpectralNorm(score, dtype="float32")(x)
    logits = layers.Dense(classes, dtype="float32")
    logits = SpectralNorm(logits, dtype="float32")(layers.Flatten()(x))
    said = [
        layers.Rescaling(scale, dtype="float32")(each)
        for scale, each in ((SCORE, score), (LOGIT, logits))
    ]
    return keras.Model(inputs, said, name="stargan_spectral")
