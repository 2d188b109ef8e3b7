"""The game without a score: a discriminator that sorts."""

import numpy as np
import pytest

from keras_gen.adversarial.cat_gan import CatGAN, entropy_of_mean
from keras_gen.networks import mlp
from tests.laws.adversarial.shared import FAKE, UNLABELLED, on_replicas


def test_categorical_losses_are_those_of_the_paper():
    model = CatGAN(mlp.encoder((2,), 1, 4), mlp.encoder((1,), 3, 4))
    d = model.discriminator_terms(UNLABELLED, FAKE, None)
    g = model.generator_terms(None, FAKE, None)
    np.testing.assert_allclose([d, g], [-1.06617134, -0.03855048], rtol=1e-5)


def test_sorting_is_worth_log_k_and_not_sorting_nothing():
    """The mutual information of example and category, and the doubt at fakes."""
    model = CatGAN(mlp.encoder((2,), 1, 4), mlp.encoder((1,), 3, 4))
    sure, doubt = 50 * np.eye(3, dtype="float32"), np.zeros((3, 3), "float32")
    best = model.discriminator_terms(sure, doubt, None)
    np.testing.assert_allclose(best, -2 * np.log(3), rtol=1e-5)
    won, even = model.stakes
    assert won == pytest.approx(float(best))
    laws = np.random.default_rng(0).normal(0, 3, (20, 6, 3)).astype("float32")
    alike = [float(model.discriminator_terms(law, law, None)) for law in laws]
    assert min([*alike, model.discriminator_terms(sure, sure, None)]) >= even - 1e-6
    tie = model.discriminator_terms(sure, sure, None)
    assert even == pytest.approx(float(tie))
    one = np.repeat(sure[:1], 3, 0)  # all in one category
    np.testing.assert_allclose(model.discriminator_terms(one, one, None), 0, atol=1e-5)
    np.testing.assert_allclose(
        model.generator_terms(None, sure, None), -np.log(3), rtol=1e-5
    )


def test_the_law_of_the_categories_is_that_of_the_whole_batch():
    logits = np.random.default_rng(3).normal(size=(4, 3)).astype("float32")
    for part in on_replicas(entropy_of_mean, logits):
        np.testing.assert_allclose(part, entropy_of_mean(logits), rtol=1e-5)
