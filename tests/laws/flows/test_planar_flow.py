"""Laws of planar and radial flows: they go back, whatever their parameters are."""

import numpy as np
import pytest
import tensorflow as tf

import keras_gen as kg


@pytest.mark.parametrize("system", [kg.PlanarFlow, kg.RadialFlow])
@pytest.mark.parametrize("size", [3.0, 10.0])
def test_steps_of_any_parameters_can_be_inverted(system, size):
    model, rng = system((3,), depth=20), np.random.default_rng(0)
    for step in model.steps[1:-1]:
        step.free.assign(size * rng.normal(size=step.free.shape))
        x = tf.constant(3 * rng.normal(size=(50, 3)), tf.float32)
        z, log_det = step(x)
        assert np.isfinite(log_det).all()
        # What a step has squeezed by exp(log_det), rounding is stretched by.
        bound = 1e-5 * (1 + np.exp(-np.asarray(log_det))) * (1 + size**2)
        error = np.abs(step.inverse(z) - x).max(-1)
        assert (error < bound).all()
