"""Laws of RealNVP."""

import itertools

import numpy as np
import tensorflow as tf

import keras_gen as kg
from keras_gen.layers.bijections.base import forth
from keras_gen.layers.bijections.mixing import FactorOut
from tests.laws.flows.shared import jacobian, wild


def test_what_leaves_at_each_scale_has_together_the_density_of_all():
    model = wild(kg.RealNVP((8, 8, 1), 3, width=4, depth=1), 1.2, 0.1)
    y = tf.constant(np.random.default_rng(0).random((3, 8, 8, 1)), tf.float32)
    steps, x, total, left = model.steps, y, 0.0, []
    while steps:
        out = isinstance(steps[-1], FactorOut)
        x, log_det = forth(steps[: len(steps) - out], x)
        total, steps = total + log_det, steps[-1].steps if out else None
        if out:
            half = x.shape[-1] // 2
            x, gone = x[..., :half], x[..., half:]
            left.append(tf.reshape(gone, (3, -1)))
    left.append(x)
    assert [part.shape[1] for part in left] == [32, 16, 16]
    gaussian = sum(
        -0.5 * np.sum(np.square(part) + np.log(2 * np.pi), axis=-1) for part in left
    )
    np.testing.assert_allclose(model.density(y), gaussian + total, rtol=1e-4)


def test_fields_of_the_same_colour_do_not_look_at_each_other():
    """And each coupling moves the fields that the one before it left."""
    model = wild(kg.RealNVP((2, 4, 1), 1, width=4, depth=1), 1.2, 0.1)
    boards = [step for step in model.steps if hasattr(step, "mask")]
    x = tf.constant(np.random.default_rng(0).normal(size=(2, 2, 4, 1)), tf.float32)
    for step, following in itertools.pairwise(boards):
        moved = np.ravel(step.mask) == 0
        assert np.array_equal(moved, np.ravel(following.mask) == 1)
        found = jacobian(step, x)
        among = found[:, moved][:, :, moved]
        off = among * (1 - np.eye(moved.sum()))
        assert not off.any()
        assert (found[:, ~moved] == np.eye(8)[~moved]).all()
        assert np.abs(found[:, moved][:, :, ~moved]).max() > 1e-3
