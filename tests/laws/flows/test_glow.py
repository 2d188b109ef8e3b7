"""Laws of Glow."""

import numpy as np
import tensorflow as tf

import keras_gen as kg
from keras_gen.layers.bijections.base import forth
from tests.laws.flows.shared import wild


def test_the_half_that_leaves_has_the_density_that_the_other_half_says():
    model = wild(kg.Glow((4, 4, 1), 2, depth=1, width=4), 1.2, 0.05)
    y = tf.constant(np.random.default_rng(0).random((3, 4, 4, 1)), tf.float32)
    *steps, out = model.steps
    x, log_det = forth(steps, y)
    stays, gone = np.split(np.asarray(x), 2, axis=-1)
    mean, log_scale = np.split(np.asarray(out.network(stays)), 2, axis=-1)
    assert np.abs(log_scale).max() > 0.05
    away = (gone - mean) / np.exp(log_scale)
    log_p = -0.5 * (away**2 + np.log(2 * np.pi)) - log_scale
    z, more = forth(out.steps, tf.constant(stays))
    rest = -0.5 * np.sum(np.square(z) + np.log(2 * np.pi), axis=-1)
    whole = log_p.sum((1, 2, 3)) + rest + log_det + more
    np.testing.assert_allclose(model.density(y), whole, rtol=1e-4)


def test_many_steps_come_back():
    model = wild(kg.Glow((8, 8, 3), 3, depth=6, width=8), 1.0, 0.02)
    x = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 3)) / np.float32(255)
    assert model.inverse_error(x.astype("float32")) < 1e-3


def test_the_paper_s_network_has_the_size_of_the_paper_s_code():
    """By the polynomial in the width that a count of parameters is."""

    def count(width, depth):
        model = kg.Glow((32, 32, 3), 3, depth, width)
        return sum(np.prod(w.shape) for w in model.trainable_weights)

    per_step = [count(w, 2) - count(w, 1) for w in (1, 2, 3)]
    square = np.polynomial.Polynomial.fit((1, 2, 3), per_step, 2)
    ends = count(1, 1) - per_step[0]
    idle = 9 * 96 * 96 + 96  # a kernel over zeros, and the gains of what it gives
    assert round(square(512) * 32 + ends + idle) == 44_135_856
