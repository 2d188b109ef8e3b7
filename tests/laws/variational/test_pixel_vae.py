"""Laws of PixelVAE: twelve binary pixels, two latents."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import zoo
from keras_gen import GatedPixelCNN, PixelVAE, priors
from keras_gen.autoregressive.base import Autoregressive
from keras_gen.errors import BadInput
from keras_gen.metrics import latent
from keras_gen.networks import mlp
from keras_gen.networks.pixelcnn import gated_pixelcnn
from keras_gen.noise import draw
from tests.conftest import tiny_data
from tests.laws.autoregressive.shared import IMAGE, every, lively, seen_from, wild

LATENT = 2


def made(shape=IMAGE, latent_dim=LATENT, dropout=0.0, told=None, **options):
    told = told or (*shape[:2], 2)
    network = gated_pixelcnn(
        shape, 1, 6, 1, first=3, head=(6,), dropout=dropout, embedding=told
    )
    return PixelVAE(
        mlp.encoder(shape, 2 * latent_dim, 8, 1),
        mlp.decoder(latent_dim, told, 8, 1),
        GatedPixelCNN(network),
        **options,
    )


def blind(model, stddev):
    """Its encoder tells nothing: q(z | x) is N(0, stddev^2), whatever x is."""
    kernel, bias = model.encoder.trainable_weights[-2:]
    kernel.assign(tf.zeros_like(kernel))
    raw = np.log(np.expm1(stddev - 1e-4))  # the softplus of it, and the floor
    bias.assign(np.repeat([0.0, raw], model.latent_dim))
    return model


def test_given_z_the_probabilities_of_all_4096_images_sum_to_one():
    x, model = every(IMAGE, 2), wild(made())
    seen = []
    for z in draw("normal", (5, LATENT), 1):
        log_p = model.score(x, tf.repeat(z[None], len(x), 0))
        seen.append(np.exp(np.float64(log_p)))
        assert seen[-1].sum() == pytest.approx(1, abs=1e-5)
    assert np.abs(seen[0] - seen[1]).sum() > 0.1


def test_the_bounds_are_below_the_evidence_and_tend_to_it():
    """One latent: the evidence is an integral over a line."""
    model = blind(lively(made((2, 2, 1), latent_dim=1)), 1.2)
    x = every((2, 2, 1), 2)
    line = np.linspace(-8, 8, 401, dtype="float32")[:, None]
    weight = np.exp(-(line[:, 0] ** 2) / 2) / np.sqrt(2 * np.pi) * 0.04
    scores = [model.score(np.repeat(one[None], 401, 0), line) for one in x]
    evidence = np.exp(np.float64(scores)) @ weight
    assert evidence.sum() == pytest.approx(1, abs=1e-5)
    many = model.log_likelihood(x, 5000).numpy()
    np.testing.assert_allclose(many, np.log(evidence), atol=0.02)
    noise = draw("normal", (16 * 2000, 1), 2)
    elbo = model.elbo(np.repeat(x, 2000, 0), noise).numpy().reshape(16, 2000)
    assert (elbo.mean(1) < np.log(evidence) + 4 * elbo.std(1) / 2000**0.5).all()


def test_a_decoder_that_does_not_listen_is_a_pixelcnn():
    """With q = p the divergence is nothing, and the bound is the density itself."""
    model = blind(wild(made()), 1.0)
    for layer in model.pixels.network.layers:
        if isinstance(layer, keras.layers.Conv2D):
            layer.kernel.assign(tf.zeros_like(layer.kernel))
    x = every(IMAGE, 2)[:64]
    log_px, kl = model.elbo_terms(x, draw("normal", (64, LATENT), 3))
    np.testing.assert_allclose(kl, 0, atol=1e-6)
    other = tf.ones((64, 3, 4, 2))
    np.testing.assert_allclose(
        log_px, model.pixels.log_prob(x, embedding=other), rtol=1e-5
    )


def test_every_pixel_hears_the_latents():
    model, z = wild(made()), draw("normal", (8, LATENT), 4)
    with tf.GradientTape() as tape:
        tape.watch(z)
        told = model.emit(z)
        params = model.pixels.parameters(tf.zeros((8, *IMAGE)), embedding=told)
        params = tf.reshape(params, [8, 12])
    assert np.abs(tape.batch_jacobian(params, z)).max(0).min() > 0


def test_fast_draws_and_single_steps_are_those_of_the_definition():
    model = lively(made())
    noise, z = draw("uniform", (40, *IMAGE), 2), draw("normal", (40, LATENT), 3)
    fast = model.generate(z=z, pixel_noise=noise)["image"]
    slow = Autoregressive.fill(model.pixels, noise, embedding=model.emit(z))
    np.testing.assert_array_equal(fast, slow)
    np.testing.assert_array_equal(model.decode(z, noise)["image"], slow)
    x = tf.zeros((40, *IMAGE))
    for i in range(12):
        x = model.sample_step(x, z, noise, tf.fill((40, 1), i))["image"]
    np.testing.assert_array_equal(x, slow)
    assert (model.decode(-z, noise)["image"].numpy() != slow.numpy()).any()


def test_a_reconstruction_has_the_causes_of_its_image():
    model = lively(made())
    x, noise = tiny_data(model, 20), draw("uniform", (20, *IMAGE), 2)
    want = model.decode(model.encode(x)["mean"], noise)["image"]
    np.testing.assert_array_equal(model.reconstruct(x, noise)["image"], want)


def test_training_mode_reaches_the_pixels():
    """A dropout in the causal network is on in training, and only then."""
    model, x = made(dropout=0.5), every(IMAGE, 2)[:64]
    noise = draw("normal", (64, LATENT), 3)
    a, b, c, d = (model.elbo(x, noise, training).numpy() for training in (0, 0, 1, 1))
    assert np.array_equal(a, b)
    assert not np.array_equal(c, d)


def test_other_priors_serve_as_well():
    model = made(prior=priors.MixtureOfGaussians(3))
    assert model.sample(4, seed=1).shape == (4, *IMAGE)
    assert set(model.signatures()["sample_loop"].inputs) == {
        "component",
        "noise",
        "pixel_noise",
    }


def test_parts_that_do_not_fit_say_so():
    encoder, pixels = mlp.encoder(IMAGE, 4, 8, 1), made().pixels
    with pytest.raises(BadInput, match=r"gives .3, 4, 3.: .* given .3, 4, 2."):
        PixelVAE(encoder, mlp.decoder(2, (3, 4, 3), 8, 1), pixels)
    plain = GatedPixelCNN(gated_pixelcnn(IMAGE, 1, 6, 1, first=3))
    with pytest.raises(BadInput, match="given none"):
        PixelVAE(encoder, mlp.decoder(2, (3, 4, 2), 8, 1), plain)


def test_the_released_pixels_see_little_and_leave_the_rest_to_latents():
    """Two rows up, two pixels to the left; some coordinates of the code are in use."""
    model = zoo.load("pixel-vae-digits")
    told = tf.zeros((6, 8, 8, model.decoder.output_shape[-1]))
    seen = seen_from(lambda x: model.pixels.network([x, told]), (8, 8, 1), (5, 4))
    rows, columns = np.nonzero(seen)
    assert rows.min() == 3
    assert rows.max() == 5
    assert columns[rows == 5].tolist() == [2, 3]
    x = zoo.entry("pixel-vae-digits").data.arrays("test")
    usage = latent.usage(model, x)
    assert usage.active.sum() >= 4
    assert usage.divergence.sum() > 2
