"""The VAE whose error is measured by a discriminator."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from keras_gen.adversarial.vae_gan import VAEGAN
from keras_gen.errors import BadInput, UnknownName
from keras_gen.networks import mlp
from tests.laws.adversarial.shared import affine, log_sigmoid, shares

tfd = tfp.distributions


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
            "loss": sum(wanted.values()),
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
