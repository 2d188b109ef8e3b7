"""Errors of a reconstruction, and what counts as one."""

import numpy as np
import tensorflow as tf

from keras_gen.parts.reconstruction import LOSSES, per_example
from tests.laws.autoencoders.shared import images


def test_cross_entropy_is_that_of_the_sigmoid():
    y, x = images(4) * 10 - 5, images(4, seed=1)
    p = 1 / (1 + np.exp(-y.astype("float64")))
    expected = -x * np.log(p) - (1 - x) * np.log(1 - p)
    cost = LOSSES["cross_entropy"]
    np.testing.assert_allclose(cost.errors(y, x), expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(cost.example(y), p, atol=1e-6)


def test_an_example_counts_once_however_large_its_hole():
    errors, hole = images(3), np.zeros((3, 6, 5, 1), "float32")
    hole[0, 0, 0], hole[1], hole[2, :3] = 1, 1, 1
    expected = [errors[0, 0, 0, 0], errors[1].mean(), errors[2, :3].mean()]
    np.testing.assert_allclose(
        per_example(tf.constant(errors), hole), expected, rtol=1e-5
    )
    colours = images(3, (6, 5, 3))
    expected = [colours[0, 0, 0].mean(), colours[1].mean(), colours[2, :3].mean()]
    np.testing.assert_allclose(
        per_example(tf.constant(colours), hole), expected, rtol=1e-5
    )
