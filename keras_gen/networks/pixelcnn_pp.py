"""The network of PixelCNN++: two streams, made smaller and larger again.

One stream sees the rows above, the other also the pixels to the left and reads the
first. Both go down to coarser grids by convolutions of stride 2 and back up by
transposed ones. On the way up each residual block is joined with the block of the way
down that it mirrors: a short-cut past the coarse grids, which lose where things are.

Reference: Salimans et al., PixelCNN++ (arXiv:1701.05517), figure 2, and its code.
Not here: weight normalisation and the initialisation from data that it needs.
"""

import keras
from keras import layers

from keras_gen.arguments import CountFrom0, Decay, ImageShape, Size, checked
from keras_gen.layers.causal import (
    ConcatELU,
    Enlarge,
    Gate,
    Inside,
    LeftOf,
    Pointwise,
    RowsAbove,
)
from keras_gen.layers.dropout import Dropout
from keras_gen.networks.conv import halved


@checked
def pixelcnn_pp(
    image_shape: ImageShape,
    outputs: Size,
    width: Size = 32,
    depth: CountFrom0 = 2,
    halvings: CountFrom0 = 2,
    dropout: Decay = 0.5,
    classes: Size | None = None,
) -> keras.Model:
    """Residual blocks on grids of several sizes; a pixel is drawn as a whole.

    Args:
        image_shape: (height, width, channels); both sides must be multiples of
            2**halvings.
        outputs: parameters of a pixel, `likelihood.parameters(image_shape)[-1]`.
        width: features of either stream; the paper's code has 160.
        depth: blocks of either stream on each grid, going down; one more going up.
            The paper has 5.
        halvings: how often the grid is made coarser.
        dropout: in the blocks.
        classes: of the labels that it is told, if any: its second input is their
            one-hot code.

    Example:
        >>> pixelcnn_pp((28, 28, 1), 30, width=4, depth=1).output_shape
        (None, 28, 28, 30)
    """
    halved(image_shape, halvings, "Take fewer halvings.")
    x = keras.Input(image_shape, name="x")
    inputs = [x, keras.Input((classes,), name="label")] if classes else [x]

    def above(filters, y, *told, stride=1):
        return add(RowsAbove(filters, (2, 3), stride=stride)(y), *told)

    def before(filters, y, *told, stride=1):
        up = RowsAbove(filters, (1, 2), strict=True, stride=stride)(y)
        up = add(up, *told[:1])  # of the other stream: known with the row, as this is
        return add(up, LeftOf(filters, 1, "B", stride=stride)(y), *told[1:])

    def residual(stream, y, *others):
        """A block of a stream, which is told what `others` have found."""
        told = [
            Pointwise(width, use_bias=not i)(ConcatELU()(other))
            for i, other in enumerate(others)
        ]
        z = ConcatELU()(stream(width, ConcatELU()(y), *told))
        z = stream(2 * width, Dropout(dropout)(z) if dropout else z)
        for code in inputs[1:]:
            label = layers.Dense(2 * width, use_bias=False)(code)
            z = add(z, layers.Reshape((1, 1, 2 * width))(label))
        return add(y, Gate(linear=True)(z))

    image = Inside()(layers.Rescaling(2.0, -1.0)(x))
    u = RowsAbove(width, (2, 3), strict=True)(image)
    v = RowsAbove(width, (1, 3), strict=True)(image)
    v = add(v, LeftOf(width, 1, "A")(image))
    passed = [(u, v)]
    for grid in range(halvings + 1):
        if grid:
            u, v = above(width, u, stride=2), before(width, v, stride=2)
            passed.append((u, v))
        for _ in range(depth):
            u = residual(above, u)
            v = residual(before, v, u)
            passed.append((u, v))
    u, v = passed.pop()
    for grid in range(halvings + 1):
        if grid:
            u, v = Enlarge(width, beside=True)(u), Enlarge(width)(v)
        for _ in range(depth + bool(grid)):
            seen = passed.pop()
            u = residual(above, u, seen[0])
            v = residual(before, v, u, seen[1])
    v = layers.Activation("elu")(v)
    v = Pointwise(outputs, last=True, dtype="float32")(v)
    return keras.Model(inputs if classes else x, v, name="pixelcnn_pp")


@checked
def add(x, *others):
    """The sum, which of one is itself."""
    return layers.Add()([x, *others]) if others else x
