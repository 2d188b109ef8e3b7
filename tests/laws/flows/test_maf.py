"""Laws of MAF."""

import numpy as np
import pytest
import tensorflow as tf

import keras_gen as kg
import zoo
from tests.laws.flows.shared import wild


@pytest.mark.parametrize("backwards", [False, True])
def test_the_cached_way_back_is_that_of_the_definition(backwards):
    """Which asks for all of the dimensions at each turn, and keeps one."""
    model = wild(kg.MAF((6,), 1 + backwards, hidden=(16, 16), normalise=False))
    step = model.steps[-1]
    z = tf.constant(np.random.default_rng(0).normal(size=(5, 6)), tf.float32)
    x = tf.zeros_like(z)
    for _ in range(6):
        params = step.network(x)
        x = step.transform.inverse(z, params)
    np.testing.assert_allclose(step.inverse(z), x, rtol=1e-3, atol=1e-4)


def test_mixtures_are_drawn_as_their_density_says():
    """In one dimension after another: shares below some values, against the density."""
    model = wild(kg.MAF((2,), 1, hidden=(16,), mixtures=3, normalise=False), 1.0, 0.1)
    rng = np.random.default_rng(0)
    noise = rng.random((20_000, 2), "float32")
    eps = rng.normal(size=(20_000, 2)).astype("float32")
    z = model.base.draw(noise=noise, eps=eps).numpy()
    axis = np.linspace(-12, 12, 1001, dtype="float32")
    grid = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    p = np.exp(np.asarray(model.base(grid), "float64"))
    assert p.sum() * (axis[1] - axis[0]) ** 2 == pytest.approx(1, abs=2e-3)
    p /= p.sum()
    for at in np.quantile(z, [0.2, 0.5, 0.8], axis=0):
        for d in range(2):
            expected = p[grid[:, d] < at[d]].sum()
            assert (z[:, d] < at[d]).mean() == pytest.approx(expected, abs=0.02)
        both = p[(grid < at).all(1)].sum()
        assert (z < at).all(1).mean() == pytest.approx(both, abs=0.02)


def test_the_paper_s_networks_have_the_paper_s_size():
    model = zoo.build("maf-mnist-paper")
    masked = [step for step in model.steps if hasattr(step, "transform")]
    sizes = [np.prod(w.shape) for step in masked for w in step.trainable_weights]
    assert sum(sizes) == 12_055_200
