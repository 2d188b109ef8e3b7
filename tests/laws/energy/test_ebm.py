"""The slope of the loss, the buffer, and what the chains draw from."""

import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gen as kg
from keras_gen import callbacks, networks
from keras_gen.errors import BadInput, NonFiniteLoss
from keras_gen.metrics.outliers import auroc, p_values
from keras_gen.parts.dynamics import MALA, Langevin


def quadratic(curvature=1.0, size=1):
    """A network whose energy is a parabola."""
    inputs = keras.Input((size,))
    square = keras.layers.Dot(1)([inputs, inputs])
    layer = keras.layers.Dense(1, use_bias=False)
    network = keras.Model(inputs, layer(square))
    layer.kernel.assign([[curvature / 2]])
    return network


def test_the_step_s_slope_is_that_of_the_exact_likelihood():
    """Of E(x) = c x^2, whose -log p has the slope E x^2 - 1 / 2c."""
    a, n = 2.0, 4000
    model = kg.EBM(quadratic(a), MALA(0.4), k=40, chains=n, restart=0.0, alpha=0.0)
    model.compile(keras.optimizers.SGD(1.0))
    x = np.float32(1.5 * np.random.default_rng(0).normal(size=(n, 1)))
    model.train_on_batch(x)
    moved = a / 2 - float(model.network.weights[0][0, 0])
    want = (x**2).mean() - 1 / a
    assert abs(moved - want) < 4 * np.sqrt(2 / n) / a


def test_alpha_holds_the_energies_and_the_gap_is_reported_alone():
    model = kg.EBM(quadratic(2.0), Langevin(0.1), k=1, chains=8, alpha=0.3, restart=0)
    model.compile(keras.optimizers.SGD(0.0))
    x = np.float32(np.random.default_rng(0).normal(size=(8, 1)))
    logs = model.train_on_batch(x, return_dict=True)
    real = np.float64(x[:, 0]) ** 2
    fake = np.float64(model.buffer[:, 0]) ** 2
    gap = fake.mean() - real.mean()
    squares = (real**2).mean() + (fake**2).mean()
    assert abs(logs["gap"] - gap) < 1e-5
    assert abs(logs["loss"] - (0.3 * squares - gap)) < 1e-5


def test_every_chain_has_its_turn_and_keeps_its_label():
    network = networks.energy.dense((2,), 4, 1, outputs=2)
    model = kg.EBM(network, Langevin(1e-4), k=1, chains=6, classes=2, restart=0.0)
    model.compile(keras.optimizers.SGD(0.0))
    x, label = np.zeros((4, 2), "float32"), np.array([0, 1, 0, 0], "int32")
    moved = []
    for _ in range(3):
        before = model.buffer.numpy()
        model.train_on_batch(x, label)
        moved.append(np.flatnonzero((model.buffer.numpy() != before).any(1)).tolist())
    assert moved == [[0, 1, 2, 6], [3, 4, 5, 7], [0, 1, 2, 8]]
    drawn = model.begin(tf.constant([0.0, 0.0, 0.99]), tf.constant([0, 1, 1]))
    np.testing.assert_array_equal(drawn, model.buffer.numpy()[[0, 6, 11]])


def test_chains_begin_anew_at_the_rate_they_should():
    model = kg.EBM(quadratic(), Langevin(1e-6), k=1, chains=20_000, restart=0.1)
    model.compile(keras.optimizers.SGD(0.0))
    before = model.buffer.numpy()
    model.train_on_batch(np.zeros((20_000, 1), "float32"))
    far = np.abs(model.buffer.numpy() - before) > 0.02
    assert abs(far.mean() - 0.1) < 4 * np.sqrt(0.1 * 0.9 / 20_000) + 0.002


def test_energies_add_up():
    one, two = networks.energy.dense((2,), 4), networks.energy.dense((2,), 4, outputs=3)
    both = networks.energy.combined([one, two], [None, 1], [1.0, -0.5])
    x = np.float32(np.random.default_rng(0).normal(size=(5, 2)))
    want = one(x)[:, 0] - 0.5 * two(x)[:, 1]
    np.testing.assert_allclose(both(x)[:, 0], want, atol=1e-6)
    n = 4000  # N(0, 1) and N(0, 1/3) make N(0, 1/4)
    product = networks.energy.combined([quadratic(1.0), quadratic(3.0)])
    model = kg.EBM(product, MALA(0.2), chains=8)
    x = model.walk(np.zeros((n, 1), "float32"), 40, seed=3)
    assert abs(x.var() - 0.25) < 4 * 0.25 * np.sqrt(2 / n)


def test_outliers_have_high_energies():
    model, rng = kg.EBM(quadratic(), Langevin(0.1), chains=8), np.random.default_rng(0)
    inside, held, outside = rng.normal(size=(3, 500, 1)).astype("float32")
    inside, held, outside = (
        -model.energy(x).numpy() for x in (inside, held, 4 + outside)
    )
    assert auroc(inside, outside).value > 0.98
    assert p_values(held, outside).mean() < 0.02


def diverging(limit):
    """A training whose rate is far too large, and what it warns."""
    network = networks.energy.dense((2,), 8, 1)
    model = kg.EBM(network, Langevin(0.1), k=2, chains=64, alpha=0.0)
    model.compile(keras.optimizers.SGD(30.0))
    rewind = callbacks.Rewind("gap", limit=limit, every=2, slower=0.01, patience=3)
    x = np.float32(3 + np.random.default_rng(0).normal(size=(64, 2)))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        model.fit(x, batch_size=8, epochs=3, verbose=0, callbacks=[rewind])
    return model, rewind, [str(w.message) for w in said if "diverged" in str(w.message)]


def test_a_training_that_diverges_goes_back_and_says_so():
    model, rewind, said = diverging(50.0)
    assert 1 <= len(said) == rewind.rewound <= 3
    assert "it goes on from the state of" in said[0]
    assert "The learning rate is 0.3 now." in said[0]
    x = model.buffer.numpy()
    assert np.isfinite(x).all() and np.isfinite(model.energy(x)).all()
    assert all(np.isfinite(w.numpy()).all() for w in model.weights)
    with pytest.raises(NonFiniteLoss, match="after going back 3 times"):
        diverging(1e-9)


def test_what_cannot_be_is_refused():
    two = networks.energy.dense((2,), 4, outputs=2)
    with pytest.raises(BadInput, match="End it in a dense layer of 1"):
        kg.EBM(two, Langevin(0.1))
    with pytest.raises(BadInput, match="is asked with labels"):
        kg.EBM(two, Langevin(0.1), classes=2).energy(np.zeros((1, 2), "float32"))
    with pytest.raises(BadInput, match="given the label None"):
        networks.energy.combined([two])
