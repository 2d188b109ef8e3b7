"""One translator between several kinds; what is asked for is told at every pixel."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen import StarGAN
from keras_gen.errors import BadInput
from keras_gen.networks import cyclegan, labelled, stargan
from keras_gen.translation.stargan import exchanged

SHAPE, CLASSES = (4, 4, 1), 3


def model(**options):
    network = cyclegan.generator((4, 4, 1 + CLASSES), 1, 8, 0, 0, told=True)
    return StarGAN(
        labelled.told(network, CLASSES),
        stargan.discriminator(SHAPE, CLASSES, 4, 1),
        **options,
    )


def images(n, seed=0):
    return tf.constant(np.random.default_rng(seed).random((n, *SHAPE), "float32"))


def test_both_losses_are_those_of_the_equation():
    it = model(classification=0.5, cycle=7.0, penalty=None)
    x, label, asked = images(4), tf.constant([0, 1, 2, 0]), tf.constant([1, 1, 0, 2])
    made = it.generator([x, asked])
    (real, of_x), (fake, of_made) = it.discriminator(x), it.discriminator(made)

    def surprise(logits, kinds):
        logits = logits.numpy() - logits.numpy().max(-1, keepdims=True)
        logs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
        return -logs[np.arange(4), kinds.numpy()].mean()

    d = np.mean(fake) - np.mean(real) + 0.5 * surprise(of_x, label)
    assert float(it.discriminator_loss(x, label, asked)) == pytest.approx(d, abs=1e-5)
    cycle = np.abs(it.generator([made, label]) - x).mean((1, 2, 3))
    g = -np.mean(fake) + 0.5 * surprise(of_made, asked) + 7 * cycle.mean()
    loss, error = it.generator_loss(x, label, asked)
    assert float(loss) == pytest.approx(g, rel=1e-4)
    np.testing.assert_allclose(error, cycle, rtol=1e-4)


def test_the_label_reaches_every_pixel():
    """Through all norms of an image, which take away what is the same everywhere."""
    shape = (8, 12, 1)
    network = cyclegan.generator((*shape[:2], 1 + CLASSES), 1, 8, 1, 1, told=True)
    told = labelled.told(network, CLASSES)
    x = tf.constant(np.random.default_rng(0).random((1, *shape), "float32"))
    answers = [told([x, tf.constant([k])]).numpy() for k in range(CLASSES)]
    for k in range(1, CLASSES):
        assert (np.abs(answers[k] - answers[0]) > 1e-6).all()


def test_what_is_asked_for_are_the_labels_of_the_batch_in_a_drawn_order():
    label = tf.constant([2, 0, 1, 1])
    order = tf.constant([0.9, 0.1, 0.5, 0.2])
    assert exchanged(label, order).numpy().tolist() == [0, 1, 1, 2]


def test_what_does_not_fit_is_refused_in_a_sentence():
    with pytest.raises(BadInput, match="takes an image and a label"):
        StarGAN(
            cyclegan.generator(SHAPE, 1, 2, 0, 1), stargan.discriminator(SHAPE, 3, 2, 1)
        )
    it = model()
    it.compile("sgd")
    with pytest.raises(BadInput, match="given labels, whole numbers from 0 to 2"):
        it.fit(images(4).numpy(), np.int32([0, 1, 2, 3]), verbose=0)
