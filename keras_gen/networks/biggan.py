"""The networks of BigGAN: residual, with a class and some latents in every block.

The latent vector is cut into pieces. The first makes the smallest map; each block of
the generator has another, beside an embedding of the class that all blocks share, and
both steer the block's batch normalisations:

    c_l = [embedding(y), z_l],    norm(x) = (x - mean) / std (1 + A_l c_l) + B_l c_l
    up(x, c) = conv(relu(norm(conv(grow(relu(norm(x, c)))), c)))  +  conv1x1(grow(x))

The critic halves the map with blocks like SNGAN's, sums the last map over the places
and adds the projection on an embedding of the class (`networks.resnet`). One map of
both has self-attention. Kernels begin orthogonal, and all layers but the generator's
embedding are divided by their spectral norm.

With 96 times (16, 16, 8, 4, 2, 1) and (1, 2, 4, 8, 16, 16), latent 120, attention at 64
and the thousand classes of ImageNet, these are the published networks for 128x128:
70,433,988 and 87,982,370 parameters.

Reference: Brock, Donahue & Simonyan, Large Scale GAN Training for High Fidelity Natural
Image Synthesis (arXiv:1809.11096), appendix B.
Not here: BigGAN-deep.
"""

import keras
from keras import layers

from keras_gen.arguments import (
    CountFrom0,
    ImageShape,
    NotNegative,
    Size,
    Sizes,
    checked,
)
from keras_gen.errors import BadInput
from keras_gen.layers.attention import SelfAttention
from keras_gen.layers.modulate import Modulate
from keras_gen.layers.orthogonal import Orthogonal
from keras_gen.layers.resize import Double
from keras_gen.layers.spectral import SpectralNorm
from keras_gen.networks.dcgan import norm


class _Makes:
    """Layers that begin orthogonal, divided by their spectral norms."""

    def __init__(self, orthogonal=0.0):
        self.weight = orthogonal

    def _settings(self):
        return {
            "kernel_initializer": keras.initializers.Orthogonal(),
            "kernel_regularizer": Orthogonal(self.weight) if self.weight else None,
        }

    def conv(self, channels, kernel=3):
        layer = layers.Conv2D(channels, kernel, padding="same", **self._settings())
        return SpectralNorm(layer)

    def dense(self, units, **kwargs):
        layer = layers.Dense(units, **kwargs, **self._settings())
        return SpectralNorm(layer, dtype=kwargs.get("dtype"))


def _embedding(classes, width, dtype=None):
    orthogonal = keras.initializers.Orthogonal()
    return layers.Embedding(
        classes, width, embeddings_initializer=orthogonal, dtype=dtype
    )


