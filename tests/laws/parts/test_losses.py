"""Losses of the players, against their formulas in NumPy on given numbers."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.optimize import minimize_scalar

from keras_gen.errors import BadInput, UnknownName
from keras_gen.parts import losses
from keras_gen.parts.divergences import DIVERGENCES
from keras_gen.parts.losses import LOSSES

REAL = np.array([-0.5, 0.3, 1.2, 0.7])
FAKE = np.array([0.8, 0.1, -0.9, 0.4])
A = np.array([[1.0, 2.0], [3.0, 4.0]])
B = np.array([[2.0, 2.0], [2.0, 8.0]])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def gaussian_mmd(a, b, bandwidths):
    """From the definition, pair by pair."""

    def k(x, y):
        return sum(np.exp(-np.sum((x - y) ** 2) / (2 * s * s)) for s in bandwidths)

    def mean(xs, ys):
        return np.mean([[k(x, y) for y in ys] for x in xs])

    return mean(a, a) + mean(b, b) - 2 * mean(a, b)


def relative(up, down):
    """Up is asked to be more real than the mean of down, and down less than up's."""
    return -np.mean(np.log(sigmoid(up - down.mean()))) - np.mean(
        np.log(1 - sigmoid(down - up.mean()))
    )


CROSS = -np.mean(np.log(sigmoid(REAL))) - np.mean(np.log(1 - sigmoid(FAKE)))
WANTED = {
    "minimax": (CROSS, np.mean(np.log(1 - sigmoid(FAKE)))),
    "non_saturating": (CROSS, -np.mean(np.log(sigmoid(FAKE)))),
    "boundary_seeking": (CROSS, 0.5 * np.mean(FAKE**2)),
    "least_squares": (
        0.5 * np.mean((REAL - 1) ** 2) + 0.5 * np.mean(FAKE**2),
        0.5 * np.mean((FAKE - 1) ** 2),
    ),
    "wasserstein": (FAKE.mean() - REAL.mean(), -FAKE.mean()),
    "hinge": (
        np.mean(np.maximum(0, 1 - REAL)) + np.mean(np.maximum(0, 1 + FAKE)),
        -FAKE.mean(),
    ),
    "relativistic_average": (relative(REAL, FAKE), relative(FAKE, REAL)),
}
# E g(real) - E f*(g(fake)) from tables of the activations and the conjugates, apart.
VALUES = {
    "kullback_leibler": -0.05592017,
    "reverse_kl": 0.10317025,
    "pearson": 0.22375,
    "squared_hellinger": -0.10410630,
    "jensen_shannon": 0.04515256,
    "gan": -1.34114180,
    "total_variation": 0.10498275,
    "neyman": -0.62150142,  # at the negated scores: g = 1 - e^v would fall in v
}


def of(loss, real, fake):
    real, fake = (tf.constant(t, "float32") for t in (real, fake))
    return float(loss.discriminator(real, fake)), float(
        loss.generator(lambda: real, fake)
    )


@pytest.mark.parametrize("shape", [(4, 1), (1, 2, 2, 1), (2, 1, 2, 1)])
@pytest.mark.parametrize("name", WANTED)
def test_losses_are_their_formulas(name, shape):
    """Also for the scores of patches, which have height and width."""
    found = of(LOSSES[name], REAL.reshape(shape), FAKE.reshape(shape))
    np.testing.assert_allclose(found, WANTED[name], rtol=1e-5)


def test_every_loss_is_compared_with_its_formula():
    assert {*WANTED, *VALUES, "mmd"} == set(LOSSES)


# The activations g(v) and the conjugates f*(t) of those tables.
TABLES = {
    "kullback_leibler": (lambda v: v, lambda t: np.exp(t - 1)),
    "reverse_kl": (lambda v: -np.exp(-v), lambda t: -1 - np.log(-t)),
    "pearson": (lambda v: v, lambda t: t**2 / 4 + t),
    "squared_hellinger": (lambda v: 1 - np.exp(-v), lambda t: t / (1 - t)),
    "jensen_shannon": (
        lambda v: math.log(2) - np.log(1 + np.exp(-v)),
        lambda t: -np.log(2 - np.exp(t)),
    ),
    "gan": (lambda v: -np.log(1 + np.exp(-v)), lambda t: -np.log(1 - np.exp(t))),
    "total_variation": (lambda v: np.tanh(v) / 2, lambda t: t),
    "neyman": (lambda v: 1 - np.exp(-v), lambda t: 2 - 2 * np.sqrt(1 - t)),
}


@pytest.mark.parametrize("shape", [(4, 1), (2, 1, 2, 1)])
@pytest.mark.parametrize("name", VALUES)
def test_f_divergences_have_the_values_of_their_tables(name, shape):
    sign = -1 if name == "neyman" else 1
    real, fake = (sign * t.reshape(shape) for t in (REAL, FAKE))
    activation, conjugate = TABLES[name]
    t = activation(fake)
    d, g = of(LOSSES[name], real, fake)
    assert d == pytest.approx(-VALUES[name], abs=1e-6)
    assert d == pytest.approx(conjugate(t).mean() - activation(real).mean(), abs=1e-6)
    assert g == pytest.approx(-conjugate(t).mean(), abs=1e-6)
    tricked = losses.FDivergence(name, trick=True)
    assert of(tricked, real, fake) == pytest.approx((d, -t.mean()), abs=1e-6)


