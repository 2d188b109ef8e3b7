"""The networks of PixelCNN and Gated PixelCNN, from an image to parameters of it.

Both have a first layer that does not see the pixel it predicts, and then layers that
may see what was computed *for* that pixel. Whatever stands between the causal layers
works on one pixel at a time: no normalisation over the batch or the image, which would
tell every pixel about all others.

References: van den Oord et al., Pixel Recurrent Neural Networks (arXiv:1601.06759),
table 1, and Conditional Image Generation with PixelCNN Decoders (arXiv:1606.05328),
figure 2.
Not here: down- and up-sampling with short-cut connections (pixelcnn_pp.py).
"""

import keras
from keras import layers

from keras_gen.arguments import Decay, ImageShape, Shape, Size, Sizes, checked
from keras_gen.errors import BadInput
from keras_gen.layers.causal import Gate, LeftOf, Pointwise, RowsAbove
from keras_gen.layers.dropout import Dropout
from keras_gen.layers.onehot import OneHot


@checked
def pixelcnn(
    image_shape: ImageShape,
    outputs: Size,
    width: Size = 32,
    depth: Size = 5,
    first: Size = 7,
    size: Size = 3,
    head: Sizes = (64,),
    groups: Size = 1,
    dropout: Decay = 0.0,
) -> keras.Model:
    """One stack of masked convolutions, with residual connections.

    A masked k x k convolution is the sum of its two live parts: the k // 2 rows above
    and the pixels to the left.

    Args:
        image_shape: (height, width, channels).
        outputs: parameters of a pixel, `likelihood.parameters(image_shape)[-1]`.
        width: half of the features of the stack (h of the paper, which has 2 h).
        depth: number of residual blocks.
        first: size of the first kernel (mask A); odd.
        size: of the kernels in the blocks (mask B); odd.
        head: widths of the 1x1 layers before the last; the paper has two.
        groups: 1 if a pixel is drawn as a whole; the number of channels if they are
            drawn one after the other.
        dropout: in the blocks.

    Example:
        >>> pixelcnn((28, 28, 1), 1, width=16).output_shape
        (None, 28, 28, 1)
    """
    check(image_shape, groups, first=first, size=size)
    x = inputs = keras.Input(image_shape, name="x")
    x = layers.Rescaling(2.0, -1.0)(x)
    x = masked(x, 2 * width, first, "A", groups)
    for _ in range(depth):
        y = Pointwise(width, groups=groups)(layers.Activation("relu")(x))
        y = masked(layers.Activation("relu")(y), width, size, "B", groups)
        y = layers.Activation("relu")(y)
        y = Dropout(dropout)(y) if dropout else y
        x = layers.Add()([x, Pointwise(2 * width, groups=groups)(y)])
    return keras.Model(inputs, head_of(x, head, outputs, groups), name="pixelcnn")


