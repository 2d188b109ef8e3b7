"""Features of InceptionV3, with random weights: the real ones have to be downloaded."""

import keras
import numpy as np
import pytest

from keras_gen.errors import BadFile, BadInput
from keras_gen.metrics import features


@pytest.fixture(scope="module")
def inception():
    return features.inception(weights=None)


def test_features_are_the_pooled_last_map_of_the_network(inception):
    """Of [-1, 1], grey as three channels, in parts as all at once."""
    x = np.random.default_rng(0).random((3, 299, 299, 1)).astype("float32")
    inception.batch = 2
    last = keras.Model(inception.network.input, inception.network.layers[-2].output)
    maps = last(2 * np.repeat(x, 3, -1) - 1).numpy()
    assert maps.shape == (3, 8, 8, 2048)
    got = inception(x)
    np.testing.assert_allclose(got, maps.mean((1, 2)), rtol=1e-3, atol=1e-6)
    assert got.std(0).max() > 0


def test_small_images_are_resized_between_the_centres_of_their_pixels():
    """Linearly: a ramp stays a ramp, with flat ends half a pixel wide."""
    ramp = np.linspace(0, 1, 8, dtype="float32").reshape(1, 1, 8, 1).repeat(8, 1)
    x = features.prepared(ramp).numpy()
    assert x.shape == (1, 299, 299, 3) and x.min() == -1 and x.max() == 1
    at = (np.arange(299) + 0.5) * 8 / 299 - 0.5
    np.testing.assert_allclose(
        x[0, 100, :, 2], 2 * np.clip(at / 7, 0, 1) - 1, atol=1e-5
    )


def test_without_a_network_it_says_so_in_one_sentence(monkeypatch):
    def offline(**kwargs):
        raise Exception("URL fetch failure on https://...\nmore")

    monkeypatch.setattr(keras.applications, "InceptionV3", offline)
    with pytest.raises(
        BadFile, match=r"URL fetch failure.*once with a network"
    ) as error:
        features.inception()
    assert "\n" not in str(error.value)


def test_what_is_no_image_is_refused(inception):
    with pytest.raises(BadInput, match=r"received shape \(4, 2\)"):
        inception(np.zeros((4, 2)))
