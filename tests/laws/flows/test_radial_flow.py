"""Laws of radial flows; that they go back is beside the planar ones'."""

import numpy as np
import tensorflow as tf

import keras_gen as kg
from keras_gen.flows.radial_flow import RadialStep


def test_a_step_moves_along_rays_and_keeps_their_order():
    step, rng = RadialStep(2), np.random.default_rng(0)
    step.free.assign([0.5, -1.0, 0.3, -2.0])
    ray = rng.normal(size=2)
    ray /= np.linalg.norm(ray)
    r = np.linspace(0.01, 6, 400)[:, None]
    z = step(tf.constant([0.5, -1.0] + r * ray, tf.float32))[0] - [0.5, -1.0]
    along = np.asarray(z) @ ray
    np.testing.assert_allclose(z, along[:, None] * ray, atol=1e-5)
    assert (np.diff(along) > 0).all()
    assert np.abs(along - r[:, 0]).max() > 0.05


def test_radial_is_what_its_base_declares_with_other_steps():
    counts = [
        sum(np.prod(w.shape) for w in model.trainable_weights)
        for model in (kg.PlanarFlow((2,), 2), kg.RadialFlow((2,), 2))
    ]
    assert counts == [8 + 2 * 5, 8 + 2 * 4]
