"""The classifier: its likelihood, its features, what it looks at."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen import metrics
from keras_gen.autoencoders.classifier import Classifier
from keras_gen.errors import BadInput
from keras_gen.networks import mlp

SHAPE = (3, 2, 1)
X = np.random.default_rng(0).random((8, *SHAPE)).astype("float32")
Y = np.array([0, 1, 2, 2, 1, 0, 0, 2], "int32")


@pytest.fixture(scope="module")
def model():
    model = Classifier(mlp.encoder(SHAPE, 3, 6, activation="tanh"))
    model.compile("sgd")
    return model


def test_loss_is_the_surprise_at_the_labels(model):
    logits = model.network(X).numpy().astype("float64")
    log_p = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    tested = model.evaluate(X, Y, verbose=0, return_dict=True)
    assert tested["loss"] == pytest.approx(-log_p[np.arange(8), Y].mean(), rel=1e-5)
    assert tested["accuracy"] == pytest.approx((logits.argmax(-1) == Y).mean())
    card = metrics.evaluate(model, (X, Y), (X, Y), None)
    assert set(card) == {"accuracy"}
    assert card["accuracy"]["value"] == pytest.approx(tested["accuracy"])


def test_logits_are_the_affine_map_of_the_features_by_the_last_layer(model):
    """Also where the examples come in parts, the last of which is not whole."""
    kernel, bias = model.network.layers[-1].get_weights()
    features = model.features(X, batch=3)
    assert features.shape == (8, 6)
    logits = features @ kernel + bias
    np.testing.assert_allclose(model.discriminate(X)["logits"], logits, atol=1e-5)
    assert np.array_equal(model.said(X, batch=3), logits.argmax(-1))
    np.testing.assert_allclose(model.discriminate(X)["features"], features, atol=1e-5)


def test_what_it_looks_at_moves_its_answer(model):
    """Differences of log p(k | x) along each pixel, in units of the largest."""

    def sure(x, k):
        return tf.nn.log_softmax(model.logits(x)).numpy()[np.arange(8), k]

    k = model.logits(X).numpy().argmax(-1)
    step, slope = 1e-2, np.zeros_like(X)
    for i in np.ndindex(SHAPE):
        up, down, i = X.copy(), X.copy(), (slice(None), *i)
        up[i] += step
        down[i] -= step
        slope[i] = np.abs(sure(up, k) - sure(down, k)) / (2 * step)
    wanted = slope / slope.max((1, 2, 3), keepdims=True)
    np.testing.assert_allclose(model.trial(X).made, wanted, atol=5e-3)


def test_a_network_whose_last_layer_maps_no_vector_is_refused_in_words():
    image = keras.Input(SHAPE)
    maps = keras.layers.Conv2D(3, 1)(image)
    averages = keras.Model(image, keras.layers.GlobalAveragePooling2D()(maps))
    with pytest.raises(BadInput, match="End it with a dense one"):
        Classifier(averages)
