"""The game of pairs: examples with their labels."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen.adversarial.conditional_gan import ConditionalGAN
from keras_gen.errors import BadInput
from keras_gen.networks import biggan, mlp, resnet
from keras_gen.networks.labelled import told
from keras_gen.parts.penalties import R1
from tests.laws.adversarial.shared import (
    CLASSES,
    X,
    Y,
    Z,
    conditional,
    softplus,
    taught,
)


def test_a_told_network_finds_the_code_in_its_last_channels():
    seen = keras.Input((2, 2, 1 + 3))
    image = told(keras.Model(seen, keras.layers.Identity()(seen)), 3)
    x = np.random.default_rng(0).random((2, 2, 2, 1)).astype("float32")
    y = image([x, np.array([2, 0])]).numpy()
    assert np.array_equal(y[..., :1], x)
    assert (y[0, ..., 1:] == [0, 0, 1]).all()
    assert (y[1, ..., 1:] == [1, 0, 0]).all()
    with pytest.raises(BadInput, match="build it for 3 more"):
        told(mlp.encoder((3,), 1), 3)


def test_both_players_hear_every_label():
    """Two labels, same latent, same example: another example, another score."""
    model = conditional()
    z, x = np.repeat(Z[:1], CLASSES, 0), np.repeat(X[:1], CLASSES, 0)
    label = np.arange(CLASSES)
    made = model.generate(z, label=label)["point"].numpy()
    score = model.discriminate(x, label=label)["score"].numpy()
    for rows in (made, score):
        assert len(np.unique(rows.round(6))) == CLASSES


def test_conditional_losses_are_those_of_the_pairs():
    model = conditional(penalty=R1(0.7))
    label = tf.constant(Y)
    fake = model.generator([tf.constant(Z), label])
    with tf.GradientTape() as tape:
        x = tf.constant(X)
        tape.watch(x)
        real = model.discriminator([x, label])
    slope = tape.gradient(real, x).numpy()
    scores = real.numpy(), model.discriminator([fake, label]).numpy()
    d = softplus(-scores[0]).mean() + softplus(scores[1]).mean()
    d += 0.35 * (slope**2).sum(1).mean()
    loss = model.discriminator_loss(tf.constant(X), tf.constant(Z), label=label)
    assert float(loss) == pytest.approx(d, rel=1e-5)
    g = model.generator_loss(tf.constant(X), tf.constant(Z), label=label)
    assert float(g) == pytest.approx(softplus(-scores[1]).mean(), rel=1e-5)


def test_the_label_chooses_what_is_made():
    label = np.repeat(np.arange(CLASSES), 50)
    made = taught(conditional).sample(len(label), seed=0, label=label)[:, 0]
    assert (np.rint(made) == label).mean() > 0.8


def test_shuffling_the_labels_hurts():
    """Real examples with wrong labels look worse to the discriminator."""
    model = taught(conditional)
    x = np.arange(CLASSES, dtype="float32")[:, None]
    right, wrong = (
        (np.arange(CLASSES, dtype="int32") + shift) % CLASSES for shift in (0, 1)
    )
    good, bad = (model.score(x, label=label) for label in (right, wrong))
    assert (good > bad).numpy().all()


SQUARE = (4, 4, 1)
CRITICS = {
    "told": lambda: told(mlp.encoder((4, 4, 1 + 3), 1, 16), 3),
    "projection": lambda: resnet.discriminator(SQUARE, 4, classes=3),
    "projection of BigGAN": lambda: biggan.discriminator(SQUARE, 3, (4, 4), 1),
}


@pytest.mark.parametrize("critic", CRITICS)
def test_a_critic_learns_which_label_belongs_to_an_example(critic):
    """All that is wrong with what is made here are the labels: it is the data, moved.

    So the discriminator has nothing to go by but the label.
    """
    label = np.arange(6, dtype="int32") % 3
    x = np.zeros((6, *SQUARE), "float32")
    for i, k in enumerate(label):
        x[i, : 2 + 2 * (k > 0), : 2 + 2 * (k > 1)] = 1
    generator = told(mlp.generator(2 + 3, SQUARE, 4), 3)
    model = ConditionalGAN(generator, CRITICS[critic](), classes=3, loss="hinge")
    model.compile(keras.optimizers.Adam(0.02, beta_1=0.5))
    model.make = lambda z, training=False, label=None: tf.roll(tf.constant(x), 1, 0)
    step = tf.function(
        lambda: model.critic_step(tf.constant(x), label=label), autograph=False
    )
    losses = [float(step()) for _ in range(80)]
    assert losses[-1] < 0.9 * losses[0]
    right, wrong = (
        model.score(x, label=(label + shift) % 3).numpy() for shift in (0, 1)
    )
    assert (right > wrong).all()


def test_projection_is_another_critic_of_the_same_game():
    shape = (8, 8, 1)
    model = ConditionalGAN(
        told(mlp.generator(2 + 3, shape, 4), 3),
        resnet.discriminator(shape, 2, classes=3),
        classes=3,
        loss="hinge",
    )
    x = np.random.default_rng(0).random((4, *shape)).astype("float32")
    assert np.isfinite(model.discriminator_loss(x, Z[:4], label=[0, 1, 2, 0]))
    scores = model.score(np.repeat(x[:1], 3, 0), label=np.arange(3))
    assert len(np.unique(scores.numpy())) == 3


def test_networks_that_hear_no_label_are_refused_in_words():
    deaf, hears = mlp.encoder((1,), 1), told(mlp.encoder((2 + CLASSES,), 1), CLASSES)
    with pytest.raises(BadInput, match=r"discriminator takes a label.*labelled\.told"):
        ConditionalGAN(hears, deaf, CLASSES)