F = {
    "kullback_leibler": lambda u: u * np.log(u),
    "reverse_kl": lambda u: -np.log(u),
    "pearson": lambda u: (u - 1) ** 2,
    "squared_hellinger": lambda u: (np.sqrt(u) - 1) ** 2,
    "jensen_shannon": lambda u: u * np.log(u) - (u + 1) * np.log((u + 1) / 2),
    "gan": lambda u: u * np.log(u) - (u + 1) * np.log(u + 1),
    "total_variation": lambda u: abs(u - 1) / 2,
    "neyman": lambda u: (1 - u) ** 2 / u,
}


@pytest.mark.parametrize("name", F)
def test_best_score_gives_the_divergence(name):
    """sup over v of u g(v) - f*(g(v)) is f(u): the bound is one, and it is tight."""
    d = DIVERGENCES[name]

    def bound(v, u):
        v = tf.constant(v, "float64")
        return float(u * d.activation(v) - d.conjugate(v))

    for u in (0.2, 0.5, 1.0, 2.0, 5.0):
        # The supremum of the total variation is approached at infinity.
        best = minimize_scalar(
            lambda v, u=u: -bound(v, u), bounds=(-20, 20), method="bounded",
            options={"xatol": 1e-9},
        )  # fmt: skip
        assert -best.fun == pytest.approx(F[name](u), abs=1e-6)


