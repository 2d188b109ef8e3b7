"""The chain rule on a graph, against TensorFlow's tape."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from keras_gen.parts.slope import sloped


def deep(x):
    """Every operation that there is a rule for, values used twice, and repeats."""
    for activation in ("sigmoid", "tanh", "softplus", "relu", "leaky_relu"):
        x = layers.Dense(5, activation=activation)(x)
    x = layers.Rescaling(0.5, -0.1)(x) + layers.Dense(1)(x)  # one beside five
    return keras.ops.sum(keras.ops.square(-x) - x * x * x, -1)


def convolved(x):
    """Strides that divide a side and that do not, both paddings, several channels."""
    x = layers.Reshape((7, 6, 2))(layers.Dense(84)(x))
    x = layers.Conv2D(3, 4, 2, "same", activation="tanh")(x)  # 4 x 3
    x = layers.Conv2D(4, 3, activation="sigmoid")(x)  # 2 x 1
    return layers.Dense(1)(layers.Flatten()(x))


def grouped(x):
    """There is no rule for it: TensorFlow's stands in."""
    x = layers.Conv2D(4, 3, groups=2)(layers.Reshape((7, 6, 2))(layers.Dense(84)(x)))
    return layers.Dense(1)(layers.Flatten()(x))


def other(x):
    return keras.ops.sum(keras.ops.exp(layers.Dense(3)(x)), -1)


@pytest.mark.parametrize(
    ("ending", "ours"),
    [(deep, True), (convolved, True), (grouped, False), (other, False)],
)
def test_slopes_on_a_graph_are_those_of_the_tape(ending, ours, monkeypatch):
    inputs = keras.Input((2, 2, 1))
    network = keras.Model(inputs, ending(layers.Flatten()(inputs)))
    x = tf.constant(np.random.default_rng(0).normal(size=(6, 2, 2, 1)), tf.float32)
    want = sloped(network, x)  # eager
    if ours:
        monkeypatch.setattr(tf, "gradients", None)
    graph = tf.function(lambda x: sloped(network, x), autograph=False)
    free = graph.get_concrete_function(tf.TensorSpec((None, 2, 2, 1)))
    for a, b in zip(want, free(x), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    used = {op.type for op in free.graph.get_operations()}
    assert not ours or not [name for name in used if name.endswith(("Grad", "Args"))]
