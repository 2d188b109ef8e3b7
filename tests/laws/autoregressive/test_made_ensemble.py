"""Several orders, one density."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen.autoregressive.made import MADE
from keras_gen.autoregressive.made_ensemble import MADEEnsemble
from keras_gen.errors import BadInput
from keras_gen.networks.made import made
from tests.laws.autoregressive.shared import IMAGE, every, total, wild


@pytest.fixture(scope="module")
def images():
    return every(IMAGE, 2)


@pytest.fixture(scope="module")
def ensemble():
    keras.utils.set_random_seed(2)
    network = made(IMAGE, hidden=(32,), order="random", direct=True, orders=3)
    return MADEEnsemble(wild(network, 2.5, 0.5))


def test_an_ensemble_of_orders_is_a_density_above_its_members(ensemble, images):
    each = tf.exp(tf.cast(ensemble.log_probs(images), tf.float64))
    np.testing.assert_allclose(tf.reduce_sum(each, 1), 1, atol=1e-5)
    assert total(ensemble, images) == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(
        tf.exp(ensemble.log_prob(images)), tf.reduce_mean(each, 0), rtol=1e-4
    )
    bound = ensemble.log_prob(images, training=True)  # by Jensen's inequality
    assert np.all(bound <= ensemble.log_prob(images) + 1e-4)
    assert np.ptp(each, axis=0).max() > 1e-3  # the orders do differ


def test_each_order_of_an_ensemble_has_masks_of_its_own(ensemble):
    x = tf.random.stateless_uniform((1, *IMAGE), (1, 2))
    for k, order in enumerate(ensemble.orders):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reshape(ensemble.parameters(x)[k], (12,))
        place = np.argsort(order)
        jacobian = np.reshape(tape.jacobian(y, x), (12, 12))
        assert not jacobian[place[None, :] >= place[:, None]].any()


def test_samples_of_an_ensemble_follow_its_density(ensemble, images):
    n = 100_000
    x = ensemble.sample(n, seed=5, batch=n).reshape(n, 12)
    share = np.bincount((x @ 2 ** np.arange(11, -1, -1)).astype(int), minlength=4096)
    p = np.exp(ensemble.log_prob(images).numpy().astype("float64"))
    exact = np.random.default_rng(0).multinomial(n, p / p.sum(), 100) / n
    distances = np.abs(exact - p).sum(1) / 2
    assert np.abs(share / n - p).sum() / 2 < distances.mean() + 4 * distances.std()


def test_an_ensemble_comes_back_with_its_orders(ensemble, images, tmp_path):
    ensemble.save(tmp_path / "made.keras")
    copy = keras.saving.load_model(tmp_path / "made.keras", safe_mode=True)
    assert copy.orders.tolist() == ensemble.orders.tolist()
    np.testing.assert_array_equal(copy.log_prob(images), ensemble.log_prob(images))
    with pytest.raises(BadInput, match="3 orders"):
        MADE(ensemble.network)
    with pytest.raises(BadInput, match="one order"):
        MADEEnsemble(made(IMAGE, hidden=(4,)))
    with pytest.raises(BadInput, match='order="random"'):
        made(IMAGE, orders=2)
