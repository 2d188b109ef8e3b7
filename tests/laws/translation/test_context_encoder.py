"""What fills a hole sees the rest, changes nothing of it, and answers for the hole."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen import ContextEncoder
from keras_gen.errors import BadInput
from keras_gen.networks import pix2pix
from keras_gen.parts.masks import Rectangle

SHAPE = (8, 8, 3)


def model(**options):
    return ContextEncoder(
        pix2pix.generator((8, 8, 4), 3, 4, 2, dropout=0.0),
        pix2pix.discriminator(SHAPE, width=4, strides=1),
        Rectangle(),
        **options,
    )


def images(n, seed=0):
    return tf.constant(np.random.default_rng(seed).random((n, *SHAPE), "float32"))


def hole(n):
    where = np.zeros((n, 8, 8, 1), "float32")
    where[:, 2:5, 3:7] = 1
    return tf.constant(where)


def test_both_losses_are_those_of_the_equation():
    it, x, h = model(adversarial=0.25), images(5), hole(5)
    y = it.fill(x, h)
    real, fake = it.discriminator(x).numpy(), it.discriminator(y).numpy()
    d = 0.5 * np.logaddexp(0, -real).mean() + 0.5 * np.logaddexp(0, fake).mean()
    assert float(it.discriminator_loss(x, h)) == pytest.approx(d, rel=1e-5)
    errors = ((x - y).numpy()[:, 2:5, 3:7] ** 2).mean((1, 2, 3))  # of the hole alone
    g = 0.75 * errors.mean() + 0.25 * np.logaddexp(0, -fake).mean()
    loss, error = it.generator_loss(x, h)
    assert float(loss) == pytest.approx(g, rel=1e-5)
    np.testing.assert_allclose(error, errors, rtol=1e-5)


def test_known_pixels_come_back_bit_for_bit_and_the_hole_is_not_read():
    it, x, h = model(), images(3), hole(3)
    known = 1 - h
    filled = it.inpaint(x, known)["image"].numpy()
    outside = np.broadcast_to(known.numpy() > 0.5, filled.shape)
    assert np.array_equal(filled[outside], x.numpy()[outside])
    other = tf.where(h > 0.5, images(3, seed=1), x)
    assert np.array_equal(it.inpaint(other, known)["image"], filled)
    assert np.abs(filled - x)[~outside].max() > 1e-3


def test_nothing_outside_of_the_hole_has_a_gradient():
    it, h = model(), hole(2)
    drawn = tf.Variable(images(2))
    it.generator = lambda inputs, training: drawn  # what it draws, whatever it sees
    with tf.GradientTape() as tape:
        loss, _ = it.generator_loss(images(2, seed=1), h)
    slope = tape.gradient(loss, drawn).numpy()
    inside = np.broadcast_to(h.numpy() > 0.5, slope.shape)
    assert not slope[~inside].any()
    assert (slope[inside] != 0).all()


def test_networks_that_do_not_fit_are_refused_in_a_sentence():
    with pytest.raises(BadInput, match="one more channel for the mask"):
        ContextEncoder(
            pix2pix.generator(SHAPE, 3, 4, 2), pix2pix.discriminator(SHAPE), Rectangle()
        )
