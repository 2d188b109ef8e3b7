"""The network of MADE: a multi-layer perceptron whose every path points forwards.

Dimension d of the data gets a degree, its place in the order of drawing; hidden units
get the degrees 1 .. D - 1, spread evenly; the outputs about d get the degree of d. The
masks of `MaskedDense` then leave only paths from earlier dimensions to later ones, and
all the conditionals p(x_d | x_<d) come out of a single pass.

Reference: Germain et al., MADE (arXiv:1502.03509). With one hidden layer of 500 units
on 28x28 binary images it has the paper's 785,284 parameters. Several orders can share
the weights: each has masks of its own, and an output of its own (the paper's
"order-agnostic" training).
Not here: other degrees of the hidden units for each order.
"""

import math

import keras
import numpy as np
from keras import layers

from keras_gen.arguments import (
    Activation,
    CountFrom0,
    Decay,
    Shape,
    Size,
    Sizes,
    checked,
)
from keras_gen.errors import BadInput
from keras_gen.layers.dropout import Dropout
from keras_gen.layers.masked import MaskedDense


@checked
def made(
    event_shape: Shape,
    outputs_per_dim: Size = 1,
    hidden: Sizes = (500,),
    order=None,
    seed: CountFrom0 = 0,
    activation: Activation = "relu",
    dropout: Decay = 0.0,
    direct: bool = False,
    orders: Size = 1,
) -> keras.Model:
    """From an example to `outputs_per_dim` numbers about each of its dimensions.

    Args:
        event_shape: shape of an example.
        outputs_per_dim: as many as the likelihood needs: 1 for Bernoulli, the number of
            levels for Categorical.
        hidden: widths; fewer units than dimensions cut some of the dependencies.
        order: the flat indices of the dimensions in the order of drawing; None for
            the order of the memory (rows from the top), "random" for a random one.
        seed: of the random order.
        activation: of the hidden units.
        dropout: of the hidden units.
        direct: whether to add connections from the inputs straight to the outputs.
        orders: how many random orders share the weights; with more than one, the
            network has a list of outputs, and `order` must be "random".

    Example:
        >>> made((8, 8, 1), 17, hidden=(200,), order="random").output_shape
        (None, 8, 8, 17)
    """
    size = math.prod(event_shape)
    if orders > 1 and not (isinstance(order, str) and order == "random"):
        raise BadInput(f'several orders are random ones; give order="random", {order=}')
    degrees = np.array(
        [np.argsort(_checked(order, size, seed + k)) + 1 for k in range(orders)]
    )
    degrees = degrees if orders > 1 else degrees[0]
    about = np.repeat(degrees, outputs_per_dim, axis=-1)

    inputs = keras.Input(event_shape, name="x")
    x = inputs
    if len(event_shape) == 3:
        x = layers.Flatten()(layers.Rescaling(2.0, -1.0)(x))
    dense, seen = [], degrees
    for width in hidden:
        units = np.linspace(1, max(1, size - 1), width).round().astype(int)
        dense.append(MaskedDense(seen, units))
        seen = units
    last = MaskedDense(seen, about, strict=True, dtype="float32")
    if direct:
        shortcut = MaskedDense(degrees, about, strict=True, dtype="float32")
    *grid, channels = event_shape

    def conditionals(**which):
        y = x
        for layer in dense:
            y = layers.Activation(activation)(layer(y, **which))
            y = Dropout(dropout)(y) if dropout else y
        y = last(y, **which)
        if direct:
            y = layers.Add(dtype="float32")([y, shortcut(x, **which)])
        return layers.Reshape((*grid, channels * outputs_per_dim))(y)

    if orders == 1:
        return keras.Model(inputs, conditionals(), name="made")
    outputs = [conditionals(order=k) for k in range(orders)]
    return keras.Model(inputs, outputs, name="made")


@checked
def drawing_order(network: keras.Model) -> np.ndarray:
    """The order that a network was made for, or its orders, a row for each."""
    for layer in network.layers:
        if isinstance(layer, MaskedDense):
            return np.argsort(layer.in_degrees, axis=-1)
    raise BadInput(
        f'the network "{network.name}" has no MaskedDense layer, so nothing keeps its '
        "outputs from seeing what they predict; build it with networks.made.made."
    )


def _checked(order, size: int, seed: int) -> np.ndarray:
    if order is None:
        return np.arange(size)
    if isinstance(order, str) and order == "random":
        return np.random.default_rng(seed).permutation(size)
    if isinstance(order, str) or sorted(np.ravel(order)) != list(range(size)):
        raise BadInput(
            f'order must be None, "random" or the numbers 0 to {size - 1}, each '
            f"once; received {order!r}."
        )
    return np.ravel(order)