@pytest.mark.parametrize("name", F)
def test_conjugate_is_the_supremum_over_ratios(name):
    """f*(g(v)) = sup over u > 0 of u g(v) - f(u); a ratio of densities has no sign."""
    d = DIVERGENCES[name]
    for v in (-6.0, -2.5, -1.0, 0.0, 0.5, 2.0, 4.0):
        t = float(d.activation(tf.constant(v, "float64")))
        best = minimize_scalar(
            lambda s, t=t: F[name](np.exp(s)) - np.exp(s) * t, bounds=(-25, 12),
            method="bounded", options={"xatol": 1e-10},
        )  # fmt: skip
        found = float(d.conjugate(tf.constant(v, "float64")))
        assert found == pytest.approx(-best.fun, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("name", F)
def test_high_scores_mean_real(name):
    """To both players, so a score can be read without knowing the loss.

    A generator whose loss rose with its score would leave the data for good.
    """
    v = tf.linspace(tf.constant(-9.0, "float64"), 9.0, 500)
    assert (np.diff(DIVERGENCES[name].activation(v)) > 0).all()
    assert (np.diff(DIVERGENCES[name].conjugate(v)) >= 0).all()


@pytest.mark.parametrize("shape", [(2, 2), (2, 1, 2, 1)])
def test_mmd_is_the_discrepancy_of_all_pairs(shape):
    a, b = A.reshape(shape), B.reshape(shape)
    d, g = of(LOSSES["mmd"], a, b)
    assert g == pytest.approx(1.34211148, rel=1e-6)
    assert d == -g
    loss = losses.MMD(bandwidths=(0.5, 3.0))
    assert of(loss, a, b)[1] == pytest.approx(gaussian_mmd(A, B, (0.5, 3)), rel=1e-5)
    assert of(loss, a, a[::-1])[1] == pytest.approx(0, abs=1e-6)


def test_mmd_sees_a_collapse_that_a_mean_score_does_not():
    """Two examples on both sides of the data's only point: the mean is right."""
    data, apart = np.zeros((2, 1)), np.array([[-3.0], [3.0]])
    assert of(LOSSES["wasserstein"], data, apart)[0] == 0
    assert of(LOSSES["mmd"], data, apart)[1] > 0.5


def test_values_at_a_critic_that_knows_nothing():
    zero = np.zeros((3, 1))
    two, four = math.log(2), math.log(4)
    for name, d, g in (
        ("minimax", four, -two),
        ("non_saturating", four, two),
        ("boundary_seeking", four, 0),
        ("relativistic_average", four, four),
        ("gan", four, -two),
        ("least_squares", 0.5, 0.5),
        ("hinge", 2, 0),
        ("wasserstein", 0, 0),
    ):
        assert of(LOSSES[name], zero, zero) == pytest.approx((d, g))


def gradient(player, at):
    at = tf.constant(at)
    with tf.GradientTape() as tape:
        tape.watch(at)
        value = player(at)
    return tape.gradient(value, at).numpy()


def test_non_saturating_gradient_survives_a_sure_discriminator():
    """At D(G(z)) = sigmoid(-6), 1 - D against D as the gradient's size."""
    sizes = {
        name: -gradient(lambda v, n=name: LOSSES[n].generator(None, v), [[-6.0]]).item()
        for name in ("minimax", "non_saturating")
    }
    assert sizes["non_saturating"] == pytest.approx(1 - sigmoid(-6.0), rel=1e-5)
    assert sizes["minimax"] == pytest.approx(sigmoid(-6.0), rel=1e-4)


# Their bounds are exponentials of the score.
STEEP = "kullback_leibler", "reverse_kl", "squared_hellinger", "neyman"


@pytest.mark.parametrize("name", sorted(set(LOSSES) - set(STEEP)))
def test_losses_are_finite_at_extreme_scores(name):
    huge = [[1e4], [-1e4]]
    loss = LOSSES[name]
    for player in (
        lambda v: loss.discriminator(v, tf.constant(huge)),
        lambda v: loss.discriminator(tf.constant(huge), v),
        lambda v: loss.generator(lambda: tf.constant(huge), v),
    ):
        assert np.isfinite(player(tf.constant(huge)))
        assert np.isfinite(gradient(player, huge)).all()


def test_one_sided_smoothing_moves_the_best_logit_of_real_examples_only():
    s = 0.1
    loss = losses.NonSaturating(smoothing=s)
    real = tf.constant([[math.log((1 - s) / s)]])
    fake = tf.constant([[0.3]])
    assert abs(gradient(lambda v: loss.discriminator(v, fake), real)).max() < 1e-6
    assert gradient(lambda v: loss.discriminator(real, v), fake) == pytest.approx(
        sigmoid(0.3)
    )
    want = -np.mean((1 - s) * np.log(sigmoid(REAL)) + s * np.log(1 - sigmoid(REAL)))
    want -= np.mean(np.log(1 - sigmoid(FAKE)))
    assert of(loss, REAL, FAKE)[0] == pytest.approx(want, rel=1e-6)


@pytest.mark.parametrize(
    "loss",
    [
        losses.NonSaturating(smoothing=0.1),
        losses.LeastSquares(-1, 1, 0),
        losses.FDivergence("pearson", trick=True),
        losses.MMD((1.0, 2.5)),
    ],
)
def test_losses_come_back_from_their_configuration(loss):
    keep = keras.saving.serialize_keras_object(loss)
    assert keras.saving.deserialize_keras_object(keep) == loss


def test_mistakes_are_refused_in_words():
    with pytest.raises(UnknownName, match='Did you mean "pearson"'):
        losses.FDivergence("person")
    with pytest.raises(BadInput, match=r"in \[0, 0.5\)"):
        losses.Minimax(smoothing=0.9)


EQUILIBRIA = {
    "minimax": (math.log(4), -math.log(2)),
    "non_saturating": (math.log(4), math.log(2)),
    "boundary_seeking": (math.log(4), 0.0),
    "least_squares": (0.25, 0.125),
    "wasserstein": (0.0, None),
    "hinge": (2.0, None),
    "relativistic_average": (math.log(4), math.log(4)),
    "gan": (math.log(4), -math.log(2)),
}


@pytest.mark.parametrize("name", LOSSES)
def test_at_the_equilibrium_no_critic_does_better(name):
    """There real and generated examples are the same, and get the same scores."""
    loss = LOSSES[name]
    value = loss.equilibrium()["discriminator_loss"]["equilibrium"]
    flat = tf.fill((1, 1), tf.constant(loss.level, "float64"))
    assert value == pytest.approx(float(loss.discriminator(flat, flat)), abs=1e-6)
    rng = np.random.default_rng(0)
    for scale in (0.01, 0.1, 1.0, 3.0):
        scores = tf.constant(loss.level + scale * rng.normal(size=(40, 1)))
        assert loss.discriminator(scores, scores) >= value - 1e-6
    for shift in (-0.5, -0.1, 0.1, 0.5):
        score = flat + shift
        worse = float(loss.discriminator(score, score)) - value
        assert worse >= -1e-6
        assert not loss.offset or worse < 1e-6


@pytest.mark.parametrize("name", EQUILIBRIA)
def test_the_equilibrium_has_its_known_value(name):
    d, g = EQUILIBRIA[name]
    wanted = {"discriminator_loss": d} | ({} if g is None else {"generator_loss": g})
    found = LOSSES[name].equilibrium()
    assert {k: v["equilibrium"] for k, v in found.items()} == pytest.approx(wanted)


@pytest.mark.parametrize("name", sorted(set(DIVERGENCES) - {"gan"}))
def test_a_divergence_is_zero_at_the_equilibrium(name):
    found = LOSSES[name].equilibrium()["discriminator_loss"]["equilibrium"]
    assert found == pytest.approx(0, abs=1e-6)


def test_the_smoothed_equilibrium_is_below_a_half():
    """D is asked for 1 - s of the real half and for 0 of the other: (1 - s) / 2."""
    loss = losses.Minimax(smoothing=0.2)
    assert sigmoid(loss.level) == pytest.approx(0.4)
    entropy = -2 * (0.4 * math.log(0.4) + 0.6 * math.log(0.6))
    value = loss.equilibrium()["discriminator_loss"]["equilibrium"]
    assert value == pytest.approx(entropy, rel=1e-6)
