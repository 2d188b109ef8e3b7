"""Solvers have the order that they say, on data whose flow is known in closed form."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from keras_gen.noise import draw
from keras_gen.parts import solvers
from keras_gen.parts.paths import PATHS, LinearVariance
from keras_gen.parts.solvers import GRIDS, Turn

STD = 0.5
ORDERS = {"ddim": 1, "euler": 1, "heun": 2, "dpm2m": 2}


def predict_for(path, std=STD):
    """Of data N(0, std^2): E[x_0 | x] and E[eps | x]."""

    def predict(x, r):
        alpha, sigma = path.scales(r)
        variance = tf.square(alpha * std) + tf.square(sigma)
        return alpha * std**2 / variance * x, sigma / variance * x

    return predict


def solved(solver, path, r, x, noise=None, std=STD):
    """x after the steps between these log-ratios."""
    kept = solver.start(x, r[0])
    for i, (here, there) in enumerate(itertools.pairwise(r)):
        turn = Turn(path, here, there, tf.constant(i == 0), len(r) - 1)
        z = None if noise is None else noise[i]
        x, kept = solver.step(predict_for(path, std), x, turn, z, kept)
    return x


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", ORDERS)
def test_the_error_falls_with_the_power_of_the_step_that_is_the_order(name, path):
    """x / sqrt(alpha^2 std^2 + sigma^2) stays what it is along the flow."""
    path, solver = PATHS[path](), solvers.SOLVERS[name]()
    errors, counts = [], (16, 32, 64)
    for n in counts:
        t = tf.constant(np.linspace(0.8, 0.3, n + 1))
        r = path.ratio(t)
        (alpha, sigma), (alpha_0, sigma_0) = (path.scales(r[i]) for i in (-1, 0))
        x = tf.constant(1.0, "float64")
        exact = np.sqrt(
            ((alpha * STD) ** 2 + sigma**2) / ((alpha_0 * STD) ** 2 + sigma_0**2)
        )
        errors.append(abs(float(solved(solver, path, tf.unstack(r), x)) - exact))
    slope = -np.polyfit(np.log(counts), np.log(errors), 1)[0]
    assert slope == pytest.approx(ORDERS[name], abs=0.2), errors


def test_ancestral_steps_are_the_posterior_s():
    """Law 37 and 39: c1 + c2 sqrt(ab_t) = sqrt(ab_{t-1}), and DDIM at eta 1 is it."""
    path = LinearVariance()
    r = tf.unstack(path.ratio(tf.constant([0.5, 0.499], "float64")))
    (alpha, sigma), (alpha_s, sigma_s) = map(path.scales, r)
    turn = Turn(path, *r, tf.constant(True), 1)

    def step(solver, clean, x, z):
        clean, x, z = (tf.constant(v, "float64") for v in (clean, x, z))
        return solver.step(
            lambda x, r: (clean, (x - alpha * clean) / sigma), x, turn, z, ()
        )[0].numpy()

    small, large = solvers.Ancestral("small"), solvers.Ancestral("large")
    c1, c2 = step(small, 1.0, 0.0, 0.0), step(small, 0.0, 1.0, 0.0)
    assert float(c1 + c2 * alpha) == pytest.approx(float(alpha_s), abs=1e-9)
    variance = step(small, 0.0, 0.0, 1.0) ** 2
    assert float(c2**2 * sigma**2 + variance) == pytest.approx(
        float(sigma_s**2), abs=1e-9
    )
    beta = 1 - (alpha / alpha_s) ** 2
    assert variance == pytest.approx(float(beta * sigma_s**2 / sigma**2), rel=1e-6)
    assert step(large, 0.0, 0.0, 1.0) ** 2 == pytest.approx(float(beta), rel=1e-6)
    for x in (-1.0, 2.0):
        one = step(solvers.DDIM(1.0), 0.3, x, 0.7)
        assert one == pytest.approx(float(step(small, 0.3, x, 0.7)), abs=1e-9)


def test_the_chain_ends_with_the_variance_of_its_recursion():
    """Law 38: T = 1000, data N(0, .25); the figures are those of the closed form."""
    path, std = LinearVariance(), 0.5
    t = tf.constant(1.0 - np.arange(1000) / 1000)
    r = [*tf.unstack(path.ratio(t)), tf.constant(solvers.END, "float64")]
    zero, one = (tf.constant(v, "float64") for v in (0.0, 1.0))
    ddim = float(solved(solvers.DDIM(), path, r, one, std=std)) ** 2
    assert ddim == pytest.approx(0.24850, abs=2e-5)

    def variance(solver):
        """By each step's own gain of x and of the noise."""
        total = 1.0
        for here, there in itertools.pairwise(r):
            turn = Turn(path, here, there, tf.constant(False), 1000)
            gain = [
                float(solver.step(predict_for(path, std), x, turn, z, ())[0])
                for x, z in ((one, zero), (zero, one))
            ]
            total = gain[0] ** 2 * total + gain[1] ** 2
        return total

    assert variance(solvers.Ancestral("small")) == pytest.approx(0.24613, abs=2e-5)
    assert variance(solvers.Ancestral("large")) == pytest.approx(0.25075, abs=2e-5)


@pytest.mark.parametrize("name", solvers.SOLVERS)
def test_one_step_to_the_end_gives_what_the_network_takes_x_for(name):
    path, solver = PATHS["cosine"](), solvers.SOLVERS[name]()
    solver = solver if name != "churn" else solvers.Churn(0.0)
    r, x = tf.constant([1.5, solvers.END]), tf.constant(0.7)
    given = {"noise": [tf.constant(0.0)]} if solver.stochastic else {}
    found = solved(solver, path, tf.unstack(r), x, **given)
    assert float(found) == pytest.approx(float(predict_for(path)(x, r[0])[0]), abs=1e-6)


def test_churn_without_an_amount_is_heun_and_keeps_the_law():
    path = PATHS["exploding"]()
    r = tf.unstack(path.ratio(tf.constant(np.linspace(1.0, 0.2, 41), "float32")))
    noise = draw("normal", (40, 20000), 0)
    start = draw("normal", (20000,), 1) * 80.0
    still = solved(solvers.Churn(0.0), path, r, start, noise)
    np.testing.assert_allclose(still, solved(solvers.Heun(), path, r, start), rtol=1e-4)
    churned = solved(solvers.Churn(20.0, inflation=1.0), path, r, start, noise)
    assert not np.allclose(churned, still)
    wanted = np.sqrt(STD**2 + np.exp(2.0 * r[-1]))
    assert np.std(churned) == pytest.approx(wanted, rel=0.03)


@pytest.mark.parametrize("name", GRIDS)
def test_grids_lead_from_end_to_end(name):
    path, grid = PATHS["linear"](), GRIDS[name]()
    low, high = path.ends
    for n in (1.0, 2.0, 9.0):
        r = np.array([float(grid.at(path, i, n)) for i in np.arange(n, dtype="f")])
        assert r[0] == pytest.approx(float(high), abs=1e-4)
        assert (np.diff(r) < 0).all()
        if name != "time" and n > 1:
            assert r[-1] == pytest.approx(float(low), abs=1e-4)
