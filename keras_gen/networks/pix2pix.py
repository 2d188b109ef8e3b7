"""The networks of pix2pix: a U-Net of strided convolutions, and a critic of patches.

The U-Net halves the image `depth` times and doubles it again; each level of the way up
is laid beside that of the same size on the way down, so what need not be translated
need not pass the bottleneck. The critic gives one logit for each place, from the
pixels around it: with 3 strides it sees 70 x 70 of them, with none a single pixel.

A level is  norm(conv4x4, stride 2 (LeakyReLU x))  going down, and going up
norm(transposed conv4x4, stride 2 (ReLU x)); the outermost have no norm, nor has the
innermost on the way down. The norm is that of each image alone ("instance"), so what
becomes of an image never depends on its neighbours in the batch; "batch" is the
published one.

At 256x256x3, depth 8, with "batch" these are the published networks: 54,413,955 and
2,768,705 trainable parameters (9,024 for the critic of single pixels). Convolutions
before a norm have no biases, which it would take away again.

Reference: Isola et al., Image-to-Image Translation with Conditional Adversarial
Networks (arXiv:1611.07004).
Not here: the critic's convolutions without padding at the borders.
"""

from typing import Annotated, Literal

import keras
from keras import layers

from keras_gen.arguments import (
    Count,
    CountFrom0,
    Decay,
    ImageShape,
    Size,
    checked,
    within,
)
from keras_gen.layers.dropout import Dropout
from keras_gen.layers.instance_norm import InstanceNorm
from keras_gen.networks.conv import halved
from keras_gen.networks.dcgan import norm as batch_norm

Norm = Literal["instance", "batch"]


def normalisation(kind):
    """The norm of each image, or of the batch; both after a convolution."""
    return batch_norm() if kind == "batch" else InstanceNorm()


def convolution(layer, channels, kernel, stride, bias, padding="same", **options):
    return layer(
        channels,
        kernel,
        stride,
        padding,
        use_bias=bias,
        kernel_initializer=keras.initializers.RandomNormal(stddev=0.02),
        **options,
    )


@checked
def generator(
    image_shape: ImageShape,
    channels: Count,
    width: Size = 64,
    depth: Annotated[int, within("[2, 12]")] = 8,
    norm: Norm = "instance",
    dropout: Decay = 0.5,
    skips: bool = True,
    told: CountFrom0 = 0,
) -> keras.Model:
    """From an image in [0, 1] to one of the same size with `channels` channels.

    Args:
        image_shape: of what is translated; both sides are multiples of 2**depth.
        channels: of the result.
        width: channels of the first level; they double up to eight times as many.
        depth: how often the image is halved.
        norm: "instance" or "batch".
        dropout: of the first three levels on the way up, in training.
        skips: lay the levels down beside those up. Without, all that is known of an
            image comes through the middle, which then has a norm, too: the networks of
            DiscoGAN (arXiv:1703.05192), with depth 4 at 64x64.
        told: numbers that come in at the middle, as a map: a second input.

    Example:
        >>> generator((16, 32, 1), 3, width=4, depth=3).output_shape
        (None, 16, 32, 3)
    """
    halved(image_shape, depth)
    widths = [width * min(2**level, 8) for level in range(depth)]
    inputs = keras.Input(image_shape, name="x")
    x, passed = layers.Rescaling(2.0, -1.0)(inputs), []
    for level, size in enumerate(widths):
        x = layers.LeakyReLU(0.2)(x) if level else x
        normed = level > 0 and not (skips and level == depth - 1)
        x = convolution(layers.Conv2D, size, 4, 2, False)(x)
        x = normalisation(norm)(x) if normed else x
        passed.append(x)
    if told:
        vector = keras.Input((told,), name="vector")
        said = layers.Dense(x.shape[1] * x.shape[2] * widths[0])(vector)
        said = layers.Reshape((*x.shape[1:3], widths[0]))(said)
        inputs, x = [inputs, vector], layers.Concatenate()([x, said])
    for level in reversed(range(1, depth)):
        if skips and level < depth - 1:
            x = layers.Concatenate()([passed[level], x])
        x = convolution(layers.Conv2DTranspose, widths[level - 1], 4, 2, False)(
            layers.ReLU()(x)
        )
        x = normalisation(norm)(x)
        x = Dropout(dropout)(x) if dropout and depth - level <= 3 else x
    x = layers.Concatenate()([passed[0], x]) if skips else x
    x = convolution(layers.Conv2DTranspose, channels, 4, 2, True)(layers.ReLU()(x))
    x = layers.Activation("tanh", dtype="float32")(x)
    x = layers.Rescaling(0.5, 0.5, dtype="float32")(x)
    return keras.Model(inputs, x, name="pix2pix_generator")


@checked
def discriminator(
    image_shape: ImageShape,
    source_channels: CountFrom0 = 0,
    width: Size = 64,
    strides: Annotated[int, within("[0, 8]")] = 3,
    norm: Norm = "instance",
    biases: bool = False,
) -> keras.Model:
    """From an image in [0, 1], and what it was made of, to a map of logits.

    Args:
        image_shape: of the image that is judged.
        source_channels: of the image that it was made of, its second input; 0 if the
            critic does not see it.
        width: channels of the first level; they double up to eight times as many.
        strides: how often the map is halved: 3 for patches of 70x70 pixels, 1 for
            16x16, 0 for single pixels.
        norm: "instance" or "batch".
        biases: of the convolutions before a norm.

    Example:
        >>> discriminator((32, 32, 3), 1, width=4).output_shape
        (None, 4, 4, 1)
    """
    inputs = [keras.Input(image_shape, name="x")]
    if source_channels:
        source = (*image_shape[:2], source_channels)
        inputs.append(keras.Input(source, name="source"))
    x = layers.Concatenate()(inputs) if source_channels else inputs[0]
    x = layers.Rescaling(2.0, -1.0)(x)
    kernel = 4 if strides else 1
    steps = [2] * strides + [1] if strides else [1, 1]
    for level, stride in enumerate(steps):
        size = width * min(2**level, 8)
        x = convolution(layers.Conv2D, size, kernel, stride, biases or not level)(x)
        x = normalisation(norm)(x) if level else x
        x = layers.LeakyReLU(0.2)(x)
    # As published: that of single pixels has no bias.
    last = convolution(layers.Conv2D, 1, kernel, 1, bool(strides), dtype="float32")(x)
    return keras.Model(
        inputs if source_channels else inputs[0], last, name="patch_discriminator"
    )
