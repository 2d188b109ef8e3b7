"""Several replicas give the weights of one, batch normalisation and noise included.

With SGD: Adam hides a wrong scale of the gradient.
"""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen.layers.dropout import Dropout
from keras_gen.training.precision import LossScale
from tests.conftest import (
    PLAIN,
    PLUMBING,
    SMALL,
    difference,
    mirrored_over,
    tiny_examples,
)

LIMIT = 1e-6
# A critic that sums over places has gradients of 30, where the others have 1; a wrong
# scale would be a difference of .1.
STEEP = {"BigGAN": 1e-5}
# Variants whose step looks at the whole batch, as that of no plain one does.
TOGETHER = ("GAN-relativistic", "GAN-features")


@keras.saving.register_keras_serializable("tests")
def product(wanted, made):
    """A metric of one's own, of pairs of any shapes; never 0."""
    n = tf.shape(made)[0]
    a, b = (tf.reshape(tf.cast(t, "float32"), [n, -1]) for t in (wanted, made))
    return 1.0 + tf.reduce_mean(a, 1) * tf.reduce_mean(b**2, 1)


def trained(name, strategy, graph=False):
    """Steps on shuffled data, and a test whose last batch is not whole.

    Where there is something to compare, a metric of one's own is reported as well.
    Eagerly and but two steps, of the plumbing a graph's six: tracing takes longer.
    """
    keras.utils.set_random_seed(3)
    with strategy.scope():
        model = SMALL[name]()
        if name == "GAN":  # whose way with several all games have
            model.critic_steps = 2
        model.compile(
            keras.optimizers.SGD(3e-3),
            metrics=model.metrics_of and [product],
            run_eagerly=not graph,
        )
    whole = tf.data.Dataset.from_tensor_slices(tiny_examples(model, 24))
    shuffled = whole.shuffle(24, seed=1).batch(8, drop_remainder=True)
    if name not in PLUMBING:
        shuffled = shuffled.take(2)
    history = model.fit(shuffled, epochs=1 + (name in PLUMBING), verbose=0).history
    test = whole.take(12).batch(8)
    tested = model.evaluate(test, verbose=0, return_dict=True)
    return [w.numpy() for w in model.weights], history, tested


@functools.cache
def alone(name):
    return trained(name, tf.distribute.get_strategy())


@pytest.mark.parametrize(
    ("name", "replicas"),
    [(n, 2) for n in (*PLAIN, *TOGETHER)] + [(n, 4) for n in PLUMBING],
)
def test_several_replicas_equal_one(name, replicas):
    graph = name in PLUMBING
    one, several = alone(name), trained(name, mirrored_over(replicas), graph)
    limit = STEEP.get(name, LIMIT)
    assert all(told.get("product", 1) > 0 for told in (one[2], several[2]))
    assert difference(one[0], several[0]) < limit
    for values, others in zip(one[1:], several[1:], strict=True):
        for key, value in values.items():  # what is logged is the unscaled loss
            np.testing.assert_allclose(others[key], value, rtol=1e-5, atol=limit)


def test_dropout_draws_for_the_global_batch(mirrored):
    """Keras's own would drop the same units in the first row of each replica."""
    x = tf.ones((8, 50))

    def masks(strategy):
        keras.utils.set_random_seed(1)
        with strategy.scope():
            layer = Dropout(0.5)
            layer.build(x.shape)

        @tf.function
        def run(rows):
            return strategy.run(lambda r: layer(r, training=True), args=(rows,))

        rows = strategy.experimental_distribute_dataset(
            tf.data.Dataset.from_tensors(x).unbatch().batch(8)
        )
        parts = run(next(iter(rows)))
        return tf.concat(strategy.experimental_local_results(parts), 0).numpy()

    one, two = masks(tf.distribute.get_strategy()), masks(mirrored)
    assert np.array_equal(one, two)
    assert (one[:4] != one[4:]).any()


def test_an_overflow_on_one_replica_skips_the_step_on_all(mirrored):
    with mirrored.scope():
        weight = keras.Variable(np.ones(2, "float32"))
        optimizer = LossScale(keras.optimizers.SGD(1.0), initial_scale=4.0)
        optimizer.build([weight])

    @tf.function
    def step(spoilt):
        def one():
            replica = tf.distribute.get_replica_context().replica_id_in_sync_group
            gradient = tf.where(replica == spoilt, np.inf, 2.0) * tf.ones(2)
            optimizer.apply([gradient], [weight])

        mirrored.run(one)

    for spoilt in (0, 1):
        step(spoilt)
    assert np.array_equal(weight.numpy(), [1, 1])
    assert int(optimizer.skipped.numpy()) == 2
    assert int(optimizer.iterations.numpy()) == 0
    assert float(optimizer.dynamic_scale.numpy()) == 1.0
    step(2)
    assert np.array_equal(weight.numpy(), [-3, -3])  # 2 replicas, each 2 / scale 1
