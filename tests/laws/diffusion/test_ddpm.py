"""Likelihoods: of data whose density is known, and the chain's bound below them."""

import math

import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import norm

import keras_gen as kg
from keras_gen.diffusion.likelihood import bits_per_dim
from keras_gen.networks import denoiser
from keras_gen.noise import draw
from keras_gen.parts.paths import PATHS
from tests.conftest import SMALL
from tests.laws.diffusion.shared import gaussian, network

MEAN, STD = 0.25, 0.5


def truth(chain=200, **options):
    model = kg.DDPM(denoiser.mlp((2,), 4, 1), average=0.0, chain=chain, **options)
    return gaussian(model, STD, MEAN)


def exact(x):
    return norm.logpdf(x, MEAN, STD).sum(-1)


X = np.random.default_rng(0).normal(MEAN, STD, (64, 2)).astype("float32")


@pytest.mark.parametrize("path", PATHS)
def test_the_flow_of_gaussian_data_has_their_density(path):
    model = truth(noising=PATHS[path]())
    found = model.log_prob(X, steps=32)
    np.testing.assert_allclose(found, exact(X), atol=0.02)


def test_probes_are_right_on_average():
    model = SMALL["EDM"]()
    x = X[:4]
    whole = model.log_prob(x, steps=2)
    some = [model.log_prob(x, probes=4, steps=2, seed=s) for s in range(8)]
    assert np.array_equal(model.log_prob(x, probes=4, steps=2, seed=0), some[0])
    error = np.std(some, 0) / math.sqrt(len(some))
    assert (np.std(some, 0) > 0).any()
    assert (np.abs(np.mean(some, 0) - whole) < 5 * error + 1e-3).all()


def test_the_bound_lies_below_by_what_its_steps_cost():
    """In closed form, of the truth: each step is a Gaussian of the wrong width."""
    chain, x = 200, np.random.default_rng(1).normal(MEAN, STD, (4000, 2)).astype("f")
    model = truth(chain)
    found = -np.mean(model.elbo(x, draw("normal", x.shape, 0)))
    path = model.noising
    r = path.ratio(tf.constant(np.arange(1, chain + 1) / chain)).numpy()
    alpha, sigma = (s.numpy() for s in path.scales(r))
    u = np.exp(r)
    left = STD**2 * u**2 / (STD**2 + u**2)  # the variance of x_0, if x_i is known
    steps = 0.5 * (u[:-1] ** -2 - u[1:] ** -2) * left[1:]
    prior = alpha[-1] ** 2 * (STD**2 + MEAN**2) + sigma[-1] ** 2 - 1
    prior -= np.log(sigma[-1] ** 2)
    data = left[0] / u[0] ** 2 + np.log(2 * np.pi * u[0] ** 2)
    wanted = 2 * (steps.sum() + 0.5 * prior + 0.5 * data)
    assert found == pytest.approx(wanted, abs=0.1)
    assert found > -np.mean(model.log_prob(x, steps=16)) + 0.5
    assert found < -np.mean(exact(x)) + 2


def test_the_terms_are_those_of_the_paper():
    """Law 37: the prior's 2.9e-5 bits per dimension, of data of unit size; its L_i."""
    model = truth(chain=1000)
    ones = np.ones((1, 2), "float32")
    prior, steps, _ = model.terms(ones, draw("normal", (1, 2), 0))
    assert float(prior[0]) / 2 / math.log(2) == pytest.approx(2.9e-5, rel=0.02)
    beta = np.linspace(1e-4, 0.02, 1000)
    product = np.cumprod(1 - beta)
    i, z = 500, draw("normal", (1, 2), 0).numpy()  # L_500: from there to 499
    ab, before = product[i - 1], product[i - 2]
    noisy = np.sqrt(ab) * ones + np.sqrt(1 - ab) * z
    clean = MEAN + np.sqrt(ab) * STD**2 / (ab * STD**2 + 1 - ab) * (
        noisy - np.sqrt(ab) * MEAN
    )
    small = (1 - before) / (1 - ab) * beta[i - 1]
    gain = np.sqrt(before) * beta[i - 1] / (1 - ab)
    wanted = ((gain * (ones - clean)) ** 2).sum() / (2 * small)
    assert float(steps[i - 2, 0]) == pytest.approx(wanted, rel=1e-3)


def test_cells_of_levels_have_all_the_probability():
    model = SMALL["DDPM"]()
    levels = 5
    x = np.linspace(-1, 1, levels).astype("float32")[:, None, None, None]
    each = model._likelihood(x, 0.3 * np.ones_like(x), np.float32(0.4), levels)
    assert np.exp(each).sum() == pytest.approx(1.0, abs=1e-5)


def _below(x):
    return 0.5 * tf.math.erfc(-x / math.sqrt(2.0))


def uniform():
    """A network that knows the truth of images that are uniform on [0, 1]."""
    model = kg.DDPM(denoiser.mlp((1, 2, 1), 4, 1), average=0.0, clip=False)

    def law(x, time):
        path = model.noising
        low, high = path.ends
        r = model.column(low + (high - low) * time)
        alpha, sigma = path.scales(r)
        x = x * tf.sqrt(tf.square(sigma) + tf.square(alpha))
        u = tf.exp(r)
        ends = [(edge - x / alpha) / u for edge in (-1.0, 1.0)]
        below, above = (tf.exp(-0.5 * e**2) / math.sqrt(2 * math.pi) for e in ends)
        mass = tf.maximum(_below(ends[1]) - _below(ends[0]), 1e-30)
        clean = x / alpha + u * (below - above) / mass
        return (x - alpha * clean) / sigma

    model.network = network(law, (1, 2, 1))
    return model


def test_a_uniform_law_has_eight_bits():
    x = np.random.default_rng(0).integers(40, 216, (32, 1, 2, 1)) / np.float32(255)
    bits = bits_per_dim(uniform(), x, 256, probes=0, steps=128)
    np.testing.assert_allclose(bits, 8.0, atol=5e-3)
