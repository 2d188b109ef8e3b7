"""The residual networks of SNGAN: a generator, and a critic that may know classes.

A generator's block doubles the map, from a side of 4 to 7; the critic's first two
blocks halve it, two more do not:

    up(x)    = conv(relu(norm(conv(grow(relu(norm(x)))))))  +  conv1x1(grow(x))
    down(x)  = shrink(conv(relu(conv(relu(x)))))            +  shrink(conv1x1(x))

The critic sums its last map over the places. Every layer of it is divided by its
spectral norm. For classes it adds an inner product, the projection

    score(x, y)  =  w . h(x) + b  +  embedding(y) . h(x)

which is the form of log p(y | x) / q(y | x) for a softmax over h.

At 32x32x3, latent 128, width 256 and 128, these are the published networks: 4,276,739
and 1,053,825 parameters.

References: Miyato et al., Spectral Normalization for GANs (arXiv:1802.05957), table 4;
Miyato & Koyama, cGANs with Projection Discriminator (arXiv:1802.05637).
Not here: conditional batch normalisation in the generator.
"""

import keras
from keras import layers

from keras_gen.arguments import CountFrom0, ImageShape, Size, checked
from keras_gen.layers.resize import Double
from keras_gen.layers.spectral import SpectralNorm
from keras_gen.networks.conv import levels
from keras_gen.networks.dcgan import norm


def _conv(channels, kernel=3):
    return layers.Conv2D(channels, kernel, padding="same")


def _spectral_conv(channels, kernel=3):
    return SpectralNorm(_conv(channels, kernel))


def _up(x, width):
    y = Double()(layers.ReLU()(norm()(x)))
    y = layers.ReLU()(norm()(_conv(width)(y)))
    return layers.Add()([_conv(width)(y), _conv(width, 1)(Double()(x))])


def _down(x, width, halve=True, first=False):
    """A block of the critic; the first one sees the image, which is not rectified."""
    y = x if first else layers.ReLU()(x)
    y = layers.ReLU()(_spectral_conv(width)(y))
    y = _spectral_conv(width)(y)
    if first:  # on the small map: the same function, with a quarter of the work
        x = _spectral_conv(width, 1)(layers.AveragePooling2D(2)(x))
    elif halve:
        x = layers.AveragePooling2D(2)(_spectral_conv(width, 1)(x))
    return layers.Add()([layers.AveragePooling2D(2)(y) if halve else y, x])


@checked
def generator(
    latent_dim: Size, image_shape: ImageShape, width: Size = 256
) -> keras.Model:
    """From a latent vector to an image in [0, 1].

    Example:
        >>> generator(128, (32, 32, 3), 16).output_shape
        (None, 32, 32, 3)
    """
    n = levels(image_shape)
    side = (image_shape[0] // 2**n, image_shape[1] // 2**n)
    inputs = keras.Input((latent_dim,), name="z")
    x = layers.Dense(side[0] * side[1] * width)(inputs)
    x = layers.Reshape((*side, width))(x)
    for _ in range(n):
        x = _up(x, width)
    x = _conv(image_shape[-1])(layers.ReLU()(norm()(x)))
    x = layers.Activation("tanh", dtype="float32")(x)
    x = layers.Rescaling(0.5, 0.5, dtype="float32")(x)
    return keras.Model(inputs, x, name="resnet_generator")


@checked
def discriminator(
    image_shape: ImageShape,
    width: Size = 128,
    classes: CountFrom0 = 0,
    last_bias: bool = True,
) -> keras.Model:
    """From an image in [0, 1], and its class if there are any, to one score.

    The score's `last_bias` has no gradient within the margins of the hinge loss.

    Example:
        >>> discriminator((32, 32, 3), 16, classes=10).input_shape
        [(None, 32, 32, 3), (None,)]
    """
    image = keras.Input(image_shape, name="x")
    x = layers.Rescaling(2.0, -1.0)(image)
    x = _down(x, width, first=True)
    x = _down(x, width)
    for _ in range(2):
        x = _down(x, width, halve=False)
    x = layers.ReLU()(x)
    places = x.shape[1] * x.shape[2]
    # The sum over the places, as the mean times their number.
    h = layers.Rescaling(float(places))(layers.GlobalAveragePooling2D()(x))
    score = layers.Dense(1, use_bias=last_bias, dtype="float32")
    score = SpectralNorm(score, dtype="float32")(h)
    if not classes:
        return keras.Model(image, score, name="resnet_discriminator")
    label = keras.Input((), dtype="int32", name="label")
    embedded = SpectralNorm(layers.Embedding(classes, width))(label)
    agreement = layers.Dot(axes=-1, dtype="float32")([embedded, h])
    score = layers.Add(dtype="float32")([score, agreement])
    return keras.Model([image, label], score, name="resnet_discriminator")
