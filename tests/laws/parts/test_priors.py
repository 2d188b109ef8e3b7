"""The mathematics of priors, in one dimension where densities can be integrated."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen.errors import BadInput
from keras_gen.likelihoods import Gaussian
from keras_gen.networks import mlp
from keras_gen.noise import draw
from keras_gen.parts import posteriors, priors
from keras_gen.variational.vae import VAE

GRID = np.linspace(-30, 30, 60_001, dtype="float32")
PRIORS = {
    "standard": priors.StandardNormal,
    "mixture": lambda: priors.MixtureOfGaussians(4),
    "vamp": lambda: priors.VampPrior(4),
}


def model(prior, latent=1, posterior=posteriors.Diagonal):
    """A model of points in the plane, its weights large enough to matter."""
    posterior = posterior()
    vae = VAE(
        mlp.encoder((2,), posterior.size(latent), 16, 1),
        mlp.decoder(latent, (2,), 4, 1),
        Gaussian(1.0),
        posterior,
        prior,
    )
    rng = np.random.default_rng(0)
    for weight in vae.trainable_variables:
        weight.assign(weight + 0.5 * rng.normal(size=weight.shape))
    return vae


def density(vae):
    return np.exp(vae.log_prior(GRID[:, None]).numpy().astype("float64"))


@pytest.mark.parametrize("name", PRIORS)
def test_prior_integrates_to_one(name):
    total = np.trapezoid(density(model(PRIORS[name]())), GRID)
    assert total == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("name", PRIORS)
def test_draws_obey_the_density(name):
    """The empirical distribution function is within what 40,000 draws allow."""
    n, vae = 40_000, model(PRIORS[name]())
    noise = {
        key: draw(spec.law, (n, *spec.shape), seed)
        for seed, (key, spec) in enumerate(vae.prior.noise().items())
    }
    z = np.sort(vae.prior.sample_from(vae.infer, **noise).numpy()[:, 0])
    cumulative = np.cumsum(density(vae)) * (GRID[1] - GRID[0])
    expected = np.interp(z, GRID, cumulative)
    assert np.abs(expected - (np.arange(n) + 0.5) / n).max() < 1.95 / math.sqrt(n)


def test_mixture_of_one_is_its_gaussian():
    vae = model(priors.MixtureOfGaussians(1), latent=2)
    z = tf.random.stateless_normal((9, 2), (0, 0))
    mean, scale = vae.prior.means[0], vae.prior.scales()[0]
    terms = ((z - mean) / scale) ** 2 + 2 * tf.math.log(scale) + math.log(2 * math.pi)
    expected = -0.5 * tf.reduce_sum(terms, axis=-1)
    np.testing.assert_allclose(vae.log_prior(z), expected, rtol=1e-5)


@pytest.mark.parametrize("family", [posteriors.Diagonal, posteriors.FullCovariance])
def test_pseudo_inputs_that_are_the_data_give_the_aggregate_posterior(family):
    x = tf.random.stateless_normal((20, 2), (0, 0))
    z = tf.random.stateless_normal((9, 3), (0, 1))
    vae = model(priors.VampPrior(20), latent=3, posterior=family)
    vae.prior.pseudo_inputs.assign(x)
    each = np.stack([vae.infer(x[n : n + 1]).log_prob(z) for n in range(20)])
    aggregate = np.log(np.mean(np.exp(each.astype("float64")), axis=0))
    np.testing.assert_allclose(vae.log_prior(z), aggregate, rtol=1e-5, atol=1e-5)


def test_pseudo_images_stay_images():
    """Pulled out of [0, 1] by a step, they are brought back to it, and can return."""
    vae = VAE(
        mlp.encoder((4, 4, 1), 4, 4),
        mlp.decoder(2, (4, 4, 1), 4),
        prior=priors.VampPrior(3),
    )
    vae.compile(keras.optimizers.SGD(100.0))
    x = np.random.default_rng(0).integers(0, 2, (8, 4, 4, 1)).astype("float32")
    before = vae.prior.pseudo_inputs.numpy()
    vae.fit(x, verbose=0)
    after = vae.prior.pseudo_inputs.numpy()
    assert 0 <= before.min() < before.max() <= 1
    assert (after != before).any()
    assert after.min() >= 0
    assert after.max() <= 1


def test_a_vamp_prior_of_a_flow_is_refused_in_words():
    vae = model(priors.VampPrior(3), 2, posteriors.Planar)
    with pytest.raises(BadInput, match="a VampPrior"):
        vae.log_prior(tf.zeros((1, 2)))
