"""Paths, targets and weightings: exact maps of each other, at every time."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen.errors import BadInput
from keras_gen.parts.paths import PATHS, Exploding, LinearVariance, Straight
from keras_gen.parts.targets import TARGETS, V, Velocity
from keras_gen.parts.weightings import WEIGHTINGS, LogNormal, MinSNR
from tests.laws.diffusion.shared import MEANS, SHARES, STD, posterior

T = np.linspace(0.0, 1.0, 41)
PRODUCT = np.cumprod(1.0 - np.linspace(1e-4, 0.02, 1000))


def test_the_linear_path_is_ddpm_s_table():
    """Law 37: its products of a thousand factors, in float64 and in float32."""
    for dtype, limit in (("float64", 1e-8), ("float32", 2e-5)):
        i = tf.constant(np.arange(1, 1001) / 1000, dtype)
        alpha, sigma = LinearVariance().scales(LinearVariance().ratio(i))
        np.testing.assert_allclose(alpha**2, PRODUCT, rtol=limit)
        np.testing.assert_allclose(sigma**2, 1 - PRODUCT, rtol=limit)
    assert PRODUCT[-1] == pytest.approx(4.04e-5, rel=2e-3)


@pytest.mark.parametrize("name", PATHS)
def test_a_path_keeps_what_it_says_and_its_rates_are_its_derivatives(name):
    path = PATHS[name]()
    t = tf.constant(np.clip(T, 0.01, 0.99), "float64")
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(t)
        r = path.ratio(t)
        alpha, sigma = path.scales(r)
    np.testing.assert_allclose(np.log(sigma / alpha), r, atol=1e-9)
    assert (np.diff(r) > 0).all()
    kept = {"exploding": alpha, "straight": alpha + sigma}
    np.testing.assert_allclose(kept.get(name, alpha**2 + sigma**2), 1.0, atol=1e-9)
    slope = path.slope(r)
    np.testing.assert_allclose(slope, tape.gradient(r, t), rtol=1e-6)
    for rate, scale in zip(path.rates(r), (alpha, sigma), strict=True):
        wanted = tape.gradient(scale, t)
        wanted = np.zeros_like(rate) if wanted is None else wanted
        np.testing.assert_allclose(rate * slope, wanted, rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(path.time(r), t, atol=1e-9)


@pytest.mark.parametrize("name", PATHS)
def test_targets_are_exact_linear_maps_of_each_other(name):
    path, rng = PATHS[name](), np.random.default_rng(0)
    clean, eps = (tf.constant(rng.normal(size=(41, 2)), "float64") for _ in range(2))
    r = path.ratio(tf.constant(T, "float64"))[:, None]
    alpha, sigma = path.scales(r)
    x = alpha * clean + sigma * eps
    for target in (*(kind() for kind in TARGETS.values()), V(0.5)):
        said = target.of(path, r, clean, eps)
        back = target.solved(path, r, x, said)
        for found, wanted in zip(back, (clean, eps), strict=True):
            np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_targets_are_those_of_the_papers():
    rng = np.random.default_rng(0)
    clean, eps = (rng.normal(size=(41, 2)) for _ in range(2))
    straight, r = Straight(), Straight().ratio(tf.constant(T, "float64"))[:, None]
    np.testing.assert_allclose(
        Velocity().of(straight, r, clean, eps), eps - clean, rtol=1e-6
    )
    linear = LinearVariance()
    r = linear.ratio(tf.constant(T, "float64"))[:, None]
    alpha, sigma = linear.scales(r)
    np.testing.assert_allclose(
        V().of(linear, r, clean, eps), alpha * eps - sigma * clean, atol=1e-9
    )
    path, c = Exploding(), 0.5  # c_skip and c_out of Karras et al.
    r = path.ratio(tf.constant(T, "float64"))[:, None]
    s = np.exp(r)
    x = clean + s * eps
    skip, out = c**2 / (s**2 + c**2), s * c / np.sqrt(s**2 + c**2)
    np.testing.assert_allclose(
        -V(c).of(path, r, clean, eps), (clean - skip * x) / out, rtol=1e-6, atol=1e-9
    )


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("target", TARGETS)
def test_the_score_of_a_mixture_is_met_by_every_path_and_target(path, target):
    """-eps / sigma of what the target says is the gradient of the log-density."""
    path, target = PATHS[path](), TARGETS[target]()
    x = np.random.default_rng(0).normal(size=(19, 2))
    r = path.ratio(tf.constant(np.linspace(0.05, 0.95, 19)))[:, None]
    alpha, sigma = path.scales(r)
    point = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(point)
        apart = point[:, None] - alpha[..., None] * MEANS.astype("float64")
        variance = tf.square(alpha * STD) + tf.square(sigma)
        log = np.log(SHARES) - 0.5 * tf.reduce_sum(apart**2, -1) / variance
        density = tf.reduce_logsumexp(log, -1)
    said = target.of(path, r, *posterior(path, r, x))
    _, eps = target.solved(path, r, x, said)
    np.testing.assert_allclose(
        -eps / sigma, tape.gradient(density, point), rtol=1e-6, atol=1e-9
    )


def test_weights_are_those_of_min_snr():
    """Whatever the network says, it is the error of x_0 that weighs min(SNR, 5)."""
    path = LinearVariance()
    r = path.ratio(tf.constant(T, "float64"))
    snr = np.exp(-2.0 * r)
    known = {
        "noise": np.minimum(snr, 5.0) / snr,
        "clean": np.minimum(snr, 5.0),
        "v": np.minimum(snr, 5.0) / (snr + 1),
    }
    for name, wanted in known.items():
        weight = MinSNR().weight(path, TARGETS[name](), r)
        np.testing.assert_allclose(weight, wanted, rtol=1e-6)


@pytest.mark.parametrize("name", WEIGHTINGS)
def test_times_are_drawn_within_the_path_and_by_their_law(name):
    path, weighting = Exploding(), WEIGHTINGS[name]()
    u = tf.constant((np.arange(4000) + 0.5) / 4000, "float32")
    r = weighting.draw(path, u).numpy()
    assert path.ends[0] <= r.min() and r.max() <= path.ends[1]
    assert (np.diff(r) >= 0).all()
    if isinstance(weighting, LogNormal):
        assert (r.mean(), r.std()) == pytest.approx((-1.2, 1.2), abs=0.01)


def test_a_noise_that_does_not_grow_is_refused():
    with pytest.raises(BadInput, match="grows from low to high"):
        Exploding(2.0, 1.0)
