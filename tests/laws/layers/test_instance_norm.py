"""Each map of each image has mean 0 and variance 1, and the derivatives are its own."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen.layers.instance_norm import EPSILON, InstanceNorm

X, W, V = np.random.default_rng(0).normal(size=(3, 2, 4, 6, 3)).astype("float32")


@pytest.mark.parametrize("training", [False, True])
def test_every_map_of_every_image_has_its_own_scale(training):
    y = InstanceNorm()(5 * X + 3, training=training).numpy()
    np.testing.assert_allclose(y.mean((1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(y.std((1, 2)), 1, rtol=1e-4)
    alone = InstanceNorm()(5 * X[:1] + 3, training=training).numpy()
    np.testing.assert_allclose(alone, y[:1], atol=1e-6)


def derivatives(layer):
    """The first, along W, and the second, of that along V."""
    x = tf.constant(X)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            total = tf.reduce_sum(W * layer(x, training=True) ** 2)
        first = inner.gradient(total, x)
        along = tf.reduce_sum(V * first)
    return first.numpy(), outer.gradient(along, x).numpy()


def written_out(x, training):
    x = x - tf.reduce_mean(x, (1, 2), keepdims=True)
    variance = tf.reduce_mean(x**2, (1, 2), keepdims=True)
    return x / tf.sqrt(variance + EPSILON)


def test_its_derivatives_are_those_of_the_definition():
    """The second are what penalties descend.

    Those of `tf.nn.moments`, and so of Keras's group normalisation, are others: to it
    the mean within the variance is a constant.
    """
    found, wanted = derivatives(InstanceNorm()), derivatives(written_out)
    for ours, theirs in zip(found, wanted, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
    groups = keras.layers.GroupNormalization(-1, -1, EPSILON, center=False, scale=False)
    np.testing.assert_allclose(derivatives(groups)[0], found[0], atol=1e-5)


def test_half_precision_is_normalised_in_single_precision():
    """The mean of squares of numbers above 256 is beyond half precision."""
    x = tf.cast(1000 * X, "float16")
    y = InstanceNorm(dtype="float16")(x, training=True)
    assert y.dtype == "float16"
    np.testing.assert_allclose(y, InstanceNorm()(1000 * X), atol=5e-3)
