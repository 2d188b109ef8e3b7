"""Autoencoders that play: the adversarial autoencoder, and VAE-GAN."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from keras_gen.adversarial.adversarial_autoencoder import AdversarialAutoencoder
from keras_gen.adversarial.vae_gan import VAEGAN
from keras_gen.errors import BadInput, UnknownName
from keras_gen.networks import mlp

tfd = tfp.distributions


def affine(inputs, outputs):
    return mlp.encoder((inputs,), outputs, depth=0)


def shares(model, x):
    """What each player descends, none of them moving, and what is reported."""
    losses = {}
    model.descend = lambda player, loss: losses.setdefault(player, loss())
    reported = model.train_step(x)
    return losses, {name: float(value) for name, value in reported.items()}


def log_sigmoid(x):
    return -np.logaddexp(0.0, -x)


# The adversarial autoencoder.


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
    with pytest.raises(BadInput, match="positive; received 0"):
        AdversarialAutoencoder(affine(2, 1), affine(1, 2), affine(1, 1), weight=0)


# VAE-GAN.


@pytest.fixture(scope="module")
def vae_gan():
    model = VAEGAN(
        affine(3, 4),
        affine(2, 3),
        mlp.encoder((3,), 1, 5, depth=1),
        gamma=0.25,
        deviation=0.5,
    )
    model.compile("sgd")
    return model


def test_each_network_has_its_own_share_of_the_losses(vae_gan):
    """The decoder is not pulled by the prior, nor the discriminator by the features."""
    x = np.random.default_rng(0).random((6, 3)).astype("float32")
    noise = np.random.default_rng(1).normal(size=(6, 2, 2)).astype("float32")
    vae_gan.noise = lambda *_, **__: tf.constant(noise)
    losses, reported = shares(vae_gan, x)
    mean, raw = np.split(vae_gan.encoder(x).numpy(), 2, axis=-1)
    stddev = np.logaddexp(0.0, raw) + 1e-4
    q = tfd.MultivariateNormalDiag(mean, stddev)
    kl = q.kl_divergence(tfd.MultivariateNormalDiag(tf.zeros(2))).numpy().mean()
    hidden = keras.Model(
        vae_gan.discriminator.input, vae_gan.discriminator.layers[1].output
    )
    again = vae_gan.decoder(mean + stddev * noise[:, 0]).numpy()
    drawn = vae_gan.decoder(noise[:, 1]).numpy()
    far = np.square((hidden(x) - hidden(again)) / 0.5).sum(-1).mean() / 2
    real, fake, free = (vae_gan.discriminator(t).numpy() for t in (x, again, drawn))
    called_real = -(log_sigmoid(fake).mean() + log_sigmoid(free).mean()) / 2
    called_false = -(log_sigmoid(-fake).mean() + log_sigmoid(-free).mean()) / 2
    game = called_false - log_sigmoid(real).mean()
    wanted = {
        "encoder": kl + far,
        "decoder": 0.25 * far + called_real,
        "discriminator": game,
    }
    assert {k: float(v) for k, v in losses.items()} == pytest.approx(wanted, rel=1e-4)
    assert reported == pytest.approx(
        {
            "kl": kl,
            "features": far,
            "discriminator_loss": game,
            "generator_loss": called_real,
        },
        rel=1e-4,
    )


def test_any_layer_can_give_the_features():
    critic = mlp.encoder((3,), 1, 5, depth=2)
    first, second = [layer.name for layer in critic.layers[1:3]]
    x = np.random.default_rng(0).random((6, 3)).astype("float32")
    for name in (first, second, None):
        model = VAEGAN(affine(3, 4), affine(2, 3), critic, features=name)
        part = keras.Model(critic.input, critic.get_layer(name or second).output)
        np.testing.assert_array_equal(model.judged(x)[1], part(x))
    with pytest.raises(UnknownName, match=f'Did you mean "{first}"'):
        VAEGAN(affine(3, 4), affine(2, 3), critic, features=first + "x")


def test_a_decoder_of_other_latents_is_refused():
    with pytest.raises(BadInput, match="must give 6 numbers"):
        VAEGAN(affine(3, 4), affine(3, 3), affine(3, 1))
    with pytest.raises(BadInput, match="build all for the same shape"):
        VAEGAN(affine(3, 4), affine(2, 3), affine(2, 1))