@checked
def generator(
    latent_dim: Size,
    image_shape: ImageShape,
    classes: Size,
    widths: Sizes,
    embedding: CountFrom0 = 128,
    attention: CountFrom0 = 0,
    orthogonal: NotNegative = 0.0,
) -> keras.Model:
    """From a latent vector and a class to an image in [0, 1].

    Args:
        latent_dim: a multiple of `len(widths)`, for each has its piece.
        image_shape: sides that can be halved `len(widths) - 1` times.
        classes: how many labels there are, from 0 on.
        widths: channels of the smallest map, and after each of the blocks.
        embedding: of the class, shared by all blocks; 0 for the form without sharing
            and pieces: a table of gains and biases in each normalisation, and the whole
            latent vector at the beginning.
        attention: side of the map that has self-attention, if any.
        orthogonal: weight of orthogonal regularisation.

    Example:
        >>> generator(12, (28, 28, 1), 36, (8, 8, 4)).output_shape
        (None, 28, 28, 1)
    """
    blocks = len(widths) - 1
    height, width, channels = image_shape
    if blocks < 1 or height % 2**blocks or width % 2**blocks:
        raise BadInput(
            f"{blocks} blocks halve the sides {blocks} times, at least once; received "
            f"images of {height}x{width}. Give another number of widths."
        )
    if embedding and latent_dim % len(widths):
        raise BadInput(
            f"the latent vector has a piece for each of the {len(widths)} widths; its "
            f"{latent_dim} numbers cannot be shared out equally."
        )
    make = _Makes(orthogonal)
    z = keras.Input((latent_dim,), name="z")
    label = keras.Input((), dtype="int32", name="label")
    if embedding:
        first, *pieces = keras.ops.split(z, len(widths), axis=-1)
        shared = _embedding(classes, embedding)(label)
        told = [layers.Concatenate()([shared, piece]) for piece in pieces]
    else:
        first, told = z, [label] * blocks

    def conditional(x, c):
        """Batch normalisation with the gain and bias that `c` asks for."""
        wide = x.shape[-1]
        x = layers.BatchNormalization(
            momentum=0.9, epsilon=1e-5, center=False, scale=False, synchronized=True
        )(x)
        if embedding:
            gain, bias = (make.dense(wide, use_bias=False)(c) for _ in range(2))
        else:
            gain, bias = (
                layers.Embedding(classes, wide, embeddings_initializer="zeros")(c)
                for _ in range(2)
            )
        return keras.ops.relu(Modulate()([x, gain, bias]))

    side = (height // 2**blocks, width // 2**blocks)
    x = make.dense(side[0] * side[1] * widths[0])(first)
    x = layers.Reshape((*side, widths[0]))(x)
    for wide, c in zip(widths[1:], told, strict=True):
        y = make.conv(wide)(Double()(conditional(x, c)))
        y = make.conv(wide)(conditional(y, c))
        x = y + Double()(make.conv(wide, 1)(x))
        if x.shape[1] == attention:
            x = SelfAttention()(x)
    x = make.conv(channels)(keras.ops.relu(norm()(x)))
    x = layers.Activation("tanh", dtype="float32")(x)
    x = layers.Rescaling(0.5, 0.5, dtype="float32")(x)
    return keras.Model([z, label], x, name="biggan_generator")


@checked
def discriminator(
    image_shape: ImageShape,
    classes: Size,
    widths: Sizes,
    halvings: CountFrom0,
    attention: CountFrom0 = 0,
    last_bias: bool = True,
) -> keras.Model:
    """From an image in [0, 1] and its class to one score.

    Args:
        image_shape: sides that can be halved `halvings` times.
        classes: how many labels there are, from 0 on.
        widths: channels after each of the blocks.
        halvings: how many blocks halve the map, the first ones.
        attention: side of the map that has self-attention, if any.
        last_bias: of the score; with the hinge loss it has no gradient within the
            margins.

    Example:
        >>> discriminator((28, 28, 1), 36, (4, 8, 8), halvings=2).output_shape
        (None, 1)
    """
    make = _Makes()
    image = keras.Input(image_shape, name="x")
    label = keras.Input((), dtype="int32", name="label")
    x = layers.Rescaling(2.0, -1.0)(image)
    for i, wide in enumerate(widths):
        y = x if i == 0 else keras.ops.relu(x)  # the image itself is not rectified
        y = make.conv(wide)(keras.ops.relu(make.conv(wide)(y)))
        # A convolution of 1x1 and the mean of four commute; so it sees fewer places.
        x = layers.AveragePooling2D(2)(x) if i < halvings else x
        y = layers.AveragePooling2D(2)(y) if i < halvings else y
        same = i >= halvings and x.shape[-1] == wide
        x = y + (x if same else make.conv(wide, 1)(x))
        if x.shape[1] == attention:
            x = SelfAttention()(x)
    x = keras.ops.relu(x)
    places = x.shape[1] * x.shape[2]
    # The sum over the places, as the mean times their number; its gradient, which is as
    # many times that of a place, overflows in half precision.
    h = layers.GlobalAveragePooling2D(dtype="float32")(x)
    h = layers.Rescaling(float(places), dtype="float32")(h)
    score = make.dense(1, use_bias=last_bias, dtype="float32")(h)
    table = _embedding(classes, widths[-1], dtype="float32")
    embedded = SpectralNorm(table, dtype="float32")(label)
    agreement = layers.Dot(axes=-1, dtype="float32")([embedded, h])
    score = layers.Add(dtype="float32")([score, agreement])
    return keras.Model([image, label], score, name="biggan_discriminator")
