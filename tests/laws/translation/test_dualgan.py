"""Wasserstein's game with clipped critics, and a heavy return."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen import DualGAN
from keras_gen.networks import pix2pix
from keras_gen.parts.constraints import ClipWeights

SHAPE = (4, 4, 1)


def images(n, seed=0):
    return tf.constant(np.random.default_rng(seed).random((n, *SHAPE), "float32"))


def model(**options):
    return DualGAN(
        *(pix2pix.generator(SHAPE, 1, 2, 2, dropout=0.0) for _ in "ab"),
        *(pix2pix.discriminator(SHAPE, 0, 2, 0) for _ in "ab"),
        **options,
    )


def test_both_losses_are_those_of_the_equation():
    it, a, b = model(cycle=30.0), images(5), images(5, 1)
    made_a, made_b = it.back(b), it.forward(a)
    scores = [
        [np.asarray(critic(x)).mean() for x in pair]
        for critic, pair in ((it.critic_a, (a, made_a)), (it.critic_b, (b, made_b)))
    ]
    d = sum(made - real for real, made in scores)
    loss = it.discriminator_loss(a, b, (made_a, made_b))
    assert float(loss) == pytest.approx(d, abs=1e-6)
    cycle = np.abs(it.back(made_b) - a).mean() + np.abs(it.forward(made_a) - b).mean()
    g = -sum(made for _, made in scores) + 30 * cycle
    assert float(it.generator_loss(a, b)[0]) == pytest.approx(g, rel=1e-5)


def test_critics_take_their_steps_and_their_weights_stay_small():
    it = model(critic_steps=2, constraint=ClipWeights(0.01))
    it.compile("sgd", run_eagerly=True)
    it.fit(images(4), images(4, 1), batch_size=2, verbose=0)
    steps = {name: int(o.iterations) for name, o in it.optimizers.items()}
    assert steps == {"generator": 2, "discriminator": 4}
    largest = [float(tf.reduce_max(tf.abs(w))) for w in it.discriminator.weights]
    assert max(largest) == pytest.approx(0.01)
    free = [float(tf.reduce_max(tf.abs(w))) for w in it.generator.weights]
    assert max(free) > 0.01
