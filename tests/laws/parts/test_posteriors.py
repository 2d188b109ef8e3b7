"""The mathematics of approximate posteriors, on random parameters."""

import math

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from keras_gen.errors import BadInput
from keras_gen.parts.posteriors import (
    Diagonal,
    FullCovariance,
    InverseAutoregressive,
    Planar,
    Radial,
)
from keras_gen.parts.posteriors.flows import planar, radial

tfd = tfp.distributions
D, BATCH = 4, 6
GAUSSIANS = [Diagonal, FullCovariance]
FAMILIES = [*GAUSSIANS, Planar, Radial, InverseAutoregressive]


def normal(*shape, seed=0, scale=1.0):
    return scale * tf.random.stateless_normal(shape, (seed, 7))


def prepared(family, latent_dim=D):
    part = family()
    part.prepare(latent_dim)
    return part


def approximation(family, latent_dim=D, batch=BATCH, scale=1.0, seed=0):
    part = prepared(family, latent_dim)
    return part(normal(batch, part.size(latent_dim), scale=scale, seed=seed))


def tfp_of(q):
    factor = getattr(q, "factor", tf.linalg.diag(q.stddev))
    return tfd.MultivariateNormalTriL(q.mean, factor)


@pytest.mark.parametrize("family", GAUSSIANS)
def test_gaussian_density_and_divergence_are_tfp_s(family):
    q = approximation(family)
    z, log_q = q.draw(normal(BATCH, D, seed=1))
    np.testing.assert_allclose(log_q, tfp_of(q).log_prob(z), rtol=2e-5, atol=1e-4)
    np.testing.assert_allclose(q.log_prob(z), log_q, rtol=2e-5, atol=1e-4)
    np.testing.assert_allclose(q.stddev, tfp_of(q).stddev(), rtol=1e-5)
    standard = tfd.MultivariateNormalTriL(tf.zeros(D), tf.eye(D))
    expected = tfp_of(q).kl_divergence(standard)
    np.testing.assert_allclose(q.kl_from_standard_normal(), expected, rtol=1e-5)


@pytest.mark.parametrize("family", GAUSSIANS)
def test_closed_divergence_is_the_expectation_of_the_log_ratio(family):
    """Within four standard errors of a hundred thousand draws."""
    q = approximation(family)
    z, log_q = q.draw(normal(100_000, BATCH, D, seed=2))
    log_p = -0.5 * tf.reduce_sum(z * z + math.log(2 * math.pi), axis=-1)
    ratios = (log_q - log_p).numpy()
    error = 4 * ratios.std(0) / np.sqrt(len(ratios))
    closed = q.kl_from_standard_normal().numpy()
    assert (np.abs(ratios.mean(0) - closed) < error).all()


@pytest.mark.parametrize("family", GAUSSIANS)
def test_divergence_is_zero_for_the_prior_alone(family):
    part = prepared(family)
    one = math.log(math.expm1(1 - 1e-4))  # raw scale of a standard deviation of 1
    params = np.zeros((1, part.size(D)), "float32")
    params[:, D : 2 * D] = one
    assert abs(part(params).kl_from_standard_normal()[0]) < 1e-6
    for i in range(params.shape[1]):
        other = params.copy()
        other[0, i] += 0.3
        assert part(other).kl_from_standard_normal()[0] > 0.01


@pytest.mark.parametrize("family", GAUSSIANS)
@pytest.mark.parametrize("raw", [-200.0, 200.0])
def test_no_raw_scale_makes_a_density_infinite(family, raw):
    """The softplus of -200 is zero, and what is zero wide has no density."""
    part = prepared(family)
    params = np.array(normal(BATCH, part.size(D)))
    params[:, D : 2 * D] = raw
    q = part(params)
    z, log_q = q.draw(normal(BATCH, D, seed=1))
    for number in (log_q, q.log_prob(z), q.kl_from_standard_normal()):
        assert np.isfinite(number).all()


def test_what_is_below_the_diagonal_is_in_units_of_its_row():
    """A coordinate that is a thousand times as precise stays so, correlations and all.

    Its correlations are what the encoder's numbers are about, whatever the scale.
    """
    part = prepared(FullCovariance)
    params = np.array(normal(1, part.size(D)))
    before = part(params)
    params[:, D + 2] = -7.0
    after = part(params)
    scale = (after.diagonal / before.diagonal)[0].numpy()
    assert scale[2] < 0.005
    expected = scale[:, None] * before.factor[0]
    np.testing.assert_allclose(after.factor[0], expected, rtol=1e-5)


def test_full_covariance_has_one_parameter_for_each_pair():
    """Each moves its own covariance: none is lost, none is used twice."""
    part = prepared(FullCovariance)
    params = normal(1, part.size(D))
    with tf.GradientTape() as tape:
        tape.watch(params)
        factor = part(params).factor[0]
    jacobian = tape.jacobian(factor, params)[:, :, 0].numpy().reshape(D * D, -1)
    assert (np.count_nonzero(jacobian[:, 2 * D :], axis=0) == 1).all()
    reached = np.count_nonzero(jacobian[:, 2 * D :], axis=1).reshape(D, D)
    assert np.array_equal(reached, np.tril(np.ones((D, D)), -1))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("latent_dim", [1, D])
