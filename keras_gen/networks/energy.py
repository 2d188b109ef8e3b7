"""Energies: from an example to a number, and sums of them."""

import keras
import tensorflow as tf
from keras import layers

from keras_gen.arguments import CountFrom0, ImageShape, Shape, Size, checked
from keras_gen.errors import BadInput
from keras_gen.networks import conv


@keras.saving.register_keras_serializable("keras_gen")
class Swish(layers.Layer):
    """x sigmoid(x), without the gradient of its own that TensorFlow's has.

    That cannot be exported with the slope of an energy (see `parts.slope`).

    Example:
        >>> Swish()(tf.constant([0.0, 20.0])).numpy()
        array([ 0., 20.], dtype=float32)
    """

    def call(self, x):
        return x * tf.sigmoid(x)


@checked
def dense(
    data_shape: Shape,
    width: Size = 256,
    depth: CountFrom0 = 2,
    outputs: Size = 1,
) -> keras.Model:
    """Layers of `Swish`, and one energy or more.

    Example:
        >>> dense((8, 8, 1), 32, outputs=10).output_shape
        (None, 10)
    """
    inputs = x = keras.Input(data_shape, name="x")
    if len(data_shape) == 3:
        x = layers.Flatten()(layers.Rescaling(2.0, -1.0)(x))
    for _ in range(depth):
        x = Swish()(layers.Dense(width)(x))
    x = layers.Dense(outputs, dtype="float32")(x)
    return keras.Model(inputs, x, name="energy")


@checked
def convolutional(
    image_shape: ImageShape, width: Size = 32, outputs: Size = 1
) -> keras.Model:
    """Strided convolutions and `Swish`, down to a side of 4 to 7, and a dense layer.

    Example:
        >>> convolutional((8, 8, 1), 8, outputs=10).output_shape
        (None, 10)
    """
    inputs = keras.Input(image_shape, name="x")
    x = layers.Rescaling(2.0, -1.0)(inputs)
    for level in range(conv.levels(image_shape)):
        x = Swish()(layers.Conv2D(width * 2**level, 4, 2, "same")(x))
    x = layers.Dense(outputs, dtype="float32")(layers.Flatten()(x))
    return keras.Model(inputs, x, name="conv_energy")


def combined(networks, labels=None, weights=None) -> keras.Model:
    """The weighted sum of energies, of which each finds its own likely.

    Args:
        networks: from the same examples to energies.
        labels: for each, which of its energies; None where it has one.
        weights: of each; 1 if None. A negative one finds likely what its network does
            not.

    Example:
        >>> one, two = dense((2,), 8), dense((2,), 8, outputs=3)
        >>> combined([one, two], labels=[None, 2]).output_shape
        (None, 1)
    """
    networks = list(networks)
    labels = [None] * len(networks) if labels is None else list(labels)
    weights = [1.0] * len(networks) if weights is None else list(weights)
    shapes = {network.input_shape for network in networks}
    if len(shapes) != 1 or not len(networks) == len(labels) == len(weights):
        raise BadInput(
            "energies are combined that are of the same examples, with a label and a "
            f"weight for each; received inputs of {sorted(map(str, shapes))}, "
            f"{len(labels)} labels and {len(weights)} weights for {len(networks)}."
        )
    inputs = keras.Input(networks[0].input_shape[1:], name="x")
    total = []
    parts = zip(networks, labels, weights, strict=True)
    for i, (network, label, weight) in enumerate(parts):
        # Under a name of its own: those of one function are all called alike.
        part = keras.Model(network.inputs, network.outputs, name=f"energy_{i}")
        (values,) = tf.nest.flatten(part(inputs))
        if (label is None) != (values.shape[-1] == 1):
            raise BadInput(
                f"a network of {values.shape[-1]} energies was given the label "
                f"{label}; one of several energies needs it, one of one has none."
            )
        value = values if label is None else values[:, label : label + 1]
        total.append(layers.Rescaling(float(weight))(value))
    return keras.Model(inputs, sum(total[1:], total[0]), name="combined")
