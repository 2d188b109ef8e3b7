"""The denoiser, exact on Gaussian data."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen.autoencoders.denoising_autoencoder import DenoisingAutoencoder
from keras_gen.errors import BadInput
from keras_gen.networks import deep
from keras_gen.noise import draw
from keras_gen.parts.corruption import GaussianNoise, Masking


@pytest.fixture(scope="module")
def gaussian():
    """N(0, S) with noise s, the best denoiser S (S + s^2 I)^-1, and its model."""
    s = 0.6
    root = np.array([[1.0, 0.0, 0.0], [0.8, 0.5, 0.0], [-0.3, 0.4, 0.3]])
    covariance = root @ root.T
    total = covariance + s**2 * np.eye(3)
    wiener = covariance @ np.linalg.inv(total)
    model = DenoisingAutoencoder(
        deep.encoder((3,), 3), deep.decoder(3, (3,)), GaussianNoise(s)
    )
    model.encoder.set_weights([wiener.T, np.zeros(3)])
    model.decoder.set_weights([np.eye(3), np.zeros(3)])
    return model, root, wiener, total


def test_no_linear_denoiser_of_gaussians_is_better_than_wiener_s(gaussian):
    """At it, the gradient of the training loss vanishes; nowhere near it does."""
    model, root, _, _ = gaussian
    x = tf.constant(draw("normal", (200_000, 3), 1).numpy() @ root.T, "float32")

    def gradient():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model.errors(given, x))
        return np.abs(tape.gradient(loss, model.encoder.trainable_variables[0])).max()

    given = model.task(x, training=True)
    at = model.encoder.get_weights()
    best = gradient()
    model.encoder.set_weights([at[0] * 1.1, at[1]])
    beside = gradient()
    model.encoder.set_weights(at)
    assert best < 0.005 < 0.03 < beside


def test_residual_over_variance_is_the_score(gaussian):
    """The gradient of the log-density of noisy data, here -(S + s^2 I)^-1 x."""
    model, _, _, total = gaussian
    x = draw("normal", (10, 3), 2).numpy()
    expected = -x @ np.linalg.inv(total)
    np.testing.assert_allclose(model.score(x), expected, atol=1e-5)
    masked = DenoisingAutoencoder(model.encoder, model.decoder, Masking(0.5))
    with pytest.raises(BadInput, match="Gaussian"):
        masked.score(x)


def test_training_reaches_wiener_s_denoiser(gaussian):
    model, root, wiener, _ = gaussian
    keras.utils.set_random_seed(2)
    trained = DenoisingAutoencoder(
        deep.encoder((3,), 3), deep.decoder(3, (3,)), model.corruption
    )
    decay = keras.optimizers.schedules.CosineDecay(0.02, 800)
    trained.compile(keras.optimizers.Adam(decay), steps_per_execution=50)
    x = tf.constant(draw("normal", (4096, 3), 3).numpy() @ root.T, "float32")
    trained.fit(
        tf.data.Dataset.from_tensors(x).repeat(), steps_per_epoch=800, verbose=0
    )
    map_ = trained.denoise(np.eye(3, dtype="float32"))["point"]
    map_ = map_ - trained.denoise(np.zeros((1, 3), "float32"))["point"]
    np.testing.assert_allclose(np.transpose(map_), wiener, atol=0.04)


def test_training_sees_noise_and_wants_none(gaussian):
    """A denoiser that is trained on its own input is an autoencoder."""
    model, root, wiener, _ = gaussian
    x = (draw("normal", (100_000, 3), 4).numpy() @ root.T).astype("float32")
    model.compile("sgd")
    loss = model.evaluate(x, batch_size=10_000, verbose=0, return_dict=True)["loss"]
    left = root @ root.T - wiener @ (root @ root.T)  # of the posterior p(x | noisy)
    assert loss == pytest.approx(np.trace(left) / 3, rel=0.02)
