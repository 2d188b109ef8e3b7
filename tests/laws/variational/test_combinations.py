"""Every posterior with every prior and every likelihood."""

import itertools
import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen.errors import BadInput
from keras_gen.variational.vae import VAE
from tests.conftest import tiny_data
from tests.laws.variational.shared import (
    HEADS,
    LATENT,
    POSTERIORS,
    PRIORS,
    SHAPE,
    made,
    normal,
)

DENSITY_NEEDED = [(flow, "vamp") for flow in ("planar", "radial", "iaf")]
COMBINATIONS = [
    parts
    for parts in itertools.product(POSTERIORS, PRIORS, HEADS)
    if parts[:2] not in DENSITY_NEEDED
]


@pytest.mark.parametrize(("posterior", "prior", "head"), COMBINATIONS)
def test_every_combination_trains_and_stays_below_the_evidence(posterior, prior, head):
    model = made(VAE, posterior, prior, head)
    model.compile(keras.optimizers.Adam(0.01), run_eagerly=True)
    x = tiny_data(model, 8)
    before = [v.numpy() for v in model.trainable_variables]
    model.fit(x, batch_size=8, verbose=0)
    for old, new in zip(before, model.trainable_variables, strict=True):
        assert np.isfinite(new.numpy()).all()
        assert (old != new.numpy()).any(), f"{new.path} is not trained"
    # The bound holds in expectation: over 500 draws, and with their error allowed for.
    many = np.repeat(x[:2], 500, axis=0)
    elbo = model.elbo(many, normal(1000, LATENT)).numpy().reshape(2, 500)
    evidence = model.log_likelihood(x[:2], 2000, chunk=2000).numpy()
    assert (elbo.mean(1) < evidence + 4 * elbo.std(1) / math.sqrt(500)).all()
    # The configuration brings every part back.
    twin = type(model).from_config(model.get_config())
    twin.set_weights(model.get_weights())
    noise = normal(8, LATENT)
    np.testing.assert_array_equal(twin.elbo(x, noise), model.elbo(x, noise))


@pytest.mark.parametrize(("posterior", "prior"), DENSITY_NEEDED)
def test_what_cannot_be_combined_says_so(posterior, prior):
    model = made(VAE, posterior, prior)
    with pytest.raises(BadInput, match="of its own draws only"):
        model.elbo(tf.zeros((1, *SHAPE)), normal(1, LATENT))


@pytest.mark.parametrize("posterior", POSTERIORS)
@pytest.mark.parametrize("prior", ["standard", "mixture"])
def test_the_divergence_has_the_mean_of_the_log_ratio(posterior, prior):
    """Closed or sampled, the ELBO is the mean of one-sample log-weights."""
    model = made(VAE, posterior, prior)
    x = tf.repeat(tf.constant(tiny_data(model, 2)), 4000, axis=0)
    noise = normal(8000, LATENT)
    elbo = tf.reshape(model.elbo(x, noise), (2, 4000)).numpy()
    weights = tf.reshape(model.log_weights(x, noise[:, None])[:, 0], (2, 4000)).numpy()
    error = 4 * (weights - elbo).std(1) / math.sqrt(4000) + 1e-4
    assert (np.abs(weights.mean(1) - elbo.mean(1)) < error).all()
