"""The networks of DCGAN: all convolutions, batch-normalised, no pooling.

The generator projects the latent vector to a small map and doubles it with strided
transposed convolutions (ReLU, tanh at the end); the discriminator is its mirror
(LeakyReLU of slope 0.2). No batch normalisation at the generator's output and at the
discriminator's input; no biases before a normalisation.

At 64x64x3, latent 100 and width 64 these are the published networks: 3,576,704 and
2,765,568 trainable parameters. Other sizes have as many doublings as lead to a map
with a side of 4 to 7.

Reference: Radford, Metz & Chintala, Unsupervised Representation Learning with Deep
Convolutional Generative Adversarial Networks (arXiv:1511.06434).
"""

import keras
from keras import layers

from keras_gen.arguments import Decay, ImageShape, Size, checked
from keras_gen.layers.dropout import Dropout
from keras_gen.networks.conv import levels


@checked
def norm():
    """Batch normalisation over all replicas, or two of them would not train as one."""
    # Momentum and epsilon of the reference, where Keras has .99 and 1e-3.
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5, synchronized=True)


def _convolution(layer, channels, kernel, stride, padding, normalised=True):
    # The paper's, which counts on a normalisation; without one what enters would fade.
    initial = (
        keras.initializers.RandomNormal(stddev=0.02) if normalised else "he_normal"
    )
    return layer(
        channels,
        kernel,
        stride,
        padding,
        use_bias=not normalised,
        kernel_initializer=initial,
    )


def _up(*shape):
    return _convolution(layers.Conv2DTranspose, *shape)


def _down(*shape):
    return _convolution(layers.Conv2D, *shape)


@checked
def generator(
    latent_dim: Size, image_shape: ImageShape, width: Size = 64
) -> keras.Model:
    """From a latent vector to an image in [0, 1].

    Example:
        >>> generator(100, (64, 64, 3)).count_params()
        3578624
    """
    n = levels(image_shape)
    side = (image_shape[0] // 2**n, image_shape[1] // 2**n)
    inputs = keras.Input((latent_dim,), name="z")
    x = layers.Reshape((1, 1, latent_dim))(inputs)
    x = _up(width * 2 ** (n - 1), side, 1, "valid")(x)
    x = layers.ReLU()(norm()(x))
    for level in reversed(range(n - 1)):
        x = _up(width * 2**level, 4, 2, "same")(x)
        x = layers.ReLU()(norm()(x))
    x = _up(image_shape[-1], 4, 2, "same")(x)
    x = layers.Activation("tanh", dtype="float32")(x)
    x = layers.Rescaling(0.5, 0.5, dtype="float32")(x)
    return keras.Model(inputs, x, name="dcgan_generator")


@checked
def discriminator(
    image_shape: ImageShape,
    width: Size = 64,
    dropout: Decay = 0.0,
    normalised: bool = True,
) -> keras.Model:
    """From an image in [0, 1] to one logit: how real it looks.

    `dropout`, after each level, is not in the paper; it keeps a discriminator from
    learning a small training set by heart. Not `normalised`, it has biases and He's
    initial weights in the place of batch normalisation, as the critic of WGAN-GP: that
    one's penalty is on the slope of each score in its own image, and a batch's
    statistics would mix them.

    Example:
        >>> discriminator((28, 28, 1), 8, normalised=False).non_trainable_variables
        []
    """
    inputs = keras.Input(image_shape, name="x")
    x = maps(inputs, width, dropout, normalised)
    return keras.Model(inputs, scored(x), name="dcgan_discriminator")


def maps(images, width, dropout=0.0, normalised=True):
    """The discriminator but for its last layer: maps of a side of 4 to 7."""
    x = layers.Rescaling(2.0, -1.0)(images)
    for level in range(levels(images.shape[1:])):
        x = _down(width * 2**level, 4, 2, "same", normalised)(x)
        x = norm()(x) if normalised and level > 0 else x
        x = layers.LeakyReLU(0.2)(x)
        x = Dropout(dropout)(x) if dropout else x
    return x


def scored(x):
    """Its last layer: one logit, of all places."""
    x = _down(1, x.shape[1:3], 1, "valid")(x)
    return layers.Flatten(dtype="float32")(x)
