"""The translator of CycleGAN: convolutions down, residual blocks, convolutions up.

    reflect 3, conv7x7 w - conv3x3 2w, /2 - conv3x3 4w, /2 - blocks of 4w -
    transposed conv3x3 2w, x2 - transposed conv3x3 w, x2 - reflect 3, conv7x7 - tanh

with a norm of each image alone and a ReLU after every convolution but the last. A
block is  x + norm(conv3x3 ReLU norm(conv3x3 x)),  both reflected at the border.

At width 64 with 9 blocks and 3 channels these are the published 11,378,179 parameters,
7,837,699 with 6, if `biases` is True: the published convolutions have biases before
their norms, which take them away again. The published critic is
`pix2pix.discriminator(shape, biases=True)`, with 2,764,737.

References: Zhu et al., Unpaired Image-to-Image Translation using Cycle-Consistent
Adversarial Networks (arXiv:1703.10593), appendix 7.2; Johnson et al., Perceptual Losses
for Real-Time Style Transfer and Super-Resolution (arXiv:1603.08155).
"""

from typing import Annotated

import keras
from keras import layers

from keras_gen.arguments import Count, ImageShape, Size, checked, within
from keras_gen.layers.reflect import Reflect
from keras_gen.networks.conv import halved
from keras_gen.networks.pix2pix import convolution, normalisation


@checked
def generator(
    image_shape: ImageShape,
    channels: Count,
    width: Size = 64,
    blocks: Annotated[int, within("[0, 64]")] = 9,
    depth: Annotated[int, within("[0, 6]")] = 2,
    biases: bool = False,
    told: bool = False,
) -> keras.Model:
    """From an image in [0, 1] to one of the same size with `channels` channels.

    Args:
        image_shape: of what is translated; both sides are multiples of 2**depth.
        channels: of the result.
        width: channels of the first level; each level down has twice as many.
        blocks: residual ones, in the middle.
        depth: how often the image is halved.
        biases: of the convolutions before a norm.
        told: whether some channels are constant, as those of a label. A norm of the
            image right behind the first convolution would take them away, all that they
            say; so there is none, and they decide what its ReLU lets through.

    Example:
        >>> generator((16, 32, 1), 3, width=4, blocks=2).output_shape
        (None, 16, 32, 3)
    """
    halved(image_shape, depth, least=max(4, 2 * 2**depth))

    def normed(x, layer, size, kernel, stride=1, relu=True, norm=True):
        if stride == 1:
            x = Reflect(kernel // 2)(x)
        padding, bias = "same" if stride > 1 else "valid", biases or not norm
        x = convolution(layer, size, kernel, stride, bias, padding=padding)(x)
        x = normalisation("instance")(x) if norm else x
        return layers.ReLU()(x) if relu else x

    down, up = layers.Conv2D, layers.Conv2DTranspose
    inputs = keras.Input(image_shape, name="x")
    x = normed(layers.Rescaling(2.0, -1.0)(inputs), down, width, 7, norm=not told)
    for level in range(depth):
        x = normed(x, down, width * 2 ** (level + 1), 3, 2)
    wide = width * 2**depth
    for _ in range(blocks):
        y = normed(normed(x, down, wide, 3), down, wide, 3, relu=False)
        x = layers.Add()([x, y])
    for level in reversed(range(depth)):
        x = normed(x, up, width * 2**level, 3, 2)
    x = convolution(down, channels, 7, 1, True, padding="valid")(Reflect(3)(x))
    x = layers.Activation("tanh", dtype="float32")(x)
    x = layers.Rescaling(0.5, 0.5, dtype="float32")(x)
    return keras.Model(inputs, x, name="cyclegan_generator")
