"""The networks of GAN-CLS: those of DCGAN, which are told a vector.

A caption's vector is made short by a dense layer (LeakyReLU of slope 0.2), one in each
network. Its length is one; before that its numbers are made as large as a latent's. The
generator has it beside its latent. The discriminator has it beside its last maps, at
every place, and looks at both by a convolution over one place before it scores: such a
convolution of a vector that is everywhere the same is a number for each channel, which
is added.

Reference: Reed et al., Generative Adversarial Text to Image Synthesis
(arXiv:1605.05396), section 4.1 and figure 2.
Not here: the residual blocks that the authors' code has beside these layers.
"""

import keras
from keras import layers

from keras_gen.arguments import Decay, ImageShape, Size, checked
from keras_gen.networks import dcgan


def _short(dim, size):
    """The input of a vector, and what is left of it."""
    vector = keras.Input((dim,), name="vector")
    x = layers.Rescaling(dim**0.5)(vector)
    return vector, layers.LeakyReLU(0.2)(layers.Dense(size)(x))


@checked
def generator(
    latent_dim: Size,
    dim: Size,
    image_shape: ImageShape,
    width: Size = 64,
    short: Size = 128,
) -> keras.Model:
    """From a latent and a caption's vector to an image in [0, 1].

    Args:
        latent_dim: numbers of the latent.
        dim: numbers of the vector.
        image_shape: height, width, channels.
        width: channels of the finest maps.
        short: what is left of the vector.

    Example:
        >>> generator(100, 64, (32, 32, 3), width=4).output_shape
        (None, 32, 32, 3)
    """
    z = keras.Input((latent_dim,), name="z")
    vector, told = _short(dim, short)
    network = dcgan.generator(latent_dim + short, image_shape, width)
    image = network(layers.Concatenate()([z, told]))
    return keras.Model([z, vector], image, name="gan_cls_generator")


@checked
def discriminator(
    image_shape: ImageShape,
    dim: Size,
    width: Size = 64,
    short: Size = 128,
    dropout: Decay = 0.0,
) -> keras.Model:
    """From an image in [0, 1] and a caption's vector to one logit.

    Args:
        image_shape: height, width, channels.
        dim: numbers of the vector.
        width: channels of the finest maps.
        short: what is left of the vector.
        dropout: after each of the first maps, as `dcgan.discriminator` has it.

    Example:
        >>> discriminator((32, 32, 3), 64, width=4).output_shape
        (None, 1)
    """
    inputs = keras.Input(image_shape, name="x")
    x = dcgan.maps(inputs, width, dropout)
    vector, told = _short(dim, short)
    channels = x.shape[-1]
    told = layers.Dense(channels, use_bias=False)(told)
    x = layers.Conv2D(channels, 1, use_bias=False)(x)
    x = layers.Add()([x, layers.Reshape((1, 1, channels))(told)])
    x = layers.LeakyReLU(0.2)(dcgan.norm()(x))
    return keras.Model([inputs, vector], dcgan.scored(x), name="gan_cls_discriminator")
