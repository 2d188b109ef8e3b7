"""The mathematics of latents in levels, on random weights."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen.errors import BadInput
from keras_gen.likelihoods import Bernoulli
from keras_gen.networks import ladder, mlp
from keras_gen.noise import draw
from keras_gen.parts.posteriors.gaussian import FLOOR, Normal
from keras_gen.variational.ladder_vae import Ladder, LadderVAE, TopDown
from tests.conftest import tiny_data

SIZES, SHAPE = [2, 3, 4], (3, 3, 1)
LATENT = sum(SIZES)


def made(**options):
    return LadderVAE(
        ladder.encoder(SHAPE, SIZES, 8),
        mlp.decoder(LATENT, SHAPE, 8, 1),
        TopDown(ladder.down(SIZES, 8)),
        Bernoulli(),
        **options,
    )


def normal(*shape, seed=0):
    return tf.random.stateless_normal(shape, (seed, 5))


def test_density_of_a_draw_is_that_of_its_noise_over_the_determinant():
    model = made()
    q, noise = model.infer(tiny_data(model, 8)), normal(8, LATENT)
    with tf.GradientTape() as tape:
        tape.watch(noise)
        z, log_q = q.draw(noise)
    jacobian = tape.batch_jacobian(z, noise).numpy().astype("float64")
    log_n = -0.5 * np.sum(noise.numpy() ** 2 + math.log(2 * math.pi), axis=-1)
    expected = log_n - np.linalg.slogdet(jacobian)[1]
    np.testing.assert_allclose(log_q, expected, rtol=1e-4, atol=1e-4)


def test_levels_see_the_levels_above_and_only_those():
    """Of a draw and of a sample of the prior: block triangular, nothing of it zero."""
    model, noise = made(), normal(1, LATENT)
    q = model.infer(tiny_data(model, 1))
    level = np.repeat(np.arange(3), SIZES)
    for function in (
        lambda n: q.draw(n)[0],
        lambda n: model.prior.sample_from(None, n),
    ):
        with tf.GradientTape() as tape:
            tape.watch(noise)
            z = function(noise)
        jacobian = tape.batch_jacobian(z, noise).numpy()[0]
        above = level[:, None] > level
        assert (jacobian[level[:, None] < level] == 0).all()
        assert np.abs(jacobian[above]).max() > 0.01


def test_divergences_of_the_levels_are_those_of_the_whole():
    """Each is not negative, and their mean is that of log q(z | x) - log p(z)."""
    model = made()
    x = np.repeat(tiny_data(model, 2), 4000, axis=0)
    noise = normal(8000, LATENT)
    z, log_q, _ = model.infer(x).climb_down(noise)
    each = model.level_divergences(x, noise)
    assert len(each) == len(SIZES)
    assert all(level.numpy().min() >= 0 for level in each)
    ratio = (log_q - model.log_prior(z) - sum(each)).numpy().reshape(2, 4000)
    assert (np.abs(ratio.mean(1)) < 4 * ratio.std(1) / math.sqrt(4000) + 1e-5).all()


def test_two_linear_levels_have_the_divergence_of_the_joint_gaussians():
    """z_2 ~ N(0, 1), z_1 ~ N(a z_2 + b, s^2); the encoder has seen N(m, t^2)."""
    a, b, s = 0.8, 0.3, 0.7
    m, t = np.array([0.4, -0.6]), np.array([0.5, 0.9])
    above = keras.Input((1,))
    layer = keras.layers.Dense(2)
    network = keras.Model(above, layer(above))
    layer.set_weights(
        [np.array([[a, 0.0]]), np.array([b, np.log(np.expm1(s - FLOOR))])]
    )
    prior = TopDown([network])
    prior.prepare(2, ())
    seen = Normal(tf.constant(m[None], "float32"), tf.constant(t[None], "float32"))
    _, _, each = Ladder(seen, prior).climb_down(normal(200_000, 1, 2))
    # The joint laws: mean and covariance of (z_2, z_1) under q and under p.
    v = 1 / (1 + t[0] ** -2)
    top = v * m[0] * t[0] ** -2
    w = 1 / (s**-2 + t[1] ** -2)
    slope, rest = w * a / s**2, w * (b / s**2 + m[1] / t[1] ** 2)
    q_mean = np.array([top, slope * top + rest])
    q_cov = np.array([[v, slope * v], [slope * v, slope**2 * v + w]])
    p_mean, p_cov = np.array([0, b]), np.array([[1, a], [a, a**2 + s**2]])
    inverse, gap = np.linalg.inv(p_cov), p_mean - q_mean
    joint = 0.5 * (
        np.trace(inverse @ q_cov)
        + gap @ inverse @ gap
        - 2
        + np.linalg.slogdet(p_cov)[1]
        - np.linalg.slogdet(q_cov)[1]
    )
    assert float(tf.reduce_mean(sum(each))) == pytest.approx(joint, abs=0.01)
    assert float(each[0][0]) > 0.01


def test_an_encoder_that_has_seen_nothing_leaves_the_prior_as_it_is():
    model = made()
    blind = Normal(tf.zeros((4, LATENT)), tf.fill((4, LATENT), 1e4))
    _, _, each = Ladder(blind, model.prior).climb_down(normal(4, LATENT))
    assert max(np.abs(level.numpy()).max() for level in each) < 1e-4


def test_prior_density_is_that_of_the_noise_of_its_draws():
    model, noise = made(), draw("normal", (16, LATENT), 1)
    with tf.GradientTape() as tape:
        tape.watch(noise)
        z = model.prior.sample_from(model.infer, noise)
    jacobian = tape.batch_jacobian(z, noise).numpy().astype("float64")
    log_n = -0.5 * np.sum(noise.numpy() ** 2 + math.log(2 * math.pi), axis=-1)
    expected = log_n - np.linalg.slogdet(jacobian)[1]
    np.testing.assert_allclose(model.log_prior(z), expected, rtol=1e-4, atol=1e-4)


def test_bound_is_below_the_evidence_and_importance_weights_agree():
    model = made()
    x = tiny_data(model, 2)
    evidence = model.log_likelihood(x, 2000, chunk=500).numpy()
    many = np.repeat(x, 2000, axis=0)
    noise = normal(4000, LATENT)
    elbo = model.elbo(many, noise).numpy().reshape(2, 2000)
    weights = model.log_weights(many, noise[:, None]).numpy().reshape(2, 2000)
    error = 4 * (weights - elbo).std(1) / math.sqrt(2000) + 1e-4
    assert (np.abs(weights.mean(1) - elbo.mean(1)) < error).all()
    assert (elbo.mean(1) < evidence + 4 * elbo.std(1) / math.sqrt(2000)).all()


def test_levels_that_do_not_fit_are_refused_in_words():
    with pytest.raises(BadInput, match="of the next"):
        TopDown([*ladder.down([2, 3], 4), *ladder.down([2, 4], 4)])
    with pytest.raises(BadInput, match=r"2 \+ 3 \+ 4 latents"):
        LadderVAE(
            mlp.encoder(SHAPE, 10, 4),
            mlp.decoder(5, SHAPE, 4),
            TopDown(ladder.down(SIZES, 4)),
        )
