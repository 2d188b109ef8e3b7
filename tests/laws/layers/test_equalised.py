"""Weights stored at one scale and used at another."""

import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from keras_gen.layers.equalised import Equalised


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (lambda: layers.Dense(200), (300, 50)),
        (lambda: layers.Conv2D(100, 3), (20, 8, 8, 20)),
        (lambda: layers.Conv2DTranspose(100, 4), (100, 1, 1, 50)),
    ],
)
def test_equalised_layers_keep_the_variance(layer, shape):
    x = np.random.default_rng(0).normal(size=shape).astype("float32")
    y = Equalised(layer(), gain=1.0)(x).numpy()
    assert y.var() == pytest.approx(1, rel=0.1)
    rectified = np.maximum(Equalised(layer())(x), 0)
    assert (rectified**2).mean() == pytest.approx(1, rel=0.1)


def test_the_gradient_of_a_stored_weight_is_that_of_the_used_one_scaled():
    x = np.random.default_rng(0).normal(size=(6, 5)).astype("float32")
    layer = Equalised(layers.Dense(3), gain=2.0)
    layer.build(x.shape)
    assert layer.layer.kernel.numpy().std() == pytest.approx(1, rel=0.5)
    used = tf.Variable(layer.layer.kernel.numpy() * 2 / np.sqrt(5))
    with tf.GradientTape(persistent=True) as tape:
        y = layer(x)
        other = x @ used
        losses = [tf.reduce_sum(tf.sin(t)) for t in (y, other)]
    np.testing.assert_allclose(y, other, atol=1e-5)
    stored = tape.gradient(losses[0], layer.layer.kernel.value)
    of_used = tape.gradient(losses[1], used)
    np.testing.assert_allclose(stored, of_used * 2 / np.sqrt(5), rtol=1e-4)
