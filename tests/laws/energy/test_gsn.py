"""The chain of a perfect denoiser, and what walking back learns from."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gen as kg
from keras_gen import networks
from keras_gen.errors import BadInput
from keras_gen.noise import draw
from keras_gen.parts.corruption import SaltAndPepper
from tests.laws.energy.test_rbm import apart, counted, noise_of

RATE = 0.4
STATES = (np.arange(8)[:, None] >> np.arange(3) & 1).astype("float32")


def spoils():
    """C(x~ | x): stuck at 0 or at 1, each with half the rate."""
    same = STATES[:, None] == STATES[None]
    return np.where(same, 1 - RATE / 2, RATE / 2).prod(-1)


@keras.saving.register_keras_serializable("test")
class Table(keras.layers.Layer):
    """The logits of x_i given all of x~, by enumeration of a law."""

    def __init__(self, p, **kwargs):
        super().__init__(**kwargs)
        joint = np.asarray(p)[:, None] * spoils()  # x, x~
        on = (joint.T @ STATES) / joint.sum(0)[:, None]
        on = np.clip(on, 1e-12, 1 - 1e-12)
        self.logits = tf.constant(np.log(on / (1 - on)), tf.float32)

    def call(self, x):
        place = tf.reduce_sum(x * tf.constant([1.0, 2.0, 4.0]), -1)
        return tf.gather(self.logits, tf.cast(place + 0.5, tf.int32))


def exact(p):
    inputs = keras.Input((3,))
    return keras.Model(inputs, Table(p)(inputs))


def test_the_chain_of_the_exact_conditional_has_the_law_of_the_data():
    """p T = p: of a law with independent values the head's product is P(X | X~)."""
    one = np.array([0.2, 0.7, 0.55])
    p = np.where(STATES > 0, one, 1 - one).prod(-1)
    model, n = kg.GSN(exact(p), SaltAndPepper(RATE)), 40_000
    c, joint = spoils(), p[:, None] * spoils()
    t = c @ (joint / joint.sum(0)).T
    assert np.abs(p @ t - p).max() < 1e-15
    on = np.asarray(model(STATES))
    back = np.where(STATES[None] > 0, on[:, None], 1 - on[:, None]).prod(-1)
    assert np.abs(c @ back - t).max() < 1e-6
    first = STATES[np.random.default_rng(0).choice(8, n, p=p)]
    x = model.moved(tf.constant(first), noise_of(model, n, 1))
    assert abs(apart(counted(x), p, n)) < 5
    x = model.moved(tf.constant(np.ones((n, 3), "float32")), noise_of(model, n, 1))
    assert abs(apart(counted(x), t[7], n)) < 5


def small(**options):
    network = networks.mlp.restorer((2, 2, 1), width=8, depth=1)
    return kg.GSN(network, SaltAndPepper(0.4), **options)


def test_without_walkback_it_is_a_denoising_autoencoder():
    model = small(walkback=0)
    x = np.float32(np.random.default_rng(0).random((6, 2, 2, 1)) < 0.5)
    noise = noise_of(model, 6, 1)
    logits = model.network(SaltAndPepper(0.4)(x, noise["spoils"][:, 0]))
    bce = keras.losses.binary_crossentropy(x, logits, from_logits=True)
    want = tf.reduce_sum(bce, [1, 2])
    np.testing.assert_allclose(model.surprise(tf.constant(x), noise), want, rtol=1e-5)


def test_walkback_asks_for_the_first_example_from_each_place_of_the_chain():
    model = small(walkback=2)
    x = np.float32(np.random.default_rng(0).random((6, 2, 2, 1)) < 0.5)
    noise, state, want = noise_of(model, 6, 3), tf.constant(x), 0.0
    for i in range(3):
        logits = model.network(model.corruption(state, noise["spoils"][:, i]))
        want -= model.likelihood.log_prob(logits, x) / 3
        state = model.moved(state, {n: v[:, i : i + 1] for n, v in noise.items()})
    np.testing.assert_allclose(model.surprise(tf.constant(x), noise), want, rtol=1e-5)


def test_completion_keeps_what_is_known():
    model, n = small(steps=4), 50
    x, known = np.ones((n, 2, 2, 1), "float32"), np.array([[1, 0], [0, 1]])[..., None]
    start = draw("uniform", (n, 2, 2, 1), 3)
    made = model.complete(x, known, start, **noise_of(model, n, 4))["image"].numpy()
    assert (made[:, known > 0] == 1).all()
    assert 0 < made[:, known == 0].mean() < 1
    walked = model.walk(x, 5, seed=1, known=known)
    assert (walked[:, known > 0] == 1).all()


def test_a_sample_is_what_the_last_state_is_taken_for():
    model, n = small(steps=3), 5
    noise, start = noise_of(model, n, 3), draw("uniform", (n, 2, 2, 1), 3)
    state = model.moved(model.begin(start), noise)
    assert set(np.unique(state)) <= {0, 1}
    logits = model.network(state).numpy()  # which is not spoilt once more
    made = model.generate(start, **noise)["image"]
    np.testing.assert_allclose(made, 1 / (1 + np.exp(-logits)), rtol=1e-5)


def test_what_cannot_be_is_refused():
    with pytest.raises(BadInput, match="end the network in"):
        kg.GSN(networks.mlp.encoder((2, 2, 1), 3, 4, 1), SaltAndPepper(0.4))
    with pytest.raises(BadInput, match="binarise="):
        small().check(np.full((1, 2, 2, 1), 0.5))
