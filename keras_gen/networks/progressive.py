"""The networks of Progressive GAN, at all the sizes that they grow through.

Size 0 is the smallest map, size s doubles it s times. The generator can end at every
size with an image, and the critic can begin at every size with one; how far they have
grown, between 0 and the last size, is their second input (`layers.fade`):

    x_s = block_s(x_{s-1}),      image_s = fade( double(image_{s-1}), to_s(x_s) )
    h_{s-1} = fade( from_{s-1}(shrink(image_s)), block_s(h_s) ),   score(h_0)

`sizes` gives the networks of images of each size, out of the same layers: before size s
is reached none of the larger ones has to be computed.

All layers have equalised learning rates; the generator's features are pixel-normalised,
and the critic sees the deviation of the batch. At 1024x1024 with latent 512 and widths
512, 512, 512, 512, 256, 128, 64, 32, 16 these are the published networks: 23,079,115
and 23,087,249 parameters.

Reference: Karras et al., Progressive Growing of GANs for Improved Quality, Stability,
and Variation (arXiv:1710.10196), table 2.
"""

import keras
from keras import layers

from keras_gen.arguments import ImageShape, Size, Sizes, checked
from keras_gen.errors import BadInput
from keras_gen.layers.equalised import SQRT2, Equalised
from keras_gen.layers.fade import Fade
from keras_gen.layers.minibatch import MinibatchDeviation
from keras_gen.layers.pixel_norm import PixelNorm
from keras_gen.layers.resize import Double


def _conv(width, kernel=3, name=None):
    """With a leak of .2, which is that of Keras's function."""
    layer = layers.Conv2D(width, kernel, padding="same", activation="leaky_relu")
    return Equalised(layer, name=name)


def _smallest(image_shape, widths):
    """The sides of the smallest map."""
    doublings = len(widths) - 1
    sides = image_shape[:2]
    if not widths or any(side % 2**doublings for side in sides):
        raise BadInput(
            f"{len(widths)} widths are as many sizes, each twice the one before; "
            f"received images of {sides[0]}x{sides[1]}."
        )
    return tuple(side // 2**doublings for side in sides)


@checked
def generator(latent_dim: Size, image_shape: ImageShape, widths: Sizes) -> keras.Model:
    """From a latent vector, and the growth, to an image around [0, 1].

    As published, nothing keeps its values within the range.

    Args:
        latent_dim: length of the latent vector, which is brought to a fixed length.
        image_shape: sides that can be halved `len(widths) - 1` times.
        widths: channels of the map at each size, the smallest first.

    Example:
        >>> generator(8, (28, 28, 1), (8, 8, 4)).output_shape
        (None, 28, 28, 1)
    """
    side = _smallest(image_shape, widths)
    # The latent vector as a map of one place, which becomes all of the smallest one;
    # with the authors' gain.
    begin = Equalised(
        layers.Conv2DTranspose(widths[0], side, activation="leaky_relu"),
        SQRT2 / 4,
    )
    parts = {}
    for s, width in enumerate(widths):
        first = [Double(), _conv(width)] if s else [PixelNorm(), begin]
        then = [PixelNorm(), _conv(width), PixelNorm()]
        parts[f"block_{s}"] = keras.Sequential([*first, *then], name=f"block_{s}")
        parts[f"to_{s}"] = Equalised(
            layers.Conv2D(image_shape[-1], 1), gain=1.0, name=f"to_{s}"
        )
    return _generator(parts.get, latent_dim, len(widths) - 1)


def _generator(part, latent_dim, last):
    z = keras.Input((latent_dim,), name="z")
    growth = keras.Input((), name="growth")
    x = part("block_0")(layers.Reshape((1, 1, latent_dim))(z))
    image = part("to_0")(x)
    for s in range(1, last + 1):
        x = part(f"block_{s}")(x)
        image = Fade(s)([Double()(image), part(f"to_{s}")(x), growth])
    image = layers.Rescaling(0.5, 0.5, dtype="float32")(image)
    return keras.Model([z, growth], image, name="progressive_generator")


@checked
def discriminator(image_shape: ImageShape, widths: Sizes) -> keras.Model:
    """From an image in [0, 1], and the growth, to one score.

    Args:
        image_shape: sides that can be halved `len(widths) - 1` times.
        widths: channels of the map at each size, the smallest first.

    Example:
        >>> discriminator((28, 28, 1), (8, 8, 4)).output_shape
        (None, 1)
    """
    _smallest(image_shape, widths)
    score = [MinibatchDeviation(), _conv(widths[0]), layers.Flatten()]
    score += [Equalised(layers.Dense(widths[0], activation="leaky_relu"))]
    score += [Equalised(layers.Dense(1, dtype="float32"), gain=1.0, dtype="float32")]
    parts = {"score": keras.Sequential(score, name="score")}
    for s, width in enumerate(widths):
        parts[f"from_{s}"] = _conv(width, 1, name=f"from_{s}")
        if s:
            block = [_conv(width), _conv(widths[s - 1]), layers.AveragePooling2D(2)]
            parts[f"block_{s}"] = keras.Sequential(block, name=f"block_{s}")
    return _discriminator(parts.get, image_shape, len(widths) - 1)


def _discriminator(part, image_shape, last):
    image = keras.Input(image_shape, name="x")
    growth = keras.Input((), name="growth")
    x = layers.Rescaling(2.0, -1.0)(image)
    h = part(f"from_{last}")(x)
    for s in range(last, 0, -1):
        x = layers.AveragePooling2D(2)(x)
        h = Fade(s)([part(f"from_{s - 1}")(x), part(f"block_{s}")(h), growth])
    score = part("score")(h)
    return keras.Model([image, growth], score, name="progressive_discriminator")


@checked
def sizes(network: keras.Model) -> list[keras.Model]:
    """A network of this module at each of its sizes, with its own layers.

    Example:
        >>> [n.output_shape[1] for n in sizes(generator(8, (28, 28, 1), (8, 8, 4)))]
        [7, 14, 28]
    """
    part, shape = network.get_layer, network.inputs[0].shape[1:]
    names = {layer.name for layer in network.layers}
    last = sum(name.startswith(("to_", "from_")) for name in names) - 1
    if "score" not in names:
        smaller = [_generator(part, shape[0], s) for s in range(last)]
    else:
        height, width, channels = shape
        smaller = [
            _discriminator(part, (height >> k, width >> k, channels), last - k)
            for k in range(last, 0, -1)
        ]
    return [*smaller, network]
