"""What the laws of games share."""

import functools

import keras
import numpy as np
import tensorflow as tf

from keras_gen.adversarial.conditional_gan import ConditionalGAN
from keras_gen.networks import mlp
from keras_gen.networks.labelled import told
from keras_gen.parts.penalties import R1
from tests.conftest import mirrored_over

CLASSES = 4
X = np.random.default_rng(0).normal(size=(8, 1)).astype("float32")
Z = np.random.default_rng(1).normal(size=(8, 2)).astype("float32")
Y = np.array([0, 1, 2, 3, 3, 0, 1, 2], "int32")
UNLABELLED = np.array([[0.2, 0.1, -0.3], [2, 1, 0]], "float32")
FAKE = np.array([[-1, 0, 0.5], [0.3, 0.3, 0.3]], "float32")


def softplus(x):
    return np.logaddexp(0.0, x)


def log_sigmoid(x):
    return -np.logaddexp(0.0, -x)


def log_softmax(x):
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def affine(inputs, outputs):
    return mlp.encoder((inputs,), outputs, depth=0)


def conditional(**kwargs):
    generator = told(mlp.encoder((2 + CLASSES,), 1, 16), CLASSES)
    critic = told(mlp.encoder((1 + CLASSES,), 1, 16), CLASSES)
    return ConditionalGAN(generator, critic, CLASSES, **kwargs)


def on_replicas(function, *rows):
    """`function` of the rows that two replicas share, as each of them sees it."""
    strategy = mirrored_over(2)
    shared = [
        strategy.experimental_distribute_values_from_function(
            lambda c, r=r: tf.split(r, 2)[c.replica_id_in_sync_group]
        )
        for r in rows
    ]
    run = tf.function(lambda *parts: strategy.run(function, parts), autograph=False)
    return strategy.experimental_local_results(run(*shared))


@functools.cache
def taught(make):
    """Taught that label k means the number k."""
    keras.utils.set_random_seed(0)
    model = make(penalty=R1(0.1), average=0.99)
    model.compile(keras.optimizers.Adam(3e-3, beta_1=0.5))
    y = np.random.default_rng(0).integers(0, CLASSES, 64 * 400).astype("int32")
    x = y + np.random.default_rng(1).normal(0, 0.1, len(y))
    model.fit(x[:, None].astype("float32"), y, batch_size=64, verbose=0)
    return model


def penalty_and_slope(model):
    """What the penalty is, and the mean squared slope of the score alone."""
    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        score = model.discriminator(x)[:, 0]
    slope = tape.gradient(score, x).numpy()
    return float(model.penalty(model.score, x, None, None)), (slope**2).sum(1).mean()


def shares(model, x):
    """What each player descends, none of them moving, and what is reported."""
    losses = {}

    def descend(player, loss):
        found = loss()
        losses[player] = found[0] if isinstance(found, tuple) else found
        return found

    model.descend = descend
    reported = model.train_step(x)
    return losses, {name: float(value) for name, value in reported.items()}
