"""Translators that paint over what they are given, out of any that paint anew.

A network makes one channel more than an image has. The others are paint p, and this is
where it covers the image x, a in (0, 1) at each pixel:

    y = a p + (1 - a) x

Where little is to change, little is painted, and all the rest is kept by itself: what a
translator between like images (with glasses and without) otherwise learns first, and
for most of its training.

Reference: Pumarola et al., GANimation (arXiv:1807.09251), equation 1.
Not here: its losses that keep the cover small and smooth.
"""

import keras

from keras_gen.arguments import checked
from keras_gen.errors import BadInput


def over(image, made):
    """The image, painted over as the channels of `made` say, of which the last covers.

    Example:
        >>> image, made = tf.fill((1, 1, 1, 1), 0.5), tf.constant([[[[1.0, 0.25]]]])
        >>> float(over(image, made)[0, 0, 0, 0])
        0.625
    """
    paint, cover = made[..., :-1], made[..., -1:]
    return cover * paint + (1 - cover) * image


@checked
def painter(network: keras.Model) -> keras.Model:
    """The same network, painting over its input, or the first of its inputs.

    Args:
        network: from an image, and whatever else, to one of one channel more; all
            between 0 and 1.

    Example:
        >>> painter(pix2pix.generator((8, 8, 3), 4, 4, 2)).output_shape
        (None, 8, 8, 3)
    """
    shape = network.inputs[0].shape[1:]
    wanted = (*shape[:-1], shape[-1] + 1)
    if network.output_shape[1:] != wanted:
        raise BadInput(
            f"what paints over images of shape {tuple(shape)} makes {wanted}, a "
            f"channel more; the network makes {network.output_shape[1:]}."
        )
    inputs = [
        keras.Input(i.shape[1:], dtype=i.dtype, name=i.name) for i in network.inputs
    ]
    one = inputs if len(inputs) > 1 else inputs[0]
    return keras.Model(one, over(inputs[0], network(one)), name=network.name)
