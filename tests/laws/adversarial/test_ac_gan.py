"""The game whose discriminator also names the class."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen.adversarial.ac_gan import ACGAN
from keras_gen.errors import BadInput
from keras_gen.networks import mlp
from keras_gen.networks.labelled import told
from keras_gen.parts.penalties import R1
from tests.laws.adversarial.shared import (
    CLASSES,
    X,
    Y,
    Z,
    log_softmax,
    penalty_and_slope,
    softplus,
    taught,
)


def ac(**kwargs):
    generator = told(mlp.encoder((2 + CLASSES,), 1, 16), CLASSES)
    return ACGAN(generator, mlp.encoder((1,), 1 + CLASSES, 16), CLASSES, **kwargs)


def test_the_label_chooses_what_is_made():
    label = np.repeat(np.arange(CLASSES), 50)
    made = taught(ac).sample(len(label), seed=0, label=label)[:, 0]
    assert (np.rint(made) == label).mean() > 0.8


def test_the_discriminator_learns_the_class_of_an_example():
    x = np.arange(CLASSES, dtype="float32")[:, None]
    logits = taught(ac).discriminate(x)["logits"].numpy()
    assert (logits.argmax(-1) == np.arange(CLASSES)).all()


@pytest.mark.parametrize("learns_fakes", [True, False])
def test_both_players_lower_the_surprise_at_the_class(learns_fakes):
    """The discriminator of both kinds of examples, the generator of its own."""
    model = ac(weight=0.3, learns_fakes=learns_fakes)
    label, rows = tf.constant(Y), np.arange(8)
    says = model.discriminator(X).numpy()
    of_fake = model.discriminator(model.generator([tf.constant(Z), label])).numpy()
    nats = [-log_softmax(s[:, 1:])[rows, Y].mean() for s in (says, of_fake)]
    d = softplus(-says[:, 0]).mean() + softplus(of_fake[:, 0]).mean()
    loss = model.discriminator_loss(tf.constant(X), tf.constant(Z), label=label)
    learned = sum(nats) if learns_fakes else nats[0]
    assert float(loss) == pytest.approx(d + 0.3 * learned, rel=1e-5)
    assert float(model.reported["game"].result()) == pytest.approx(d, rel=1e-5)
    g = model.generator_loss(tf.constant(X), tf.constant(Z), label=label)
    wanted = softplus(-of_fake[:, 0]).mean() + 0.3 * nats[1]
    assert float(g) == pytest.approx(wanted, rel=1e-5)


def test_a_penalty_is_on_the_score_and_not_on_the_other_heads():
    got, wanted = penalty_and_slope(ac(penalty=R1(2.0)))
    assert got == pytest.approx(wanted, rel=1e-5)


def test_networks_that_hear_no_label_are_refused_in_words():
    deaf, hears = mlp.encoder((1,), 1), told(mlp.encoder((2 + CLASSES,), 1), CLASSES)
    with pytest.raises(BadInput, match="generator takes a label"):
        ACGAN(mlp.encoder((2,), 1), mlp.encoder((1,), 5), CLASSES)
    with pytest.raises(BadInput, match="5 numbers"):
        ACGAN(hears, deaf, CLASSES)
