"""Layers that compare the examples of a batch."""

import keras
import numpy as np
import tensorflow as tf

from keras_gen.adversarial.gan import GAN
from keras_gen.layers.minibatch import (
    MinibatchDeviation,
    MinibatchDiscrimination,
    closeness,
)
from keras_gen.networks import mlp
from tests.conftest import mirrored_over
from tests.laws.adversarial.shared import X, on_replicas

M = np.array([[[1, 2.0]], [[1, 0]], [[0, 0]]], "float32")


def test_closeness_is_the_sum_over_the_batch_with_itself():
    wanted = [[1.18512235], [1.50321472], [1.41766651]]
    np.testing.assert_allclose(closeness(M), wanted, rtol=1e-6)


def test_closeness_sees_the_other_replicas():
    m = np.random.default_rng(0).normal(size=(4, 3, 2)).astype("float32")
    parts = on_replicas(closeness, m)
    np.testing.assert_allclose(np.concatenate(parts), closeness(m), rtol=1e-5)


def test_minibatch_discrimination_appends_closeness_to_its_input():
    layer = MinibatchDiscrimination(kernels=3, dims=2)
    x = np.random.default_rng(0).normal(size=(4, 5)).astype("float32")
    y = layer(x).numpy()
    assert np.array_equal(y[:, :5], x)
    m = (x @ layer.tensor.numpy()).reshape(4, 3, 2)
    for i in range(4):
        near = [np.exp(-np.abs(m[i] - m[j]).sum(-1)) for j in range(4)]
        np.testing.assert_allclose(y[i, 5:], np.sum(near, 0), rtol=1e-5)


def test_a_discriminator_that_compares_says_nothing_of_one_example():
    x = keras.Input((1,))
    y = MinibatchDiscrimination(2, 2)(keras.layers.Dense(4)(x))
    critic = keras.Model(x, keras.layers.Dense(1)(y))
    model = GAN(mlp.encoder((2,), 1, 4), critic)
    model.compile("sgd")
    before = critic.get_layer(index=2).tensor.numpy()
    model.fit(X, verbose=0)
    assert np.abs(critic.get_layer(index=2).tensor.numpy() - before).max() > 0
    assert set(model.signatures()) == {"generate"}


def test_deviation_is_zero_of_equal_examples_and_the_formula_of_others():
    x = np.random.default_rng(0).normal(size=(6, 2, 3, 4)).astype("float32")
    y = MinibatchDeviation()(x).numpy()
    assert np.array_equal(y[..., :-1], x)
    np.testing.assert_allclose(y[..., -1], x.std(0).mean(), rtol=1e-5)
    same = MinibatchDeviation()(np.repeat(x[:1], 6, 0)).numpy()
    np.testing.assert_allclose(same[..., -1], 0, atol=2e-4)


def test_deviation_is_of_the_whole_batch_on_replicas():
    x = np.random.default_rng(0).normal(size=(6, 5)).astype("float32")
    strategy = mirrored_over(2)
    rows = strategy.experimental_distribute_values_from_function(
        lambda context: tf.split(x, 2)[context.replica_id_in_sync_group]
    )
    run = tf.function(lambda part: strategy.run(MinibatchDeviation(), (part,)))
    for part in strategy.experimental_local_results(run(rows)):
        np.testing.assert_allclose(part[:, -1], x.std(0).mean(), rtol=1e-5)
