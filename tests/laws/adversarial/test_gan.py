"""The game of the GAN: its steps, its best discriminator, its networks."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen.adversarial.gan import GAN
from keras_gen.errors import BadInput, UnknownName
from keras_gen.networks import dcgan, mlp
from tests.conftest import difference


def toy(k=1, loss="non_saturating"):
    return GAN(
        mlp.encoder((2,), 1, 8), mlp.encoder((1,), 1, 8), loss=loss, critic_steps=k
    )


def test_the_average_is_the_formula_and_what_one_samples_from():
    """Of the weights, and of the statistics of batch normalisation."""
    shape = (8, 8, 1)
    model = GAN(
        dcgan.generator(3, shape, 2), dcgan.discriminator(shape, 2), average=0.25
    )
    model.compile(keras.optimizers.SGD(0.1))
    slow = [w.numpy() for w in model.generator.weights]
    x = np.random.default_rng(0).random((4, *shape)).astype("float32")
    for step in range(1, 4):
        model.train_on_batch(x)
        decay = min(0.25, (1 + step) / (10 + step))
        slow = [
            decay * s + (1 - decay) * w.numpy()
            for s, w in zip(slow, model.generator.weights, strict=True)
        ]
    assert difference(slow, model.averaged.weights) < 1e-6
    assert difference(slow, model.generator.weights) > 1e-4
    assert not model.averaged.trainable_variables  # no optimizer's, in no count
    z = np.ones((2, 3), "float32")
    assert np.array_equal(model.generate(z)["image"], model.averaged(z))
    assert not np.array_equal(model.generate(z)["image"], model.generator(z))
    assert model.players()["generator"] is model.generator
    settled = model.settled()
    assert np.array_equal(settled.sample(2, seed=0), model.sample(2, seed=0))
    assert np.array_equal(settled.score(x), model.score(x))
    assert settled.average == 0
    assert settled.settled() is settled


@pytest.mark.parametrize("k", [1, 3])
def test_k_critic_steps_are_k_with_fresh_noise_each(k):
    model = toy(k)
    model.compile("sgd")
    drawn = []
    latents = model.latents
    model.latents = lambda x: drawn.append(latents(x)) or drawn[-1]
    losses, descend = [], model.descend
    model.descend = lambda *step: losses.append(float(descend(*step))) or losses[-1]
    reported = model.train_step(tf.zeros((4, 1)))
    assert float(reported["discriminator_loss"]) == losses[k - 1]  # of the last
    assert len(set(losses)) == len(losses) == k + 1
    assert int(model.optimizers["discriminator"].iterations) == k
    assert int(model.optimizers["generator"].iterations) == 1
    assert len({z.numpy().tobytes() for z in drawn}) == k + 1


def test_a_step_is_the_gradient_step_of_the_paper():
    """One SGD step of each player, against autodiff of the formulas, in order."""
    model, rate = toy(loss="minimax"), 0.1
    model.compile(keras.optimizers.SGD(rate))
    g, d = model.generator, model.discriminator
    x = tf.random.stateless_normal((6, 1), (0, 0))
    seed, count = int(model.noise_seed), model.noise_count.numpy()[0]
    draw = lambda i: tf.random.stateless_normal(  # noqa: E731
        (6, 2), (seed, count + i), alg="philox"
    )
    start_g, start_d = g.get_weights(), d.get_weights()
    log_d = lambda t: tf.reduce_mean(tf.math.log_sigmoid(t))  # noqa: E731
    with tf.GradientTape() as tape:
        value = log_d(d(x)) + log_d(-d(g(draw(0))))
    up = tape.gradient(value, d.trainable_variables)
    want_d = [w + rate * step.numpy() for w, step in zip(start_d, up, strict=True)]
    d.set_weights(want_d)
    with tf.GradientTape() as tape:
        value = log_d(-d(g(draw(1))))
    down = tape.gradient(value, g.trainable_variables)
    want_g = [w - rate * step.numpy() for w, step in zip(start_g, down, strict=True)]
    d.set_weights(start_d)
    model.train_step(x)
    assert difference(d.get_weights(), want_d) < 1e-6
    assert difference(g.get_weights(), want_g) < 1e-6


def test_best_discriminator_is_the_density_ratio():
    """Against a fixed generator, D approaches p_data / (p_data + p_G)."""
    identity = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    identity.layers[0].set_weights([np.ones((1, 1)), np.zeros(1)])  # p_G = N(0, 1)
    model = GAN(identity, mlp.encoder((1,), 1, 32))
    model.compile({"generator": keras.optimizers.SGD(0.0), "discriminator": "adam"})
    x = np.random.default_rng(0).normal(1.0, 1.0, (20_000, 1)).astype("float32")
    model.fit(x, batch_size=500, epochs=12, verbose=0)
    at = np.linspace(-1, 2, 7).astype("float32")[:, None]
    # log N(x; 1, 1) - log N(x; 0, 1) = x - 1/2
    score = model.discriminate(at)["score"].numpy()
    np.testing.assert_allclose(score, at - 0.5, atol=0.2)


def test_dcgan_at_64_has_the_published_parameter_counts():
    def count(network):
        return sum(int(np.prod(w.shape)) for w in network.trainable_weights)

    assert count(dcgan.generator(100, (64, 64, 3))) == 3_576_704
    assert count(dcgan.discriminator((64, 64, 3))) == 2_765_568


def test_without_normalisation_a_score_is_of_its_own_image():
    """A slope penalty is on each example; statistics of the batch would couple them."""
    x = np.random.default_rng(0).random((2, 16, 16, 1)).astype("float32")
    for normalised in (True, False):
        critic = dcgan.discriminator((16, 16, 1), 2, normalised=normalised)
        alone = critic(x[:1], training=True) - critic(x, training=True)[:1]
        assert (abs(float(alone[0, 0])) > 1e-4) == normalised


@pytest.mark.parametrize("shape", [(28, 28, 1), (32, 48, 3), (14, 14, 2)])
def test_dcgan_fits_any_size_that_halves(shape):
    model = GAN(dcgan.generator(5, shape, 2), dcgan.discriminator(shape, 2))
    x = model.sample(3, seed=0)
    assert x.shape == (3, *shape)
    assert x.min() >= 0
    assert x.max() <= 1
    assert x.std() > 0
    assert model.discriminate(x)["score"].shape == (3, 1)


def test_sizes_that_do_not_halve_are_refused_in_words():
    with pytest.raises(BadInput, match="cannot be halved"):
        dcgan.generator(5, (27, 28, 1))
    with pytest.raises(BadInput, match="build both for the same shape"):
        GAN(dcgan.generator(5, (28, 28, 1), 2), dcgan.discriminator((32, 32, 1), 2))
    with pytest.raises(UnknownName, match='Did you mean "minimax"'):
        toy(loss="mini-max")
    with pytest.raises(BadInput, match="critic_steps is a whole number in"):
        toy(k=0)
