"""The game whose codes can be read from what is made of them."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen.adversarial.info_gan import InfoGAN
from keras_gen.networks import mlp
from keras_gen.parts.penalties import R1
from tests.conftest import difference
from tests.laws.adversarial.shared import X, Z, penalty_and_slope, softplus


def info(codes=1, **kwargs):
    generator = mlp.encoder((2 + 3 + codes,), 1, 16)
    critic = mlp.encoder((1,), 1 + 3 + codes, 16)
    return InfoGAN(generator, critic, categories=3, codes=codes, **kwargs)


def test_a_penalty_is_on_the_score_and_not_on_the_other_heads():
    got, wanted = penalty_and_slope(info(penalty=R1(2.0)))
    assert got == pytest.approx(wanted, rel=1e-5)


def test_bound_is_the_mutual_information_of_a_known_channel():
    """A category that is right three times in four, read by Bayes and by others."""
    model = info(codes=0)
    truth = np.repeat(np.arange(3), 4)
    right = np.tile([1, 1, 1, 0], 3).astype(bool)
    read = np.where(right, truth, (truth + 1) % 3)
    z = np.concatenate([np.zeros((12, 2)), np.eye(3)[truth]], 1).astype("float32")
    # Each c is read as c (3/4) or c + 1 (1/4): so is each reading's posterior.
    posterior = 0.75 * np.eye(3)[read] + 0.25 * np.eye(3)[(read - 1) % 3]
    log_q = np.log(posterior + 1e-12)
    says = np.concatenate([np.zeros((12, 1)), log_q + 5.0], 1).astype("float32")
    noise = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    bound = float(model.information(says, z))
    assert bound == pytest.approx(np.log(3) - noise, rel=1e-5)
    worse = says * np.float32(0.5)  # another Q, less sure
    assert float(model.information(worse, z)) < bound
    assert float(model.information(0 * says, z)) == pytest.approx(0, abs=1e-6)


def test_bound_of_a_number_is_its_normal_log_density_and_log_two():
    model = info(codes=1)
    z = np.array([[0, 0, 1, 0, 0, 0.5], [0, 0, 0, 1, 0, -1.0]], "float32")
    says = np.array([[9, 50, 0, 0, 0.1], [9, 0, 50, 0, -0.2]], "float32")
    log_q = -0.5 * np.array([0.4, -0.8]) ** 2 - 0.5 * np.log(2 * np.pi)
    wanted = log_q.mean() + np.log(3) + np.log(2)
    assert float(model.information(says, z)) == pytest.approx(wanted, rel=1e-5)


def test_code_is_a_category_and_numbers_of_the_law_whose_entropy_is_used():
    model = info(codes=2)
    model.compile("sgd")
    z = model.latents(tf.zeros((3000, 1))).numpy()
    category, code = z[:, 2:5], z[:, 5:]
    assert set(np.unique(category)) == {0, 1}
    assert (category.sum(1) == 1).all()
    np.testing.assert_allclose(category.mean(0), 1 / 3, atol=0.04)
    assert code.min() >= -1
    assert code.max() < 1
    np.testing.assert_allclose(code.var(0), 1 / 3, atol=0.03)
    made = model.generate(z[:9, :2], category[:9].argmax(1), (code[:9] + 1) / 2)
    np.testing.assert_allclose(made["point"], model.generator(z[:9]), atol=1e-6)


def test_information_is_in_both_losses_and_its_reader_the_discriminators():
    """Without the term nobody moves the reader's weights; with it, one player does."""
    for weight in (0.0, 1.0):
        model = info(weight=weight)
        model.compile(keras.optimizers.SGD(0.1))
        z = model.latents(X)
        reader = model.discriminator.weights[-2]  # kernel: column 0 is the score's
        losses = [
            lambda model=model, z=z: model.discriminator_loss(X, z),
            lambda model=model, z=z: model.generator_loss(X, z),
        ]
        for name, loss in zip(("discriminator", "generator"), losses, strict=True):
            before = reader.numpy()
            model.descend(name, loss)
            moved = np.abs(reader.numpy() - before)[:, 1:].max() > 0
            assert moved == (weight > 0 and name == "discriminator")
        fake = model.judge(model.generator(z))
        assert float(model.generator_terms(None, fake, z)) == pytest.approx(
            softplus(-fake[:, 0].numpy()).mean()
            - weight * float(model.information(fake, z)),
            rel=1e-5,
        )


def test_the_generator_is_pulled_towards_what_can_be_read():
    """The bound's gradient reaches it through the examples, beside that of the game."""
    model = info(weight=0.7)
    z, w = model.latents(X), model.generator.trainable_variables
    with tf.GradientTape(persistent=True) as tape:
        loss = model.generator_loss(X, z)
        says = model.discriminator(model.generator(z))
        game = tf.reduce_mean(tf.nn.softplus(-says[:, :1]))
        bound = model.information(says, z)
    found, of_game, of_bound = (tape.gradient(t, w) for t in (loss, game, bound))
    assert max(np.abs(g).max() for g in of_bound) > 1e-2
    wanted = [a - 0.7 * b for a, b in zip(of_game, of_bound, strict=True)]
    assert difference(found, wanted) < 1e-6


def test_what_is_read_follows_the_code():
    model = info(codes=1)
    z = np.repeat(Z[:1], 5, 0)
    code = np.linspace(0, 1, 5, dtype="float32")[:, None]
    made = model.generate(z, np.zeros(5, "int32"), code)["point"]
    read = model.encode(made)["code"]
    assert len(np.unique(made.numpy().round(6))) == 5
    assert len(np.unique(read.numpy().round(6))) == 5
    z, rows = np.repeat(Z[:1], 3, 0), np.arange(3, dtype="int32")
    made = model.generate(z, rows, np.full((3, 1), 0.5, "float32"))["point"]
    code = model.encode(made)
    assert len(np.unique(made.numpy().round(6))) == 3
    np.testing.assert_allclose(code["category"].numpy().sum(-1), 1, rtol=1e-5)
    assert code["code"].shape == (3, 1)
