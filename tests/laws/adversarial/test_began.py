"""The game of two errors in equilibrium."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen.adversarial.began import BEGAN
from keras_gen.errors import BadInput
from keras_gen.networks import began as networks
from keras_gen.networks import mlp

X = np.random.default_rng(0).normal(size=(6, 2)).astype("float32")
Z = np.random.default_rng(1).normal(size=(6, 3)).astype("float32")


def began(**kwargs):
    return BEGAN(mlp.decoder(3, (2,), 8), mlp.encoder((2,), 2, 8), **kwargs)


def test_began_control_is_the_paper_s_on_given_errors():
    """L(x) = .30, L(G) = .12, gamma = .5: k moves by 3e-5 and M is .33."""
    model = began()
    model.error = lambda x, training=False: tf.constant(0.30)
    reported = model.control(X, tf.constant(0.12))
    assert float(model.k) == pytest.approx(3e-5)
    assert float(reported["convergence"]) == pytest.approx(0.33)


def test_began_losses_on_given_errors():
    model = began()
    model.k.assign(0.4)
    model.error = lambda x, training=False: tf.constant({2: 0.30, 3: 0.12}[x.shape[1]])
    model.generator = lambda z, training: z
    assert float(model.discriminator_loss(X, Z)) == pytest.approx(0.252)
    assert float(model.generator_loss(X, Z)) == pytest.approx(0.12)


def test_began_error_is_absolute():
    model = began()
    want = np.abs(X - model.discriminator(X).numpy()).mean()
    assert float(model.error(X)) == pytest.approx(want, rel=1e-5)


def test_k_stays_between_zero_and_one():
    """Whatever the errors do, also in training with a control that is far too quick."""
    model = began(rate=5.0)
    for fake, bound in ((100.0, 0.0), (0.0, 1.0)):
        model.error = lambda x, training=False: tf.constant(10.0)
        model.control(X, tf.constant(fake))
        assert float(model.k) == bound
    model = began(rate=100.0)
    model.compile(keras.optimizers.SGD(0.05))
    seen = []
    for _ in range(20):
        model.train_step(tf.constant(X))
        seen.append(float(model.k))
    assert 0 <= min(seen) <= max(seen) <= 1
    assert max(seen) > 0


def test_the_averaged_game_settles_with_its_balance():
    model = began(average=0.5)
    model.k.assign(0.3)
    assert float(model.settled().k) == pytest.approx(0.3)


def test_an_autoencoder_is_asked_for_in_words():
    with pytest.raises(BadInput, match="from examples to examples"):
        BEGAN(mlp.decoder(3, (2,), 8), mlp.encoder((2,), 1, 8))
    with pytest.raises(BadInput, match="ratio of errors"):
        began(gamma=2.0)


def test_began_networks_at_64_have_the_published_sizes():
    shape = (64, 64, 3)
    assert networks.generator(64, shape).count_params() == 1_716_611
    assert networks.autoencoder(shape, 64).count_params() == 13_405_379


@pytest.mark.parametrize("shape", [(28, 28, 1), (32, 48, 3)])
def test_began_networks_fit_sizes_that_halve(shape):
    x = networks.generator(3, shape, 2)(tf.ones((2, 3))).numpy()
    assert x.shape == (2, *shape)
    assert 0 <= x.min() < x.max() <= 1
    assert networks.autoencoder(shape, 3, 2)(x).shape == x.shape
