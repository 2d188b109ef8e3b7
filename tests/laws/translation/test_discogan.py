"""The return is asked for late, and critics are matched inside."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen import DiscoGAN
from keras_gen.errors import BadInput
from keras_gen.networks import cyclegan, pix2pix

SHAPE = (4, 4, 1)


def model(**options):
    return DiscoGAN(
        *(cyclegan.generator(SHAPE, 1, 2, 0, 1) for _ in "ab"),
        *(pix2pix.discriminator(SHAPE, width=2, strides=1) for _ in "ab"),
        **options,
    )


def images(n, seed=0):
    return tf.constant(np.random.default_rng(seed).random((n, *SHAPE), "float32"))


def matched(critic, real, made):
    """Mean over the critic's activations, of the squares between their means."""
    layers = [la for la in critic.layers if isinstance(la, keras.layers.LeakyReLU)]
    assert len(layers) == 2
    apart = []
    for layer in layers:
        inside = keras.Model(critic.input, layer.output)
        means = [np.asarray(inside(x)).mean(0) for x in (real, made)]
        apart.append(((means[0] - means[1]) ** 2).mean())
    return np.mean(apart)


def test_the_loss_is_that_of_the_equation_and_its_rate_changes_once():
    it = model(rate=0.4, early_rate=0.1, match=0.7, early_steps=1)
    a, b = images(5), images(5, 1)
    made_a, made_b = it.back(b), it.forward(a)
    play = []
    for critic, real, made in ((it.critic_a, a, made_a), (it.critic_b, b, made_b)):
        game = np.logaddexp(0, -np.asarray(critic(made))).mean()
        play.append(0.3 * game + 0.7 * matched(critic, real, made))
    cycle = ((it.back(made_b) - a) ** 2).numpy().mean()
    cycle += ((it.forward(made_a) - b) ** 2).numpy().mean()
    it.compile("sgd", run_eagerly=True)
    for rate in (0.1, 0.4):
        wanted = (1 - rate) * sum(play) + rate * cycle
        assert float(it.generator_loss(a, b)[0]) == pytest.approx(wanted, rel=1e-4)
        it.optimizers["generator"].iterations.assign(1)


def test_a_critic_without_activations_of_its_own_has_no_features():
    plain = keras.Sequential([keras.Input(SHAPE), keras.layers.Flatten()])
    with pytest.raises(BadInput, match=r"the features of .* are what its activations"):
        DiscoGAN(*(cyclegan.generator(SHAPE, 1, 2, 0, 1) for _ in "ab"), plain, plain)
