"""U-Net: down to coarse maps that know what, up again to fine ones that know where.

Each level has two 3x3 convolutions; going down, 2x2 maxima halve the map and the
channels double; going up, 2x2 transposed convolutions do the opposite, and the map of
the same size from the way down is laid beside the result. Without these connections it
is a plain encoder-decoder.

At width 64 and depth 4, for grey images and 2 classes, this is the published network:
31,030,658 parameters. There the convolutions cut the borders off; here they pad them,
and so does the network itself where a side cannot be halved so often: the output has
the size of the input, odd or even.

Reference: Ronneberger, Fischer & Brox (arXiv:1505.04597).
Not here: the dropout at the end of the way down.
"""

import keras
from keras import layers

from keras_gen.arguments import ImageShape, Size, checked


@checked
def unet(
    image_shape: ImageShape,
    outputs: Size,
    width: Size = 64,
    depth: Size = 4,
    skips: bool = True,
) -> keras.Model:
    """From an image to `outputs` unbounded numbers at each pixel.

    Args:
        image_shape: height, width, channels; any size.
        outputs: channels at the end.
        width: channels of the first level.
        depth: how often the image is halved.
        skips: False for an encoder-decoder whose levels are not connected.

    Example:
        >>> unet((25, 30, 1), 2, width=4, depth=2).output_shape
        (None, 25, 30, 2)
    """
    inputs = keras.Input(image_shape, name="x")
    # An even margin: the first of an odd number of rows goes below, or to the right.
    missing = [-side % 2**depth for side in image_shape[:2]]
    margin = tuple((m // 2, m - m // 2) for m in missing)
    x = layers.ZeroPadding2D(margin)(inputs) if any(missing) else inputs
    passed = []
    for level in range(depth):
        x = _double(x, width * 2**level)
        passed.append(x)
        x = layers.MaxPooling2D()(x)
    x = _double(x, width * 2**depth)
    for level in reversed(range(depth)):
        x = layers.Conv2DTranspose(width * 2**level, 2, 2)(x)
        x = layers.Concatenate()([passed[level], x]) if skips else x
        x = _double(x, width * 2**level)
    x = layers.Conv2D(outputs, 1, dtype="float32")(x)
    x = layers.Cropping2D(margin, dtype="float32")(x) if any(missing) else x
    return keras.Model(inputs, x, name="unet" if skips else "encoder_decoder")


def _double(x, channels):
    for _ in range(2):  # initialised as in the paper
        x = layers.Conv2D(
            channels,
            3,
            padding="same",
            activation="relu",
            kernel_initializer="he_normal",
        )(x)
    return x
