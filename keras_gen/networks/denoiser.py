"""Networks of diffusion: from a noisy example and the time to a thing of its shape.

The time in [0, 1] becomes a vector (layers/time_table.py), to which that of what is
told is added: of a class, a caption (networks/text.py) or an array. It steers every
block by a gain and an offset of each channel:

    block(x, c) = x + conv(silu( norm(conv(silu(norm(x)))) (1 + A c) + B c ))

`unet` cuts the image into patches and makes maps of them, coarser from level to level
and finer again, with what is passed across (networks/unet.py has the plain one). With
patches of 2 most of the work is on a map of half the side, and costs a quarter.

An image that is told lies beside the noisy one, its pixels repeated to that one's size.

Noisy examples come in as they are, scaled to unit variance; nothing is rescaled here.
Nothing can be told: the class behind the last, a caption without words, an array that
is -1 everywhere (see `Diffusion`).

References: Ho et al. (arXiv:2006.11239), appendix B; Hoogeboom et al., simple diffusion
(arXiv:2301.11093), for the patches.
Not here: attention, group normalisation (each place is normalised on its own, which
every runtime computes alike), more than one thing that is told.
"""

import math

import keras
from keras import layers

from keras_gen.arguments import CountFrom0, Decay, ImageShape, Shape, Size, checked
from keras_gen.errors import BadInput
from keras_gen.layers.dropout import Dropout
from keras_gen.layers.modulate import Modulate
from keras_gen.layers.resize import Double
from keras_gen.layers.shown import Shown
from keras_gen.layers.time_table import TimeTable
from keras_gen.networks import text
from keras_gen.vocabulary import Vocabulary


def _silu(x):
    """x sigmoid(x); Keras's own has a gradient that loops cannot be exported with."""
    return layers.Multiply()([x, layers.Activation("sigmoid")(x)])


def _told(data_shape, width, classes, vocabulary, embedding):
    """The inputs, the noisy example with what lies beside it, and the vector."""
    if sum(map(bool, (classes, vocabulary, embedding))) > 1:
        raise BadInput("tell it classes, captions or an embedding: one of them.")
    inputs = [keras.Input(data_shape, name="x"), keras.Input((), name="time")]
    x, more = inputs[0], None
    vector = _silu(layers.Dense(width)(TimeTable(width + width % 2)(inputs[1])))
    if classes:
        inputs.append(keras.Input((), dtype="int32", name="label"))
        more = text.table(classes + 1, width)(inputs[2])
    elif vocabulary:
        length = (vocabulary.length,)
        inputs.append(keras.Input(length, dtype="int32", name="caption"))
        more = text.said(inputs[2], vocabulary, width)
    elif embedding:
        inputs.append(keras.Input(embedding, name="embedding"))
        shown = Shown()(inputs[2])
        if len(embedding) == 3:
            x = layers.Concatenate()([x, _grown(shown, data_shape)])
        else:
            more = layers.Dense(width)(layers.Flatten()(shown))
    vector = layers.Add()([vector, more]) if more is not None else vector
    return inputs, x, _silu(layers.Dense(width)(vector))


def _grown(shown, data_shape):
    """Doubled until it has the height and width of an example."""
    while shown.shape[1] < data_shape[0]:
        shown = Double()(shown)
    if tuple(shown.shape[1:3]) != tuple(data_shape[:2]):
        raise BadInput(
            f"an image that is told is doubled to the size of an example, "
            f"{data_shape[0]} x {data_shape[1]}: its sides are those, or a half, a "
            "quarter ... of them."
        )
    return shown


def _conv(channels, kernel=3, **options):
    return layers.Conv2D(channels, kernel, padding="same", **options)


def _block(x, vector, channels, dropout):
    y = _conv(channels)(_silu(layers.LayerNormalization()(x)))
    gain, bias = (layers.Dense(channels)(vector) for _ in range(2))
    y = layers.LayerNormalization(center=False, scale=False)(y)
    y = _silu(Modulate()([y, gain, bias]))
    y = _conv(channels)(Dropout(dropout)(y) if dropout else y)
    x = x if x.shape[-1] == channels else _conv(channels, 1)(x)
    return layers.Add()([x, y])


@checked
def unet(
    image_shape: ImageShape,
    widths: Shape = (64, 96),
    classes: CountFrom0 = 0,
    blocks: Size = 1,
    patch: Size = 2,
    dropout: Decay = 0.0,
    vocabulary: Vocabulary | None = None,
    embedding: Shape | None = None,
) -> keras.Model:
    """From a noisy image, the time and what is told, if anything, to an image's shape.

    Args:
        image_shape: height, width, channels.
        widths: channels of the maps, from the finest on; each has half the side.
        classes: how many labels there are, from 0 on.
        blocks: of each level, on the way down and on the way up.
        patch: the side of the squares that the finest map is made of.
        dropout: within the blocks.
        vocabulary: of captions, if they are told.
        embedding: shape of the array that is told, if one is: of an image of the same
            size, or a half, a quarter ... of it; or else of a vector.

    Example:
        >>> unet((28, 28, 1), (8, 8), classes=10).output_shape
        (None, 28, 28, 1)
    """
    halved = patch * 2 ** (len(widths) - 1)
    if any(side % halved for side in image_shape[:2]):
        raise BadInput(
            f"with patches of {patch} and {len(widths)} levels an image's sides are "
            f"multiples of {halved}; received {image_shape[0]} x {image_shape[1]}."
        )
    inputs, x, vector = _told(
        image_shape, 2 * widths[0], classes, vocabulary, embedding
    )
    x = layers.Conv2D(widths[0], max(patch, 3), patch, padding="same")(x)
    passed = []
    for level, width in enumerate(widths):
        x = _conv(width, strides=2)(x) if level else x
        for _ in range(blocks):
            x = _block(x, vector, width, dropout)
            passed.append(x)
    x = _block(x, vector, widths[-1], dropout)
    for level, width in reversed(list(enumerate(widths))):
        for _ in range(blocks):
            x = layers.Concatenate()([x, passed.pop()])
            x = _block(x, vector, width, dropout)
        x = _conv(widths[level - 1])(Double()(x)) if level else x
    x = _silu(layers.LayerNormalization()(x))
    x = layers.Conv2DTranspose(
        image_shape[-1], max(patch, 3), patch, padding="same", dtype="float32"
    )(x)
    return keras.Model(inputs, x, name="denoising_unet")


@checked
def mlp(
    data_shape: Shape,
    width: Size = 128,
    depth: Size = 3,
    classes: CountFrom0 = 0,
    vocabulary: Vocabulary | None = None,
    embedding: Shape | None = None,
) -> keras.Model:
    """The same for points and small images, of residual dense layers.

    Example:
        >>> mlp((2,), 8).output_shape
        (None, 2)
    """
    inputs, x, vector = _told(data_shape, width, classes, vocabulary, embedding)
    size = math.prod(data_shape)
    x = layers.Dense(width)(layers.Flatten()(x) if len(data_shape) > 1 else x)
    for _ in range(depth):
        y = layers.Add()([x, layers.Dense(width)(vector)])
        y = _silu(layers.Dense(width)(_silu(y)))
        x = layers.Add()([x, layers.Dense(width)(y)])
    x = layers.Dense(size, dtype="float32")(_silu(x))
    x = layers.Reshape(data_shape)(x) if len(data_shape) > 1 else x
    return keras.Model(inputs, x, name="denoising_mlp")
