"""What an autoencoder must satisfy, whatever its weights."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import zoo
from keras_gen.autoencoders.autoencoder import Autoencoder
from keras_gen.errors import BadInput, UnknownName
from keras_gen.metrics.restoration import Projection
from keras_gen.networks import deep
from keras_gen.noise import draw
from keras_gen.parts.reconstruction import LOSSES
from tests.laws.autoencoders.shared import SHAPE, images


@pytest.fixture(scope="module")
def linear():
    """A linear autoencoder after training, and its data, which have a mean."""
    keras.utils.set_random_seed(1)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(256, 6)) @ rng.normal(size=(6, 6)) + rng.normal(size=6)
    x = x.astype("float32")
    model = Autoencoder(deep.encoder((6,), 2), deep.decoder(2, (6,)))
    decay = keras.optimizers.schedules.CosineDecay(0.03, 1500)
    model.compile(keras.optimizers.Adam(decay), steps_per_execution=50)
    data = tf.data.Dataset.from_tensors(x).repeat()
    model.fit(data, steps_per_epoch=1500, verbose=0)
    return model, x


def test_a_linear_autoencoder_ends_at_the_discarded_eigenvalues(linear):
    """Above them it is not at the optimum; below them the error is not what it says."""
    model, x = linear
    error = ((model(x).numpy() - x) ** 2).sum(1).mean()
    discarded = Projection(x, 2).eigenvalues[2:].sum()
    assert discarded * (1 - 1e-6) < error < discarded * (1 + 1e-3)
    loss = model.evaluate(x, verbose=0, return_dict=True)["loss"]
    assert loss == pytest.approx(error / 6, rel=1e-5)  # a mean over the six values


def test_a_linear_autoencoder_spans_the_principal_components(linear):
    model, x = linear
    columns, _ = np.linalg.qr(model.decoder.get_weights()[0].T)
    cosines = np.linalg.svd(columns.T @ Projection(x, 2).directions)[1]
    assert np.sqrt(1 - cosines.min() ** 2) < 1e-2


def test_the_principal_plane_has_the_error_it_is_said_to_have():
    x = images(50)
    plane = Projection(x, 3)
    error = ((plane(x) - x) ** 2).sum((1, 2, 3)).mean()
    assert error == pytest.approx(plane.eigenvalues[3:].sum(), rel=1e-9)
    np.testing.assert_allclose(Projection(x, 30)(x), x, atol=1e-9)


@pytest.mark.parametrize("loss", LOSSES)
def test_reconstructions_of_images_are_images(loss):
    model = Autoencoder(deep.encoder(SHAPE, 3), deep.decoder(3, SHAPE), loss)
    z = 30 * draw("normal", (8, 3), 0)
    y = model.decode(z)["image"].numpy()
    assert y.min() >= 0 and y.max() <= 1 and y.std() > 0.1
    x = images(4)
    codes = model.encode(x)["z"]
    assert np.array_equal(model.decode(codes)["image"], model.reconstruct(x)["image"])


def test_networks_that_do_not_fit_are_refused_in_words():
    encoder = deep.encoder(SHAPE, 3)
    with pytest.raises(BadInput, match=r"codes of shape \(3,\)"):
        Autoencoder(encoder, deep.decoder(4, SHAPE))
    with pytest.raises(BadInput, match="end it in that shape"):
        Autoencoder(encoder, deep.decoder(3, (5, 6, 1)))
    with pytest.raises(UnknownName, match='Did you mean "squared_error"'):
        Autoencoder(encoder, deep.decoder(3, SHAPE), "square_error")
    with pytest.raises(BadInput, match="points"):
        Autoencoder(deep.encoder((2,), 1), deep.decoder(1, (2,)), "cross_entropy")


def test_the_published_size():
    weights = zoo.build("ae-deep-mnist-paper").trainable_weights
    assert sum(int(np.prod(w.shape)) for w in weights) == 2_837_314


def test_a_code_may_be_a_grid():
    """It is told with its shape, and decoded from it."""
    x = keras.Input((4, 4, 1))
    z = keras.Input((2, 2, 3))
    model = Autoencoder(
        keras.Model(x, keras.layers.Conv2D(3, 2, 2)(x)),
        keras.Model(z, keras.layers.Conv2DTranspose(1, 2, 2)(z)),
    )
    images = np.random.default_rng(0).random((5, 4, 4, 1)).astype("float32")
    code = model.encode(images)["z"]
    assert code.shape == (5, *model.signatures()["decode"].inputs["z"].shape)
    np.testing.assert_allclose(model.decode(code)["image"], model(images), atol=1e-6)
