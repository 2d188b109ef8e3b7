"""The autoencoder whose codes play against the prior."""

import keras
import numpy as np
import pytest

from keras_gen.adversarial.adversarial_autoencoder import AdversarialAutoencoder
from keras_gen.errors import BadInput
from keras_gen.networks import mlp
from tests.laws.adversarial.shared import affine, log_sigmoid, shares


def test_the_discriminator_compares_codes_with_the_prior():
    """And the autoencoder descends the error of reconstruction plus w of the game."""
    model = AdversarialAutoencoder(
        mlp.encoder((3,), 2, 8), mlp.decoder(2, (3,), 8), mlp.encoder((2,), 1, 8), 0.5
    )
    model.compile("sgd")
    x = np.random.default_rng(0).random((5, 3)).astype("float32")
    z = np.random.default_rng(1).normal(size=(5, 2)).astype("float32")
    model.latents = lambda x, training=True: z
    losses, reported = shares(model, x)
    codes = model.encoder(x).numpy()
    real, fake = model.discriminator(z).numpy(), model.discriminator(codes).numpy()
    d = -log_sigmoid(real).mean() - log_sigmoid(-fake).mean()
    error = np.square(model.decoder(codes).numpy() - x).mean()
    game = -log_sigmoid(fake).mean()
    np.testing.assert_allclose(losses["discriminator"], d, rtol=1e-5)
    np.testing.assert_allclose(losses["autoencoder"], error + 0.5 * game, rtol=1e-5)
    wanted = {"discriminator_loss": d, "reconstruction": error, "generator_loss": game}
    wanted["loss"] = d + error + 0.5 * game
    assert reported == pytest.approx(wanted, rel=1e-5)


def test_the_codes_of_all_data_take_on_the_law_of_the_prior():
    """For affine maps of Gaussian data: their mean becomes 0, their deviation 1.

    Any scale reconstructs as well as any other, so only the game can find it.
    """
    model = AdversarialAutoencoder(
        affine(1, 1), mlp.decoder(1, (1,), depth=0), mlp.encoder((1,), 1, 16, 1), 1.0
    )
    x = np.random.default_rng(0).normal(size=(4000, 1)).astype("float32")
    model.encoder.set_weights([np.full((1, 1), 0.3), np.ones(1)])  # N(1, .3^2)
    model.decoder.set_weights([np.full((1, 1), 1 / 0.3), -np.ones(1) / 0.3])
    # The decay ends the players' circling.
    rate = keras.optimizers.schedules.CosineDecay(2e-2, 800)
    model.compile(keras.optimizers.Adam(rate, beta_1=0.5))
    model.fit(x, batch_size=200, epochs=40, verbose=0)
    codes = model.encode(x)["z"].numpy()
    assert abs(codes.mean()) < 0.15
    assert 0.85 < codes.std() < 1.15
    assert model.reconstruct(x)["point"].numpy() == pytest.approx(x, abs=0.1)


def test_networks_that_do_not_fit_are_told_apart():
    with pytest.raises(BadInput, match=r"the discriminator takes \(3,\)"):
        AdversarialAutoencoder(affine(2, 1), affine(1, 2), affine(3, 1))
    with pytest.raises(BadInput, match=r"the decoder gives \(3,\)"):
        AdversarialAutoencoder(affine(2, 1), affine(1, 3), affine(1, 1))
    with pytest.raises(BadInput, match="weight is a finite number above 0"):
        AdversarialAutoencoder(affine(2, 1), affine(1, 2), affine(1, 1), weight=0)
