"""Langevin's variance on a parabola, and the law that MALA leaves as it is."""

import math

import numpy as np
import tensorflow as tf

from keras_gen.layers.loops import loop
from keras_gen.noise import draw
from keras_gen.parts.dynamics import MALA, Langevin
from keras_gen.parts.slope import sloped

N = 20_000


def run(dynamics, energy, x, steps):
    def turn(i, x):
        noise = {
            name: draw(spec.law, (N, *spec.shape), tf.stack([k, i]))
            for k, (name, spec) in enumerate(dynamics.fresh((1,)).items())
        }
        return i + 1, dynamics.move(energy, x, **noise)

    return tf.function(lambda x: loop(steps, turn, (x,))[1])(x).numpy()


def test_langevin_on_a_parabola_has_the_variance_that_its_step_makes():
    """v / (1 - e^2 / 4v) with e^2 = 2s, far from v where the step is long."""
    v, e = 1.7, 0.9
    x = run(
        Langevin(e**2 / 2),
        lambda x: tf.reduce_sum(x**2, -1) / (2 * v),
        tf.zeros((N, 1)),
        60,
    )
    want = v / (1 - e**2 / (4 * v))
    assert math.isclose(want, 1.929883, rel_tol=1e-6)
    assert abs(x.var() - want) < 4 * want * math.sqrt(2 / N)


def test_less_noise_draws_from_a_sharper_law():
    s, noise = 0.02, 0.1  # T = 1/4
    x = run(
        Langevin(s, noise), lambda x: tf.reduce_sum(x**2, -1) / 2, tf.zeros((N, 1)), 200
    )
    want = 0.25 / (1 - s / 2)
    assert abs(x.var() - want) < 4 * want * math.sqrt(2 / N)


def wells(x):
    """Two wells of unequal depth."""
    x = x[:, 0]
    return (x**2 - 1) ** 2 + 0.4 * x


def test_mala_leaves_the_law_as_it_is_by_all_pairs_of_a_grid():
    """p(x) T(x, y) = p(y) T(y, x), with T from the steps that are taken."""
    s, pairs, k, rng = 0.3, 200, 1000, np.random.default_rng(0)
    x, y = (np.float32(rng.uniform(-1.8, 1.8, (pairs, 1))) for _ in range(2))
    accept = tf.tile(tf.constant((np.arange(k) + 0.5) / k, tf.float32), [pairs])

    def flow(x, y):
        """p(x) q(y | x) times the share of u for which y is taken."""
        energy, slope = sloped(wells, tf.constant(x))
        noise = (y - x + s * slope) / math.sqrt(2 * s)
        many = (tf.repeat(t, k, axis=0) for t in (x, noise))
        after = np.reshape(MALA(s).move(wells, *many, accept), (pairs, k))
        taken = (np.abs(after - y) < np.abs(after - x)).mean(1)
        return np.exp(-energy - noise[:, 0] ** 2 / 2) * taken

    np.testing.assert_allclose(flow(x, y), flow(y, x), atol=2e-3)


def test_mala_s_moments_are_those_of_the_law():
    x = run(MALA(0.15), wells, tf.zeros((N, 1)), 150)[:, 0]
    grid = np.linspace(-4, 4, 4001, dtype="float32")
    p = np.exp(-np.float64(wells(tf.constant(grid[:, None]))))
    p /= p.sum()
    for power in (1, 2, 4):
        want = p @ grid**power
        spread = math.sqrt(p @ grid ** (2 * power) - want**2)
        assert abs((x**power).mean() - want) < 4 * spread / math.sqrt(N)