def test_density_of_a_draw_is_that_of_its_noise_over_the_determinant(
    family, latent_dim
):
    """log q(z | x) = log N(noise) - log |det dz / dnoise|, by automatic derivatives."""
    q = approximation(family, latent_dim, batch=40)
    noise = normal(40, latent_dim, seed=3)
    with tf.GradientTape() as tape:
        tape.watch(noise)
        z, log_q = q.draw(noise)
    jacobian = tf.cast(tape.batch_jacobian(z, noise), tf.float64)
    sign, log_det = np.linalg.slogdet(jacobian.numpy())
    assert (sign > 0).all()
    log_n = -0.5 * np.sum(noise.numpy() ** 2 + math.log(2 * math.pi), axis=-1)
    np.testing.assert_allclose(log_q, log_n - log_det, rtol=1e-4, atol=5e-4)


@pytest.mark.parametrize("family", FAMILIES)
def test_draws_of_several_samples_are_those_of_each(family):
    """(samples, batch, latent) broadcasts: sample s of example n meets noise s, n."""
    q = approximation(family)
    noise = normal(3, BATCH, D, seed=4)
    z, log_q = q.draw(noise)
    for s in range(3):
        one, log_one = q.draw(noise[s])
        np.testing.assert_allclose(z[s], one, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(log_q[s], log_one, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("family", FAMILIES)
def test_centre_is_where_zero_noise_goes(family):
    q = approximation(family)
    z, _ = q.draw(tf.zeros((BATCH, D)))
    np.testing.assert_allclose(q.centre(), z, atol=1e-6)
    assert set(q.code()) == set(prepared(family).code)


def test_planar_steps_are_increasing_across_their_plane():
    """w'f(z) grows with w'z, however the free parameters pull; without the bound on
    w'u the step folds space, and its log-determinant is that of no density."""
    n, t = 2000, np.linspace(-4, 4, 81)
    u, w = normal(n, D, scale=3.0), normal(n, D, seed=1)
    b = normal(n, 1, seed=2)
    direction = w / tf.reduce_sum(w * w, axis=-1, keepdims=True)
    along = [tf.reduce_sum(w * planar(u, w, b, k * direction)[0], -1) for k in t]
    assert (np.diff(np.stack(along), axis=0) > 0).all()
    _, log_det = planar(10 * u, w, b, normal(n, D, seed=3))
    assert np.isfinite(log_det).all()


def test_radial_steps_are_increasing_away_from_their_centre():
    n, r = 2000, np.linspace(0, 4, 81)
    centre, a = normal(n, D), normal(n, 1, seed=1)
    beta = normal(n, 1, seed=2, scale=5.0)
    ray = tf.math.l2_normalize(normal(n, D, seed=3), axis=-1)
    away = [
        tf.reduce_sum(ray * (radial(centre, a, beta, centre + k * ray)[0] - centre), -1)
        for k in r
    ]
    assert (np.diff(np.stack(away), axis=0) > 0).all()


@pytest.mark.parametrize("step", [planar, radial])
def test_steps_without_parameters_change_nothing_and_have_gradients(step):
    zeros, z = tf.zeros((2, D)), normal(2, D)
    second = zeros if step is planar else zeros[:, :1]
    with tf.GradientTape() as tape:
        watched = [zeros, second + 0.0, zeros[:, :1] + 0.0]
        tape.watch(watched)
        new, log_det = step(*watched, z)
        total = tf.reduce_sum(new) + tf.reduce_sum(log_det)
    np.testing.assert_allclose(new, z, atol=1e-6)
    np.testing.assert_allclose(log_det, 0, atol=1e-6)
    assert all(np.isfinite(g).all() for g in tape.gradient(total, watched))


def test_autoregressive_steps_see_what_comes_before_and_turn_around():
    """The Jacobian of a step is triangular, of the next one the other way."""
    part = prepared(InverseAutoregressive)
    z, context = normal(BATCH, D), normal(BATCH, part.context, seed=1)
    for network, triangle in zip(part.networks, (np.triu, np.tril), strict=True):
        with tf.GradientTape() as tape:
            tape.watch(z)
            new, log_det = network(z, context)
        jacobian = tape.batch_jacobian(new, z).numpy()
        assert (triangle(jacobian, 1 if triangle is np.triu else -1) == 0).all()
        diagonal = np.diagonal(jacobian, axis1=1, axis2=2)
        assert ((diagonal > 0) & (diagonal < 1)).all()
        np.testing.assert_allclose(log_det, np.log(diagonal).sum(-1), rtol=1e-4)


def test_every_coordinate_of_the_flow_hears_the_context():
    """The first one too, which has no other coordinate before it."""
    part = prepared(InverseAutoregressive)
    z, context = normal(1, D), normal(1, part.context, seed=1)
    for network in part.networks:
        with tf.GradientTape() as tape:
            tape.watch(context)
            new, _ = network(z, context)
        jacobian = tape.batch_jacobian(new, context).numpy()[0]
        assert (np.abs(jacobian).max(axis=1) > 0).all()


def test_a_flow_says_that_it_knows_its_own_draws_only():
    with pytest.raises(BadInput, match=r"take the posterior Diagonal\(\)"):
        approximation(Planar).log_prob(normal(BATCH, D))


def test_parts_are_not_shared_by_two_models():
    part = prepared(Diagonal)
    with pytest.raises(BadInput, match="already belongs to a model"):
        part.prepare(D)
