"""The game whose score is the error of an autoencoder."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen.adversarial.ebgan import EBGAN, pull_away
from keras_gen.networks import mlp
from tests.conftest import mirrored_over

X = np.random.default_rng(0).normal(size=(6, 2)).astype("float32")
Z = np.random.default_rng(1).normal(size=(6, 3)).astype("float32")


def ebgan(**kwargs):
    return EBGAN(
        mlp.decoder(3, (2,), 8), mlp.encoder((2,), 4, 8), mlp.decoder(4, (2,), 8),
        **kwargs,
    )  # fmt: skip


def test_pull_away_is_the_mean_squared_cosine_of_pairs():
    codes = np.array([[1, 0], [0, 1], [1, 1]], "float32")
    assert float(pull_away(codes)) == pytest.approx(1 / 3)
    assert float(pull_away(5 * codes)) == pytest.approx(1 / 3)  # lengths do not count
    assert float(pull_away(np.ones((4, 3), "float32"))) == pytest.approx(1)
    assert float(pull_away(np.eye(4, dtype="float32"))) == 0
    assert float(pull_away(codes[:1])) == 0  # a last batch of one has no pairs


def test_pull_away_sees_the_pairs_across_replicas():
    codes = np.random.default_rng(2).normal(size=(4, 3)).astype("float32")
    strategy = mirrored_over(2)
    rows = strategy.experimental_distribute_dataset(
        tf.data.Dataset.from_tensors(codes).unbatch().batch(4)
    )

    def one(rows):
        with tf.GradientTape() as tape:
            tape.watch(rows)
            loss = pull_away(rows) / 2
        return 2 * loss, tape.gradient(loss, rows)

    losses, gradients = tf.function(lambda r: strategy.run(one, (r,)))(next(iter(rows)))
    whole = tf.constant(codes)
    with tf.GradientTape() as tape:
        tape.watch(whole)
        want = pull_away(whole)
    for loss in strategy.experimental_local_results(losses):
        assert float(loss) == pytest.approx(float(want))
    parts = tf.concat(strategy.experimental_local_results(gradients), 0)
    np.testing.assert_allclose(parts, tape.gradient(want, whole), rtol=1e-4, atol=1e-7)


def test_ebgan_losses_on_given_energies():
    """.40 and .70 for energies of the real (.2, .3) and the generated (.5, .9)."""
    model = ebgan(margin=0.8, pull_away=0.0)
    energies = {2: [0.2, 0.3], 1: [0.5, 0.9]}
    model.code_and_energy = lambda x, training: (x, tf.constant(energies[x.shape[1]]))
    model.generator = lambda z, training: z
    x, z = tf.zeros((2, 2)), tf.zeros((2, 1))
    assert float(model.discriminator_loss(x, z)) == pytest.approx(0.4)
    assert float(model.generator_loss(x, z)) == pytest.approx(0.7)


def test_ebgan_losses_are_those_of_the_autoencoder():
    model = ebgan(margin=0.5, pull_away=0.3)
    fake = model.generator(Z).numpy()

    def energy(x):
        return np.mean((x - model.decoder(model.encoder(x)).numpy()) ** 2, -1)

    d = energy(X).mean() + np.maximum(0, 0.5 - energy(fake)).mean()
    g = energy(fake).mean() + 0.3 * float(pull_away(model.encoder(fake)))
    assert float(model.discriminator_loss(X, Z)) == pytest.approx(d, rel=1e-5)
    assert float(model.generator_loss(X, Z)) == pytest.approx(g, rel=1e-5)
    np.testing.assert_allclose(model.discriminate(X)["score"], -energy(X), rtol=1e-5)


def test_beyond_the_margin_a_generated_example_is_left_alone():
    model = ebgan(margin=0.0)  # every energy is beyond it
    fake = -model.score(model.generator(Z))
    assert (fake.numpy() > 0).all()
    want = float(tf.reduce_mean(-model.score(X)))
    assert float(model.discriminator_loss(X, Z)) == pytest.approx(want)
