"""What a network begins with is what the machines of the stack do."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gen as kg
from keras_gen import stacking
from keras_gen.errors import BadInput
from tests.laws.energy.test_rbm import wild

SHAPE, deep = (3, 2, 1), kg.networks.deep


def stack(visible="bernoulli"):
    return [wild(kg.RBM(SHAPE, 5, visible)), wild(kg.RBM((5,), 4), seed=1)]


@pytest.mark.parametrize("visible", ["bernoulli", "gaussian"])
def test_both_ways_are_those_of_the_machines(visible):
    machines = stack(visible)
    encoder = deep.encoder(SHAPE, 4, (5,), "sigmoid")
    decoder = deep.decoder(4, SHAPE, (5,), "sigmoid")
    stacking.begin_encoder(encoder, machines)
    stacking.begin_decoder(decoder, machines)
    x = np.random.default_rng(0).random((7, *SHAPE)).astype("float32")
    below, above = machines
    up = above.encode(below.encode(x)["z"])["z"]
    np.testing.assert_allclose(tf.sigmoid(encoder(x)), up, atol=1e-6)
    down = below.expected(above.expected(up))
    out = tf.reshape(decoder(up), (7, -1))
    out = tf.sigmoid(out) if visible == "bernoulli" else out
    np.testing.assert_allclose(out, down, atol=1e-5)


def test_a_classifier_begins_with_the_stack_and_is_its_own():
    machines = stack()
    encoder = deep.encoder(SHAPE, 4, (5,), "sigmoid")
    stacking.begin_encoder(encoder, machines)
    z = keras.layers.Activation("sigmoid")(encoder.output)
    model = kg.Classifier(keras.Model(encoder.input, keras.layers.Dense(3)(z)))
    model.compile(keras.optimizers.SGD(0.5))
    before = machines[0].w.numpy()
    features = model.discriminate(np.ones((1, *SHAPE), "float32"))["features"]
    up = machines[1].encode(machines[0].encode(np.ones((1, *SHAPE)))["z"])["z"]
    np.testing.assert_allclose(features, up, atol=1e-6)
    model.fit(np.ones((4, *SHAPE), "float32"), np.array([0, 1, 2, 0]), verbose=0)
    assert (encoder.layers[2].kernel.numpy() != before).any()
    np.testing.assert_array_equal(machines[0].w, before)


def test_each_machine_learns_from_draws_of_the_one_below():
    machines, seen = stack(), []
    for machine in machines:
        machine.compile("sgd")
        fit = machine.fit
        machine.fit = lambda x, fit=fit, **kw: (seen.append(x), fit(x, **kw))
    x = np.float32(np.random.default_rng(0).random((4000, *SHAPE)) < 0.5)
    stacking.fit(machines, x, verbose=0, batch_size=1000)
    np.testing.assert_array_equal(seen[0], x)
    assert set(np.unique(seen[1])) == {0.0, 1.0}
    on = np.asarray(machines[0].encode(x)["z"])
    assert np.abs((seen[1] - on).mean(0)).max() < 4 * 0.5 / np.sqrt(4000)


def test_what_does_not_fit_is_refused():
    with pytest.raises(BadInput, match=r"make it RBM\(\(5,\), \.\.\.\)"):
        stacking.check_stack([kg.RBM(SHAPE, 5), kg.RBM((4,), 3)])
    with pytest.raises(BadInput, match="give it layers of the machines' sizes"):
        stacking.begin_encoder(deep.encoder(SHAPE, 3, (5,)), stack())
