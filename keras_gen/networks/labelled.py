"""Networks that are told a label, out of networks that are not."""

import keras

from keras_gen.arguments import Size, checked
from keras_gen.errors import BadInput
from keras_gen.layers.label import Tell


@checked
def told(network: keras.Model, classes: Size, several: bool = False) -> keras.Model:
    """The same network, with a label as its second input.

    The label's one-hot code goes into the last `classes` channels of the network's
    input: numbers after a latent, constant channels of an image.

    Args:
        network: any with one input, `classes` channels wider than what will be given.
        classes: how many labels there are, from 0 on.
        several: whether a label is not one of them but an answer to each, 0 or 1.

    Example:
        >>> told(mlp.encoder((8, 8, 1 + 10), 1), 10).input_shape
        [(None, 8, 8, 1), (None,)]
    """
    *grid, channels = network.input_shape[1:]
    if channels <= classes:
        raise BadInput(
            f"{classes} classes take the last {classes} of the network's channels, and "
            f"it has {channels}; build it for {classes} more than it has to see."
        )
    x = keras.Input((*grid, channels - classes), name=network.input.name)
    label = keras.Input((classes,) if several else (), dtype="int32", name="label")
    output = network(Tell(classes)([x, label]))
    return keras.Model([x, label], output, name=network.name)
