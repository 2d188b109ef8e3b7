"""The classifier: its likelihood, its features, what it looks at."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen import metrics
from keras_gen.autoencoders.classification import Classifier
from keras_gen.errors import BadInput
from keras_gen.networks import mlp

SHAPE = (3, 2, 1)
X = np.random.default_rng(0).random((8, *SHAPE)).astype("float32")
Y = np.array([0, 1, 2, 2, 1, 0, 0, 2], "int32")


@pytest.fixture(scope="module")
def model():
    network = mlp.encoder(SHAPE, 3, 6, activation="tanh")
    model = Classifier(network, network.layers[-2].name)
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


def test_features_are_what_the_logits_are_made_of(model):
    found = model.discriminate(X)
    kernel, bias = model.network.layers[-1].get_weights()
    wanted = found["features"].numpy() @ kernel + bias
    np.testing.assert_allclose(found["logits"], wanted, atol=1e-5)


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


def test_a_layer_that_is_not_there_is_refused_in_words():
    with pytest.raises(BadInput, match=r'network\'s layers x.*received "top"'):
        Classifier(mlp.encoder(SHAPE, 3, 6), "top")
