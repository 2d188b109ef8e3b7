"""The importance-weighted bound."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen.variational.iwae import IWAE
from tests.conftest import tiny_data
from tests.laws.variational.shared import LATENT, POSTERIORS, made, normal


def gradients(model, loss):
    with tf.GradientTape() as tape:
        value = loss()
    found = tape.gradient(value, model.trainable_variables)
    return [tf.convert_to_tensor(g) for g in found]


@pytest.mark.parametrize("posterior", POSTERIORS)
def test_iwae_of_one_sample_has_the_gradient_of_the_elbo(posterior):
    """Of log p(x | z) + log p(z) - log q(z | x), written out."""
    model = made(IWAE, posterior, samples=1)
    x, noise = tiny_data(model, 6), normal(6, 1, LATENT)

    def minus_elbo():
        z, log_q = model.infer(x).draw(noise[:, 0])
        log_px = model.likelihood.log_prob(model.decoder(z), x)
        log_pz = -0.5 * tf.reduce_sum(z * z + math.log(2 * math.pi), axis=-1)
        return -tf.reduce_mean(log_px + log_pz - log_q)

    def minus_bound():
        return -tf.reduce_mean(model.bound_terms(x, noise)["bound"])

    pairs = zip(
        gradients(model, minus_elbo), gradients(model, minus_bound), strict=True
    )
    for one, other in pairs:
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_iwae_gradient_is_the_weighted_mean_of_the_draws_gradients():
    model = made(IWAE, samples=5)
    x, noise = tiny_data(model, 1), normal(1, 5, LATENT)
    log_w = model.log_weights(x, noise)[0].numpy()
    weights = np.exp(log_w - log_w.max())
    weights /= weights.sum()
    assert weights.max() < 0.9
    each = [
        gradients(model, lambda i=i: model.log_weights(x, noise[:, i : i + 1])[0, 0])
        for i in range(5)
    ]
    whole = gradients(model, lambda: model.bound_terms(x, noise)["bound"][0])
    for got, parts in zip(whole, zip(*each, strict=True), strict=True):
        expected = sum(w * part for w, part in zip(weights, parts, strict=True))
        np.testing.assert_allclose(got, expected, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("k", [1, 7])
def test_equal_draws_are_worth_one(k):
    """The bound is a mean of the weights: k times the same one is the ELBO's."""
    model = made(IWAE, samples=k)
    x, noise = tiny_data(model, 6), normal(6, 1, LATENT)
    alike = model.bound_terms(x, tf.repeat(noise, k, axis=1))
    elbo = model.log_weights(x, noise)[:, 0]
    np.testing.assert_allclose(alike["bound"], elbo, rtol=1e-5)


def test_iwae_reports_the_true_elbo_beside_its_bound():
    keras.utils.set_random_seed(0)
    model = made(IWAE, "iaf", "mixture", samples=3)
    model.compile(keras.optimizers.SGD(0.0))
    x = tiny_data(model, 64)
    logs = model.evaluate(x, batch_size=64, verbose=0, return_dict=True)
    assert logs["elbo"] == pytest.approx(logs["reconstruction"] - logs["kl"], rel=1e-5)
    assert logs["bound"] > logs["elbo"]
    noise = normal(64 * 50, LATENT)
    elbo = model.elbo(np.repeat(x, 50, axis=0), noise).numpy()
    assert logs["elbo"] == pytest.approx(elbo.mean(), abs=0.3)