@checked
def gated_pixelcnn(
    image_shape: ImageShape,
    outputs: Size,
    width: Size = 32,
    depth: Size = 5,
    first: Size = 7,
    size: Size = 3,
    head: Sizes = (64,),
    groups: Size = 1,
    dropout: Decay = 0.0,
    classes: Size | None = None,
    embedding: Shape | None = None,
    codes: Size | None = None,
) -> keras.Model:
    """A vertical stack that sees all rows above, and a horizontal one that reads it.

    Args:
        image_shape: (height, width, channels).
        outputs: parameters of a pixel, `likelihood.parameters(image_shape)[-1]`.
        width: features of either stack.
        depth: number of gated layers after the first.
        first: size of the kernels of the first layer; odd.
        size: of the others; odd.
        head: widths of the 1x1 layers before the last.
        groups: 1 if a pixel is drawn as a whole; the number of channels if they are
            drawn one after the other. `width` must be a multiple of it.
        dropout: in both stacks.
        classes: of the labels that it is told, if any: its second input, "label", is
            their one-hot code.
        embedding: shape of what it is told instead, if anything: its second input,
            "embedding", is a vector, or a map of the image's height and width.
        codes: number of the levels, if they are names without an order, as those of a
            codebook are: it is shown their one-hot code.

    Example:
        >>> gated_pixelcnn((28, 28, 1), 1, width=16).output_shape
        (None, 28, 28, 1)
    """
    check(image_shape, groups, first=first, size=size)
    if width % groups:
        raise BadInput(f"width must be a multiple of groups={groups}: {width}.")
    if codes and groups > 1:
        raise BadInput("codes are one channel, and of no order: leave groups at 1.")
    x = keras.Input(image_shape, name="x")
    told = _inputs(image_shape, classes, embedding)
    v = h = OneHot(codes)(x) if codes else layers.Rescaling(2.0, -1.0)(x)
    for i in range(depth + 1):
        k = size if i else first
        # The first rows end above the pixel; then each layer adds k // 2 rows more.
        above = (k // 2 + 1, k) if i else (k // 2, k)
        v = RowsAbove(2 * width, above, strict=not i)(v)
        across = Pointwise(2 * width, groups=groups)(v)
        along = LeftOf(2 * width, k // 2, "B" if i else "A", groups=groups)(h)
        v = Gate()(layers.Add()([v, *_told(told, 2 * width)]) if told else v)
        y = Gate()(layers.Add()([along, across, *_told(told, 2 * width)]))
        if dropout:
            v, y = Dropout(dropout)(v), Dropout(dropout)(y)
        y = Pointwise(width, groups=groups)(y)
        h = layers.Add()([h, y]) if i else y
    inputs = [x, *told] if told else x
    return keras.Model(inputs, head_of(h, head, outputs, groups), name="gated_pixelcnn")


@checked
def guide(image_shape: ImageShape, scale: Size = 2, width: Size = 16) -> keras.Model:
    """From a small image to a map `scale` times as large, by a transposed convolution.

    It may look anywhere: what it gives is told to another network before that draws.

    Args:
        image_shape: of the small image.
        scale: how much higher and wider the map is.
        width: features of the map.

    Example:
        >>> guide((4, 4, 1), scale=2, width=3).output_shape
        (None, 8, 8, 3)
    """
    inputs = keras.Input(image_shape, name="coarse")
    x = layers.Rescaling(2.0, -1.0)(inputs)
    x = layers.Conv2D(width, 3, padding="same", activation="elu")(x)
    x = layers.Conv2DTranspose(width, 2 * scale, scale, "same", activation="elu")(x)
    return keras.Model(inputs, x, name="guide")


def _inputs(image_shape, classes, embedding):
    """The input beside the image, in a list; an empty one if there is none."""
    if classes and embedding:
        raise BadInput("give classes or an embedding; a label is one in itself.")
    if classes:
        return [keras.Input((classes,), name="label")]
    if not embedding:
        return []
    if len(embedding) != 1 and embedding[:-1] != tuple(image_shape[:-1]):
        raise BadInput(
            "an embedding is a vector, of shape (numbers,), or a map of the image's "
            f"height and width, ({image_shape[0]}, {image_shape[1]}, numbers); "
            f"received {embedding}."
        )
    return [keras.Input(embedding, name="embedding")]


def _told(conditions, filters):
    """V^T h, at every pixel the same, or V * s; nothing if nothing is told."""
    told = []
    for condition in conditions:
        if len(condition.shape) == 4:
            told.append(layers.Conv2D(filters, 1, use_bias=False)(condition))
        else:
            bias = layers.Dense(filters, use_bias=False)(condition)
            told.append(layers.Reshape((1, 1, filters))(bias))
    return told


@checked
def masked(x, filters, size, mask, groups):
    """A convolution of what comes before the pixel: mask "A", or "B" with itself."""
    above = RowsAbove(filters, (size // 2, size), strict=True)(x)
    return layers.Add()([above, LeftOf(filters, size // 2, mask, groups=groups)(x)])


@checked
def head_of(x, widths: Sizes, outputs, groups):
    """1x1 layers, and the parameters."""
    x = layers.Activation("relu")(x)
    for width in widths:
        x = layers.Activation("relu")(Pointwise(width, groups=groups)(x))
    return Pointwise(outputs, groups=groups, last=True, dtype="float32")(x)


@checked
def check(image_shape: ImageShape, groups, **sizes):
    """Refuse what the masks cannot do."""
    if groups not in (1, image_shape[-1]):
        raise BadInput(
            f"groups is 1 or the number of channels, {image_shape[-1]}; received "
            f"{groups}."
        )
    for name, size in sizes.items():
        if size % 2 == 0 or size < 3:
            raise BadInput(f"{name} must be an odd number from 3 on; received {size}.")
