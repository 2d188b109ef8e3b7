"""Laws of NICE."""

import numpy as np
import tensorflow as tf

import keras_gen as kg
import zoo
from tests.laws.flows.shared import wild


def test_couplings_keep_volumes_and_the_scales_alone_change_them():
    model = wild(kg.NICE((2, 3, 1), 3, width=16, depth=2), 1.5, 0.2)
    x = np.random.default_rng(0).integers(0, 256, (4, 2, 3, 1)) / np.float32(255)
    z = model.encode(tf.constant(x, tf.float32))["z"].numpy()
    prior = -np.logaddexp(0, z).sum(-1) - np.logaddexp(0, -z).sum(-1)
    y = tf.constant((255 * x + 0.5) / 256, tf.float32)
    scales = float(tf.reduce_sum(model.steps[-1].log_scale))
    np.testing.assert_allclose(model.density(y), prior + scales, rtol=1e-4)


def test_noise_is_drawn_as_logistic_numbers():
    model = kg.NICE((4,), 1, width=4, depth=1)
    u = np.array([[0.1, 0.5, 0.9, 0.0]], "float32")
    z = model.base.draw(noise=u).numpy()[0]
    np.testing.assert_allclose(1 / (1 + np.exp(-z[:3])), u[0, :3], atol=1e-6)
    assert np.isfinite(z).all()


def test_the_paper_s_network_has_the_paper_s_size():
    weights = zoo.build("nice-mnist-paper").trainable_weights
    assert sum(np.prod(w.shape) for w in weights) == 19_158_352
