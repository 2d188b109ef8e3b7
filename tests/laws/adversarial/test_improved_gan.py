"""The semi-supervised game: K classes and what is made, by K logits."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen import checks
from keras_gen.adversarial.improved_gan import ImprovedGAN, known_surprise, mismatch
from keras_gen.errors import BadInput
from keras_gen.networks import mlp
from tests.conftest import difference
from tests.laws.adversarial.shared import (
    CLASSES,
    FAKE,
    UNLABELLED,
    X,
    Y,
    Z,
    conditional,
    log_softmax,
    on_replicas,
    softplus,
)


def improved(**kwargs):
    critic = mlp.encoder((1,), CLASSES, 16)
    return ImprovedGAN(
        mlp.encoder((2,), 1, 16), critic, critic.layers[-2].name, **kwargs
    )


def test_last_of_k_plus_one_logits_is_superfluous():
    """With it fixed at zero, D(x) is the softmax's share of the first K."""
    shares = np.exp(log_softmax(np.pad(FAKE, ((0, 0), (0, 1)))))
    score = tf.reduce_logsumexp(FAKE, -1)
    np.testing.assert_allclose(tf.sigmoid(score), 1 - shares[:, -1], rtol=1e-5)


def test_semi_supervised_loss_is_that_of_the_paper():
    model = improved()
    labelled = np.array([[1, 2, 0.5], [0, -1, 3]], "float32")
    real = np.concatenate([labelled, UNLABELLED])
    label = np.array([1, 2, -1, -1], "int32")
    np.testing.assert_allclose(known_surprise(labelled, label[:2]), 0.26512634, 1e-6)
    scores = [np.log(np.exp(t).sum(-1)) for t in (real, FAKE)]
    unsupervised = softplus(-scores[0]).mean() + softplus(scores[1]).mean()
    loss = model.discriminator_terms((real, None), (FAKE, None), None, label)
    assert float(loss) == pytest.approx(0.26512634 + unsupervised, rel=1e-5)
    none = np.full(4, -1, "int32")
    loss = model.discriminator_terms((real, None), (FAKE, None), None, none)
    assert float(loss) == pytest.approx(unsupervised, rel=1e-5)


def test_labels_may_be_missing_where_the_model_says_so():
    label = np.where(np.arange(8) < 4, Y, -1)
    checks.check_data(improved(), (X, label))
    with pytest.raises(BadInput, match="from 0 to 3"):
        checks.check_data(conditional(), (X, label))


def test_generator_matches_the_mean_features_of_the_data():
    a, b = np.array([[1, 2], [3, 4.0]]), np.array([[2, 2], [2, 8.0]])
    assert float(mismatch(a, b)) == 2.0
    model = improved()
    dense = model.discriminator.layers[1:3]
    fake, real = model.generator(Z), X
    for layer in dense:
        real, fake = layer(real), layer(fake)
    gap = real.numpy().mean(0) - fake.numpy().mean(0)
    loss = model.generator_loss(X, Z, label=tf.constant(Y))
    assert float(loss) == pytest.approx((gap**2).mean(), rel=1e-5)


def test_historical_averaging_pulls_towards_the_mean_of_all_past_weights():
    model = improved(memory=0.3)
    model.compile(keras.optimizers.SGD(0.1))
    w = model.generator.trainable_variables
    seen = [[v.numpy() for v in w]]
    for _ in range(3):
        past = [np.mean([s[i] for s in seen], axis=0) for i in range(len(w))]
        before = [v.numpy() for v in w]
        with tf.GradientTape() as tape:
            game = model.generator_loss(X, Z, label=tf.constant(Y))
        down = tape.gradient(game, w)
        model.descend(
            "generator", lambda: model.generator_loss(X, Z, label=tf.constant(Y))
        )
        wanted = [
            b - 0.1 * (g.numpy() + 0.6 * (b - p))
            for b, g, p in zip(before, down, past, strict=True)
        ]
        assert difference(wanted, w) < 1e-6
        seen.append([v.numpy() for v in w])


def test_means_over_known_labels_and_features_are_of_the_whole_batch():
    logits = np.random.default_rng(3).normal(size=(4, 3)).astype("float32")
    label = np.array([0, -1, -1, 2], "int32")
    for part in on_replicas(known_surprise, logits[[0, 3, 1, 2]], label[[0, 3, 1, 2]]):
        np.testing.assert_allclose(part, known_surprise(logits, label), rtol=1e-5)
    for part in on_replicas(mismatch, logits, 2 * logits):
        np.testing.assert_allclose(part, mismatch(logits, 2 * logits), rtol=1e-5)
