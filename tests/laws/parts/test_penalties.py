"""Penalties: what holds for a critic, alone and in the game."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen import data
from keras_gen.adversarial.gan import GAN
from keras_gen.networks import mlp
from keras_gen.parts import constraints, penalties, schedules
from tests.conftest import difference, mirrored_over
from tests.laws.parts.shared import toy

W = np.array([[3.0], [4.0]], "float32")
X = np.random.default_rng(0).normal(size=(6, 2)).astype("float32")
FAKE = np.random.default_rng(1).normal(size=(6, 2)).astype("float32")


def noise_of(penalty, shape=(2,), n=6, seed=2):
    if not penalty.law:
        return None
    rng = np.random.default_rng(seed)
    return rng.random((n, *penalty.noise_shape(shape))).astype("float32")


@pytest.mark.parametrize(
    ("penalty", "value"),
    [
        (penalties.GradientPenalty(10.0), 10 * (5 - 1) ** 2),
        (penalties.GradientPenalty(2.0, target=7.0), 2 * (5 - 7) ** 2),
        (penalties.GradientPenalty(2.0, target=7.0, one_sided=True), 0),
        (penalties.GradientPenalty(2.0, target=2.0, one_sided=True), 2 * 3**2),
        (penalties.R1(10.0), 5 * 25),
        (penalties.Dragan(3.0), 3 * 4**2),
    ],
)
def test_penalties_of_a_linear_critic_are_exact(penalty, value):
    """Its slope is (3, 4), of norm 5, everywhere."""
    found = penalty(lambda x: tf.matmul(x, W), *map(tf.constant, (X, FAKE)),
                    noise_of(penalty))  # fmt: skip
    assert float(found) == pytest.approx(value, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("shape", [(3, 3, 1)])
def test_slope_of_a_map_of_scores_is_that_of_their_sum(shape):
    """For each example its own: 9 scores that each see one pixel, with weight 2."""
    x = tf.random.stateless_normal((4, *shape), (0, 0))
    slopes = penalties.squared_slopes(lambda x: 2 * x, x)
    np.testing.assert_allclose(slopes, np.full(4, 9 * 4.0), rtol=1e-5)


@pytest.mark.parametrize(
    ("penalty", "value"),
    [
        (penalties.GradientPenalty(10.0), lambda norm: 10 * (norm - 1) ** 2),
        (penalties.GradientPenalty(2.0, one_sided=True), lambda n: 2 * (n - 1) ** 2),
        (penalties.R1(10.0), lambda norm: 5 * norm**2),
        (penalties.Dragan(3.0), lambda norm: 3 * (norm - 1) ** 2),
    ],
)
def test_penalties_of_a_critic_of_patches_are_exact(penalty, value):
    """It scores each of 2x2 overlapping patches; the slope is that of their sum."""
    kernel = np.array([[1.0, -2.0], [0.5, 3.0]], "float32")
    slope = np.zeros((3, 3))
    for i, j in np.ndindex(2, 2):
        slope[i : i + 2, j : j + 2] += kernel
    x, fake = np.random.default_rng(0).random((2, 5, 3, 3, 1)).astype("float32")
    found = penalty(
        lambda y: tf.nn.conv2d(y, kernel[..., None, None], 1, "VALID"),
        *map(tf.constant, (x, fake)), noise_of(penalty, (3, 3, 1), n=5),
    )  # fmt: skip
    assert float(found) == pytest.approx(value(np.linalg.norm(slope)), rel=1e-5)


@pytest.mark.parametrize("penalty", [penalties.GradientPenalty(), penalties.Dragan()])
def test_penalties_are_finite_where_the_slope_is_zero(penalty):
    """The derivative of the norm at zero is infinite without the epsilon."""
    w = tf.Variable(np.zeros_like(W))
    with tf.GradientTape() as tape:
        value = penalty(lambda x: tf.matmul(x, w), *map(tf.constant, (X, FAKE)),
                        noise_of(penalty))  # fmt: skip
    assert float(value) == pytest.approx(10, rel=1e-4)  # (0 - 1)^2
    assert np.isfinite(tape.gradient(value, w)).all()


def met(penalty, noise):
    """The points that the critic is asked about."""
    seen = []

    def score(x):
        seen.append(x.numpy())
        return tf.reduce_sum(x, -1)

    penalty(score, tf.constant(X), tf.constant(FAKE), tf.constant(noise))
    return seen[-1]


def test_gradient_penalty_looks_between_real_and_generated():
    penalty = penalties.GradientPenalty()
    u = noise_of(penalty)
    assert u.shape == (6, 1)  # one weight for each example, not for each dimension
    np.testing.assert_allclose(met(penalty, u), (1 - u) * X + u * FAKE, rtol=1e-5)
    assert penalty.law == "uniform"


def test_dragan_looks_around_the_real_examples():
    penalty = penalties.Dragan()
    u = noise_of(penalty)
    assert u.shape == X.shape
    np.testing.assert_allclose(met(penalty, u), X + 0.5 * X.std() * u, rtol=1e-5)


def test_penalty_is_the_definition_for_a_curved_critic():
    """By finite differences of a two-layer critic, and it trains the critic."""
    critic = mlp.encoder((2,), 1, 16, activation="tanh")
    penalty = penalties.GradientPenalty(2.5)
    u = noise_of(penalty)
    with tf.GradientTape() as tape:
        found = penalty(critic, tf.constant(X), tf.constant(FAKE), u)
    at, h = X + u * (FAKE - X), 1e-2
    slope = [
        (critic(at + h * e) - critic(at - h * e)).numpy()[:, 0] / (2 * h)
        for e in np.eye(2, dtype="float32")
    ]
    want = 2.5 * np.mean((np.hypot(*slope) - 1) ** 2)
    assert float(found) == pytest.approx(want, rel=1e-3)
    gradients = tape.gradient(found, critic.trainable_variables)
    assert all(g is not None for g in gradients[:-1])  # but the last bias


def test_a_critic_of_patches_plays_with_all_of_them():
    """The losses are means over the patches of all examples, and so is what it says."""
    shape = (4, 4, 1)
    seen = keras.Input(shape)
    critic = keras.Model(seen, keras.layers.Conv2D(1, 2, strides=2)(seen))
    model = GAN(mlp.generator(2, shape, 4), critic, "hinge", penalty=penalties.R1(0.6))
    x = np.random.default_rng(0).random((3, *shape)).astype("float32")
    z = np.random.default_rng(1).normal(size=(3, 2)).astype("float32")
    kernel, bias = (3 * w for w in critic.get_weights())
    critic.set_weights([kernel, bias + 0.2])

    def scores(y):
        parts = np.asarray(y).reshape(3, 2, 2, 2, 2).transpose(0, 1, 3, 2, 4)
        return (parts * kernel[:, :, 0, 0]).sum((3, 4)) + 0.2

    real, fake = scores(x), scores(model.generator(z))
    d = np.maximum(0, 1 - real).mean() + np.maximum(0, 1 + fake).mean()
    d += 0.3 * 4 * (kernel**2).sum()
    loss = model.discriminator_loss(tf.constant(x), z)
    assert float(loss) == pytest.approx(d, rel=1e-5)
    assert float(model.generator_loss(x, z)) == pytest.approx(-fake.mean(), rel=1e-4)
    found = model.discriminate(x)["score"]
    np.testing.assert_allclose(found[..., 0], real, rtol=1e-4, atol=1e-6)
    assert model.signatures()["discriminate"].outputs["score"].shape == (2, 2, 1)


# In the game.


def test_penalty_is_added_to_the_discriminator_s_loss_only():
    model = toy(penalty=penalties.GradientPenalty(3.0), loss="wasserstein")
    x, z = tf.zeros((5, 1)), tf.ones((5, 2))
    u = tf.random.stateless_uniform((5, 1), (0, 0))
    plain = toy(loss="wasserstein")
    plain.set_weights(model.get_weights())
    want = plain.discriminator_loss(x, z) + model.penalty(
        model.score, x, model.generator(z), u
    )
    assert float(model.discriminator_loss(x, z, u)) == pytest.approx(float(want))
    assert float(model.generator_loss(x, z)) == float(plain.generator_loss(x, z))


@pytest.mark.parametrize(
    "parts",
    [
        {"penalty": penalties.GradientPenalty(), "loss": "wasserstein"},
        {"penalty": penalties.Dragan(), "loss": "relativistic_average"},
        {"constraint": constraints.ClipWeights(0.1), "loss": "mmd"},
    ],
    ids=lambda parts: parts["loss"],
)
def test_parts_play_alike_on_several_replicas(parts):
    """Noise of penalties, comparisons within the batch, spectral norms' vectors."""
    x = np.random.default_rng(0).normal(size=(32, 1)).astype("float32")

    def trained(strategy):
        keras.utils.set_random_seed(5)
        with strategy.scope():
            critic = mlp.encoder((1,), 2, 8, spectral=True)
            model = GAN(mlp.encoder((2,), 1, 8), critic, critic_steps=2, **parts)
            model.compile(keras.optimizers.SGD(0.05))
        history = model.fit(data.load(x, batch=8, seed=1), epochs=2, verbose=0).history
        return [w.numpy() for w in model.weights], history

    one, two = trained(tf.distribute.get_strategy()), trained(mirrored_over(2))
    assert difference(one[0], two[0]) < 1e-6
    for name, values in one[1].items():
        np.testing.assert_allclose(two[1][name], values, rtol=1e-5, atol=1e-6)


def test_parts_come_back_with_a_saved_model(tmp_path):
    model = toy(
        loss="hinge",
        penalty=penalties.R1(0.3),
        constraint=constraints.ClipWeights(0.2, layers="dense.*"),
        critic_steps=schedules.CriticSchedule(3),
    )
    model.compile("adam")
    model.save(tmp_path / "gan.keras")
    back = keras.models.load_model(tmp_path / "gan.keras")
    for name in ("loss", "penalty", "constraint", "critic_steps"):
        assert getattr(back, name) == getattr(model, name)
