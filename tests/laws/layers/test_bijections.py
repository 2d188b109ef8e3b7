"""Laws of the steps of flows, in float64, on weights that are not of an initialiser."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gen as kg
from keras_gen.errors import BadInput
from keras_gen.flows.planar_flow import PlanarStep
from keras_gen.flows.radial_flow import RadialStep
from keras_gen.layers.bijections.autoregressive import Autoregressive, Conditionals
from keras_gen.layers.bijections.coupling import CheckerboardCoupling, Coupling
from keras_gen.layers.bijections.mixing import (
    FactorOut,
    InvertibleConv,
    Permutation,
    Squeeze,
)
from keras_gen.layers.bijections.scaling import ActNorm, Flatten, Logit, Stretch
from keras_gen.layers.bijections.spline import Spline
from keras_gen.layers.bijections.transforms import Additive, Affine, Gated
from tests.laws.flows.shared import jacobian, wild

net = kg.networks.flows
CONTEXT = 3


@pytest.fixture
def double():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_dtype_policy(before)


def coupling(transform, swap=False):
    network = net.dense(2, 2 * transform.numbers, 8, 1, CONTEXT, "tanh")
    return Coupling(network, transform, 2, swap)


def factor_out():
    law = net.conditional((2, 2, 2), 4)
    return FactorOut((2, 2, 4), [ActNorm(2), Flatten((2, 2, 2))], law)


def masked(transform, **kwargs):
    network = Conditionals(4, transform.numbers, context=CONTEXT, **kwargs)
    return Autoregressive(network, transform)


# A step, the shape that it takes, and whether it is told something.
STEPS = {
    "additive coupling": (lambda: coupling(Additive()), (4,), True),
    "affine coupling": (lambda: coupling(Affine(1.5), True), (4,), True),
    "gated coupling": (lambda: coupling(Gated()), (4,), True),
    "spline coupling": (lambda: coupling(Spline(5, 2.0)), (4,), True),
    "checkerboard": (
        lambda: CheckerboardCoupling(
            net.residual((2, 3, 2), 4, 4, 1, CONTEXT), Affine(), True
        ),
        (2, 3, 2),
        True,
    ),
    "normed network": (
        lambda: Coupling(net.normed((2, 2, 2), 4, 4, CONTEXT), Gated(), 2),
        (2, 2, 4),
        True,
    ),
    "factored out": (factor_out, (2, 2, 4), False),
    "autoregressive": (lambda: masked(Affine(), hidden=(8,)), (4,), True),
    "autoregressive, backwards, deep": (
        lambda: masked(Affine(), hidden=(9, 7), backwards=True),
        (4,),
        True,
    ),
    "autoregressive splines": (
        lambda: masked(Spline(3, 2.0), hidden=(8,), activation="tanh"),
        (4,),
        True,
    ),
    "actnorm": (lambda: ActNorm(2), (2, 3, 2), False),
    "stretch": (lambda: Stretch(4), (4,), False),
    "logit": (lambda: Logit(), (2, 2, 1), False),
    "flat": (lambda: Flatten((2, 2, 1)), (2, 2, 1), False),
    "permutation": (lambda: Permutation([2, 0, 3, 1]), (4,), False),
    "squeeze": (lambda: Squeeze(), (2, 4, 1), False),
    "1x1 convolution": (lambda: InvertibleConv(5), (2, 1, 5), False),
    "1x1 convolution by halves": (lambda: InvertibleConv(19), (1, 1, 19), False),
    "planar": (lambda: PlanarStep(3, CONTEXT), (3,), True),
    "radial": (lambda: RadialStep(3, CONTEXT), (3,), True),
}


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.usefixtures("double")
def test_a_step_comes_back_and_knows_how_it_stretches_space(name):
    make, shape, told = STEPS[name]
    step, rng = wild(make()), np.random.default_rng(1)
    x = tf.constant(rng.random((5, *shape)) if name == "logit" else
                    1.5 * rng.normal(size=(5, *shape)))  # fmt: skip
    context = tf.constant(rng.normal(size=(5, CONTEXT))) if told else None
    z, log_det = step(x, context=context)
    assert z.dtype == log_det.dtype == "float64"
    assert log_det.shape == (5,)
    np.testing.assert_allclose(step.inverse(z, context), x, atol=1e-10)
    anywhere = tf.constant(rng.normal(size=z.shape))
    there = step.forward(step.inverse(anywhere, context), context)[0]
    np.testing.assert_allclose(there, anywhere, atol=1e-10)
    sign, truth = np.linalg.slogdet(jacobian(step, x, context))
    np.testing.assert_allclose(log_det, truth, atol=1e-10)
    assert (
        name.startswith(("permutation", "squeeze", "1x1 convolution"))
        or (sign > 0).all()
    )
    if told:
        other = step(x, context=context[::-1])[0]
        assert np.abs(other - z)[[0, 1, 3, 4]].max() > 1e-3


def test_a_matrix_of_many_channels_is_inverted_in_single_precision():
    keras.utils.set_random_seed(0)
    step = InvertibleConv(96)
    found = step.matrix() @ step.inverse_matrix()
    np.testing.assert_allclose(found, np.eye(96), atol=2e-5)


def test_the_way_back_through_a_gate_stretches_by_less_than_two():
    """However sure the network is: so that the way back of a sample stays finite."""
    params = tf.constant([[-1e6, 0.0], [0.0, 0.0], [1e6, 0.0]])
    x = Gated().inverse(tf.ones(3), params).numpy()
    np.testing.assert_allclose(x, 1 + np.exp([0.0, -2.0, -4.0]), rtol=1e-6)


@pytest.mark.usefixtures("double")
def test_some_steps_leave_volumes_as_they_are():
    x = tf.constant(np.random.default_rng(0).normal(size=(3, 2, 4, 2)))
    for step, given in (
        (Squeeze(), x),
        (Permutation([1, 0]), x),
        (wild(coupling(Additive())), tf.reshape(x, (12, 4))),
    ):
        told = tf.ones((len(given), CONTEXT), given.dtype)
        z, log_det = step(given, context=told)
        assert not np.any(log_det)
        if not isinstance(step, Coupling):
            assert np.array_equal(np.sort(np.ravel(z)), np.sort(np.ravel(given)))


@pytest.mark.usefixtures("double")
def test_a_masked_step_has_a_triangular_jacobian():
    for backwards in (False, True):
        step = wild(
            masked(Affine(), hidden=(12, 12), backwards=backwards, activation="tanh")
        )
        x = tf.constant(np.random.default_rng(1).normal(size=(4, 4)))
        found = jacobian(step, x, tf.ones((4, CONTEXT), x.dtype))
        found = found.transpose(0, 2, 1) if backwards else found
        assert not np.triu(found, 1).any()
        assert (np.diagonal(found, axis1=1, axis2=2) > 0).all()
        assert np.abs(np.tril(found, -1)).max((0, 2))[1:].all()


@pytest.mark.usefixtures("double")
def test_a_1x1_convolution_begins_as_a_rotation_and_has_no_dead_weight():
    step = InvertibleConv(6)
    w = step.matrix().numpy()
    np.testing.assert_allclose(w @ w.T, np.eye(6), atol=1e-12)
    assert not np.allclose(np.abs(w), np.abs(InvertibleConv(6).matrix()))
    wild(step)
    product = step.matrix() @ step.inverse_matrix()
    np.testing.assert_allclose(product, np.eye(6), atol=1e-9)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(tf.square(step.matrix()))
    assert np.all(tape.gradient(total, step.factors) != 0)


@pytest.mark.parametrize("far", [5.0, 1e3, 1e25])
def test_a_spline_is_the_identity_outside_and_its_gradients_stay_finite(far):
    spline = Spline(bins=4, bound=2.0)
    rng = np.random.default_rng(0)
    params = tf.constant(3 * rng.normal(size=(2, spline.numbers)), tf.float32)
    x = tf.constant([far, -far])
    for move in (lambda x, p: spline.forward(x, p)[0] + spline.forward(x, p)[1],
                 spline.inverse):  # fmt: skip
        with tf.GradientTape() as tape:
            tape.watch([x, params])
            y = move(x, params)
        d_x, d_params = tape.gradient(y, [x, params])
        assert np.array_equal(y, x)
        assert np.array_equal(d_x, [1, 1])
        assert np.all(np.isfinite(d_params))


def test_a_spline_increases_and_meets_the_identity():
    spline, rng = Spline(bins=5, bound=2.0), np.random.default_rng(3)
    params = tf.constant(4 * rng.normal(size=(1, spline.numbers)))
    x = tf.constant(np.linspace(-3, 3, 40_001))
    z, log_slope = spline.forward(x, tf.repeat(params, len(x), 0))
    steps = np.diff(z)
    assert (steps > 0).all()
    slope = np.exp(log_slope)  # no jump: a step is what the slopes at its ends allow
    steepest = np.maximum(slope[1:], slope[:-1])
    assert (steps < 4 * 6 / 40_000 * steepest + 1e-12).all()
    for edge in (-2.0, 2.0):
        at = tf.constant([edge], tf.float64)
        z, log_slope = spline.forward(at, params)
        assert abs(float(z[0]) - edge) < 1e-5
        assert abs(float(log_slope[0])) < 1e-5


def test_actnorm_normalises_its_first_batch_and_no_other():
    step, rng = ActNorm(3), np.random.default_rng(0)
    first = tf.constant(2 + 5 * rng.normal(size=(64, 2, 2, 3)), tf.float32)
    z, log_det = step(first, training=True)
    np.testing.assert_allclose(np.mean(z, (0, 1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(np.std(z, (0, 1, 2)), 1, atol=1e-5)
    assert float(log_det[0]) == pytest.approx(-4 * 3 * np.log(5), abs=0.5)
    before = [w.numpy() for w in step.weights]
    step(10 * first, training=True)
    assert all(map(np.array_equal, before, (w.numpy() for w in step.weights)))
    untouched = ActNorm(3)
    untouched(first)
    assert float(untouched.known) == 0


def test_what_is_no_step_is_refused():
    with pytest.raises(BadInput, match="each once"):
        Permutation([0, 0, 1])
    with pytest.raises(BadInput, match="hidden layer"):
        Conditionals(3, 2, hidden=())
    with pytest.raises(BadInput, match="bound is a finite number above 0"):
        Spline(bound=0.0)
