"""The networks of PixelRNN, from an image to parameters of it: rows and diagonals.

Both begin with a masked convolution that does not see the pixel it predicts, as
PixelCNN's; then come recurrent layers with residual connections, which see as far as
the image goes however few they are.

Reference: van den Oord et al., Pixel Recurrent Neural Networks (arXiv:1601.06759),
table 1 and figure 5.
"""

import keras
from keras import layers

from keras_gen.arguments import Decay, ImageShape, Size, Sizes, checked
from keras_gen.errors import BadInput
from keras_gen.layers.causal import LeftOf, Pointwise, RowsAbove
from keras_gen.layers.dropout import Dropout
from keras_gen.layers.recurrent import DiagonalRecurrence, RowRecurrence
from keras_gen.networks.pixelcnn import check, head_of, masked


@checked
def row_lstm(
    image_shape: ImageShape,
    outputs: Size,
    width: Size = 16,
    depth: Size = 2,
    first: Size = 7,
    size: Size = 3,
    head: Sizes = (32,),
    groups: Size = 1,
    dropout: Decay = 0.0,
) -> keras.Model:
    """Recurrent from row to row: a triangle above the pixel, of any height.

    Args:
        image_shape: (height, width, channels).
        outputs: parameters of a pixel, `likelihood.parameters(image_shape)[-1]`.
        width: units of a recurrent layer (h of the paper; between them are 2 h).
        depth: number of recurrent layers.
        first: size of the first kernel (mask A); odd.
        size: of the kernels along the row, of the input and of the states; odd.
        head: widths of the 1x1 layers before the last; the paper has two.
        groups: 1 if a pixel is drawn as a whole; the number of channels if they are
            drawn one after the other. `width` must be a multiple of it.
        dropout: of what each recurrent layer adds.

    Example:
        >>> row_lstm((28, 28, 1), 1, width=8).output_shape
        (None, 28, 28, 1)
    """
    check(image_shape, groups, first=first, size=size)
    _check_width(width, groups)
    inputs = keras.Input(image_shape, name="x")
    x = masked(layers.Rescaling(2.0, -1.0)(inputs), 2 * width, first, "A", groups)
    for _ in range(depth):
        gates = LeftOf(4 * width, size // 2, "B", groups=groups)(x)
        x = _added(x, RowRecurrence(width, size)(gates), width, groups, dropout)
    return keras.Model(inputs, head_of(x, head, outputs, groups), name="row_lstm")


@checked
def diagonal_bilstm(
    image_shape: ImageShape,
    outputs: Size,
    width: Size = 16,
    depth: Size = 2,
    first: Size = 7,
    head: Sizes = (32,),
    groups: Size = 1,
    dropout: Decay = 0.0,
) -> keras.Model:
    """Recurrent along the diagonals, in both directions: everything before the pixel.

    The states from right to left are those of the row above. The paper computes them
    from features that do not see their own pixel, so that the last pixel of that row
    is seen by none but its neighbours. Here the first of these layers reads the rows
    above as they are, and nothing is missed.

    Args:
        image_shape: (height, width, channels).
        outputs: parameters of a pixel, `likelihood.parameters(image_shape)[-1]`.
        width: units of a recurrent layer, in either direction.
        depth: number of recurrent layers.
        first: size of the first kernel (mask A); odd.
        head: widths of the 1x1 layers before the last.
        groups: 1 if a pixel is drawn as a whole; the number of channels if they are
            drawn one after the other. `width` must be a multiple of it.
        dropout: of what each recurrent layer adds.

    Example:
        >>> diagonal_bilstm((28, 28, 1), 1, width=8).output_shape
        (None, 28, 28, 1)
    """
    check(image_shape, groups, first=first)
    _check_width(width, groups)
    inputs = keras.Input(image_shape, name="x")
    image = layers.Rescaling(2.0, -1.0)(inputs)
    x = masked(image, 2 * width, first, "A", groups)
    for i in range(depth):
        gates = Pointwise(4 * width, groups=groups)(x)
        seen, size = (x, (1, 1)) if i else (image, (first // 2, first))
        above = RowsAbove(4 * width, size, strict=True)(seen)
        to_right = DiagonalRecurrence(width)(gates)
        to_left = DiagonalRecurrence(width, reverse=True)(above)
        x = _added(x, layers.Add()([to_right, to_left]), width, groups, dropout)
    outputs = head_of(x, head, outputs, groups)
    return keras.Model(inputs, outputs, name="diagonal_bilstm")


def _added(x, h, width, groups, dropout):
    h = Dropout(dropout)(h) if dropout else h
    return layers.Add()([x, Pointwise(2 * width, groups=groups)(h)])


def _check_width(width, groups):
    if width % groups:
        raise BadInput(f"width must be a multiple of groups={groups}: {width}.")
