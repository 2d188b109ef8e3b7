"""Laws of the likelihood heads: each is one probability law, whatever form computes it.

The sums run over all that a head can produce, tails and extreme parameters included:
a formula that loses the tails, shares no component between channels or forgets 2 pi
gives training curves that look fine and numbers that mean nothing.
"""

import itertools
import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen.errors import BadInput, UnknownName
from keras_gen.likelihoods import (
    Bernoulli,
    Categorical,
    ContinuousBernoulli,
    DiscretizedLogistic,
    DiscretizedLogisticMixture,
    Gaussian,
)
from keras_gen.likelihoods.continuous_bernoulli import log_normaliser

RNG = np.random.default_rng(0)

HEADS = {
    "bernoulli": Bernoulli(),
    "categorical": Categorical(4),
    "logistic": DiscretizedLogistic(4),
    "mixture": DiscretizedLogisticMixture(3, 4),
    "pixel": Gaussian("pixel"),
    "shared": Gaussian("shared"),
    "fixed": Gaussian(0.2),
    "continuous": ContinuousBernoulli(),
}
DISCRETE = [name for name, head in HEADS.items() if head.levels]
EVENT = (2, 3, 3)


@pytest.fixture(params=HEADS)
def head(request):
    return HEADS[request.param]


def normal(*shape, scale=1.0):
    return tf.constant(RNG.normal(size=shape) * scale, tf.float32)


def some_data(head, *shape):
    """Random values of the head's support."""
    if head.levels is None:
        return tf.constant(RNG.random(shape), tf.float32)
    index = RNG.integers(head.levels, size=shape)
    return tf.constant(index / (head.levels - 1), tf.float32)


def probabilities(head, params, channels=1):
    """P of each image of one pixel, (batch, levels ** channels)."""
    values = np.arange(head.levels, dtype="float32") / (head.levels - 1)
    states = itertools.product(values, repeat=channels)
    states = [tf.reshape(tf.constant(s), (1, 1, 1, channels)) for s in states]
    logs = [head.log_prob(params, x) for x in states]
    return np.exp(np.stack(logs, -1).astype("float64"))


# One law, several forms.


def test_the_distribution_and_the_plain_formula_agree(head):
    params = normal(5, *head.parameters(EVENT))
    x = some_data(head, 5, *EVENT)
    law = head(params)
    assert law.batch_shape == (5,)
    assert law.event_shape == EVENT
    np.testing.assert_allclose(
        law.log_prob(x), head.log_prob(params, x), rtol=2e-6, atol=2e-6
    )


def test_several_samples_are_scored_against_one_parameter(head):
    """The distribution broadcasts over leading sample axes, as TFP's own do."""
    params = normal(5, *head.parameters(EVENT))
    law = head(params)
    x = law.sample(7, seed=1)
    assert x.shape == (7, 5, *EVENT)
    one_by_one = [head.log_prob(params, x[i]) for i in range(7)]
    np.testing.assert_allclose(law.log_prob(x), one_by_one, rtol=1e-5, atol=1e-4)


def test_half_precision_parameters_are_scored_in_float32(head):
    params = tf.cast(normal(3, *head.parameters(EVENT)), tf.float16)
    x = some_data(head, 3, *EVENT)
    full = head.log_prob(tf.cast(params, tf.float32), x)
    assert head.log_prob(params, x).dtype == tf.float32
    np.testing.assert_array_equal(head.log_prob(params, x), full)
    assert head(params).log_prob(x).dtype == tf.float32


def test_a_channel_reads_its_own_group_of_parameters():
    """Channel after channel, as MADE lays its outputs out: not all means first."""
    params = normal(1, 1, 1, 6)
    for name, channel in itertools.product(("pixel", "logistic"), range(3)):
        moved = tf.one_hot(2 * channel, 6) * 0.01
        change = HEADS[name].mean(params * 0.1 + 0.3 + moved)
        change -= HEADS[name].mean(params * 0.1 + 0.3)
        assert np.flatnonzero(change).tolist() == [channel]


# Sums and integrals are one.


@pytest.mark.parametrize("levels", [2, 4, 17, 256])
def test_a_logistic_sums_to_one_tails_included(levels):
    """2,000 random laws, among them needles between levels and all-tail ones."""
    location, log_scale = RNG.uniform(-1.3, 1.3, 2000), RNG.uniform(-7, 2, 2000)
    location[:8] = [-1e4, 1e4, -1e4, 1e4, 0, 0, -1, 1]
    log_scale[:8] = [-1e4, -1e4, 1e4, 1e4, -1e4, 1e4, -7, -7]
    params = np.stack([location, log_scale], -1).reshape(-1, 1, 1, 2)
    total = probabilities(DiscretizedLogistic(levels), params.astype("float32")).sum(1)
    np.testing.assert_allclose(total, 1, atol=1e-5)


def test_a_mixture_sums_to_one_in_grey():
    head = DiscretizedLogisticMixture(10, 256)
    params = normal(200, 1, 1, 30, scale=3.0)
    np.testing.assert_allclose(probabilities(head, params).sum(1), 1, atol=1e-5)


def test_a_mixture_sums_to_one_in_colour():
    """All 4^3 colours."""
    head = DiscretizedLogisticMixture(3, 4)
    params = normal(300, 1, 1, 30, scale=2.0)
    np.testing.assert_allclose(probabilities(head, params, 3).sum(1), 1, atol=1e-5)


def test_the_channels_of_a_pixel_share_their_component():
    """Black or white with equal odds, never coloured: P(grey pixels) = 1."""
    head = DiscretizedLogisticMixture(2, 2)
    locations, scales, ties = [-1.0] * 3, [-7.0] * 3, [0.0] * 3
    dark = locations + scales + ties
    light = [1.0] * 3 + scales + ties
    params = tf.constant([0.0, 0.0, *dark, *light])[None, None, None]
    p = probabilities(head, params, 3)[0]
    np.testing.assert_allclose(p[[0, 7]], [0.5, 0.5], atol=1e-6)


def test_a_channel_follows_the_channels_before_it():
    """One component, green = red and blue = red times green, by the coefficients."""
    head = DiscretizedLogisticMixture(1, 2)
    for pair, (cause, effect) in enumerate([(0, 1), (0, 2), (1, 2)]):
        ties = [0.0, 0.0, 0.0]
        ties[pair] = 9.0
        free = [3.0 if c != effect else -7.0 for c in range(3)]
        params = tf.constant([0.0, 0.0, 0.0, 0.0, *free, *ties])[None, None, None]
        p = probabilities(head, params, 3)[0].reshape(2, 2, 2)
        p = p.transpose(cause, effect, 3 - cause - effect).sum(2)
        np.testing.assert_allclose(p, [[0.5, 0], [0, 0.5]], atol=1e-5)


def test_a_categorical_and_a_bernoulli_sum_to_one():
    p = probabilities(Categorical(17), normal(100, 1, 1, 17, scale=30.0))
    np.testing.assert_allclose(p.sum(1), 1, atol=1e-5)
    p = probabilities(Bernoulli(), normal(100, 1, 1, 1, scale=30.0))
    np.testing.assert_allclose(p.sum(1), 1, atol=4e-6)


@pytest.mark.parametrize("name", ["pixel", "shared", "fixed"])
def test_a_gaussian_integrates_to_one(name):
    head = HEADS[name]
    params = normal(1, *head.parameters((1,)))
    grid = np.linspace(-12, 12, 48001, dtype="float32")[:, None]
    density = np.exp(head.log_prob(params, grid).numpy().astype("float64"))
    assert np.trapezoid(density, grid[:, 0]) == pytest.approx(1, abs=1e-5)


# The continuous Bernoulli: dark, light, near the uniform law, and where forms change.
LOGITS = [-40.0, -3.0, -0.51, -0.49, -1e-3, 0.0, 1e-6, 0.02, 0.49, 0.51, 2.0, 40.0]


@pytest.mark.parametrize("logit", LOGITS)
def test_a_continuous_bernoulli_integrates_to_one_and_to_its_mean(logit):
    """By Gauss-Legendre, whose error here is below that of float64."""
    at, weights = np.polynomial.legendre.leggauss(100)
    x, head = (at + 1) / 2, ContinuousBernoulli()
    logs = head.log_prob(tf.fill((100, 1), logit), x[:, None].astype("float32"))
    density = weights / 2 * np.exp(logs.numpy().astype("float64"))
    assert density.sum() == pytest.approx(1, abs=1e-5)
    assert (density * x).sum() == pytest.approx(
        float(head.mean([[logit]])[0, 0]), abs=1e-5
    )


def test_the_mean_of_a_continuous_bernoulli_is_the_slope_of_its_normaliser():
    logits = tf.constant(np.linspace(-2, 2, 401), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        total = log_normaliser(logits)
    slope = tape.gradient(total, logits)
    np.testing.assert_allclose(slope, ContinuousBernoulli().mean(logits), atol=2e-6)


@pytest.mark.parametrize("logit", LOGITS)
def test_draws_of_a_continuous_bernoulli_invert_its_distribution_function(logit):
    """F(x) = expm1(a x) / expm1(a), in float64, from the nearer end."""
    u = np.linspace(0, 1, 1000, endpoint=False).astype("float32")
    x = ContinuousBernoulli().sample_from(tf.fill((1000,), logit), u).numpy()
    x, a = x.astype("float64"), abs(logit)
    x = 1 - x if logit > 0 else x
    below = x if a == 0 else np.expm1(-a * x) / np.expm1(-a)
    np.testing.assert_allclose(below, 1 - u if logit > 0 else u, atol=a * 1e-7 + 1e-6)


def test_grey_values_without_bounds_are_nothing_to_a_continuous_bernoulli():
    with pytest.raises(BadInput, match="Gaussian"):
        ContinuousBernoulli().check(np.full((3, 2), 1.5, "float32"))


def test_a_gaussian_has_its_2_pi_and_sums_over_dimensions():
    """At the mean, log N = -d/2 log(2 pi s^2): a mean over pixels would lose the d."""
    value = Gaussian(0.5).log_prob(tf.zeros((1, 4, 4, 3)), tf.zeros((1, 4, 4, 3)))
    expected = -48 / 2 * math.log(2 * math.pi * 0.25)
    np.testing.assert_allclose(value, [expected], rtol=1e-6)


# The shared scale.


def set_scale(head, scale):
    head.raw_scale.assign(math.log(math.expm1(scale - 1e-3)))


def test_the_best_shared_scale_is_the_root_mean_squared_error():
    head, x = Gaussian("shared"), some_data(HEADS["pixel"], 50, 4, 4, 1)
    mean = x + normal(50, 4, 4, 1, scale=0.2)
    rms = math.sqrt(tf.reduce_mean((x - mean) ** 2))
    slopes = []
    for scale in (0.8 * rms, rms, 1.2 * rms):
        set_scale(head, scale)
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(head(mean).log_prob(x))
        slopes.append(float(tape.gradient(loss, head.trainable_variables)[0]))
    assert slopes[0] < -1 and slopes[2] > 1
    assert abs(slopes[1]) < 1e-3


def test_the_shared_scale_belongs_to_the_model_that_holds_the_head():
    class Holder(keras.Model):
        def __init__(self):
            super().__init__(dtype="mixed_float16")
            self.head = Gaussian("shared")

        def call(self, params):
            return self.head.log_prob(params, tf.zeros_like(params))

    model = Holder()
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(tf.zeros((2, 3))))
    assert [v.path for v in model.trainable_variables] == [model.head.raw_scale.path]
    assert tape.gradient(loss, model.trainable_variables)[0] is not None
    assert [v.trainable for v in Gaussian("pixel").weights] == []


# Drawing.


@pytest.mark.parametrize("name", DISCRETE)
def test_draws_have_the_probabilities_of_the_head(name):
    """An even grid of uniform numbers gives each level its exact share of them."""
    head, n = HEADS[name], 20_000
    params = normal(1, *head.parameters((1, 1, 1)))
    columns = head.noise((1, 1, 1)).shape[-1]
    grid = (np.arange(n) + 0.5) / n
    noise = np.stack(
        [np.random.default_rng(c).permutation(grid) for c in range(columns)], -1
    )
    noise = noise.reshape(n, 1, 1, columns).astype("float32")
    index = np.round(np.ravel(head.sample_from(params, noise)) * (head.levels - 1))
    share = np.bincount(index.astype(int), minlength=head.levels) / n
    exact = 2 / n if columns == 1 else 0.015  # two columns: a pairing, not a grid
    np.testing.assert_allclose(share, probabilities(head, params)[0], atol=exact)


def test_colours_are_drawn_with_the_probabilities_of_the_coupled_mixture():
    """64 colours, one draw each from 100,000 noises; ties make them dependent."""
    head, n = DiscretizedLogisticMixture(2, 4), 100_000
    params = normal(1, 1, 1, 20, scale=1.5)
    noise = np.random.default_rng(0).random((n, 1, 1, 4)).astype("float32")
    colours = np.round(head.sample_from(params, noise).numpy().reshape(n, 3) * 3)
    share = np.bincount((colours @ [16, 4, 1]).astype(int), minlength=64) / n
    p = probabilities(head, params, 3)[0]
    exact = np.random.default_rng(1).multinomial(n, p / p.sum(), 200) / n
    distances = np.abs(exact - p).sum(1) / 2
    assert np.abs(share - p).sum() / 2 < distances.mean() + 4 * distances.std()


@pytest.mark.parametrize("name", ["pixel", "shared", "fixed"])
def test_a_gaussian_draws_its_mean_and_one_standard_deviation_above(name):
    head = HEADS[name]
    params = normal(4, *head.parameters(EVENT))
    law = head(params).distribution
    np.testing.assert_allclose(
        head.sample_from(params, tf.zeros((4, *EVENT))), law.mean()
    )
    above = head.sample_from(params, tf.ones((4, *EVENT))) - law.mean()
    np.testing.assert_allclose(above, law.stddev() * tf.ones((4, *EVENT)), rtol=1e-4)


def test_noise_names_its_law_and_draws_fit_the_event(head):
    spec = head.noise(EVENT)
    assert spec.law == ("normal" if isinstance(head, Gaussian) else "uniform")
    params = normal(2, *head.parameters(EVENT))
    draw = head.sample_from(params, tf.fill((2, *spec.shape), 0.3))
    assert draw.shape == (2, *EVENT)
    if head.levels:
        head.check(draw.numpy())
    for u in (0.0, 1 - 2**-24):  # the ends of [0, 1)
        assert np.isfinite(head.sample_from(params, tf.fill((2, *spec.shape), u))).all()


@pytest.mark.parametrize("name", ["bernoulli", "categorical"])
def test_the_mean_is_the_expectation(name):
    head = HEADS[name]
    params = normal(20, *head.parameters((1, 1, 1)))
    values = np.arange(head.levels) / (head.levels - 1)
    expected = probabilities(head, params) @ values
    np.testing.assert_allclose(np.ravel(head.mean(params)), expected, atol=1e-6)


def test_the_mean_of_a_logistic_is_its_expectation_away_from_the_ends():
    head = DiscretizedLogistic(256)
    params = tf.constant([[0.3, -3.0]])[:, None, None]
    expected = probabilities(head, params) @ (np.arange(256) / 255)
    np.testing.assert_allclose(np.ravel(head.mean(params)), expected, atol=1e-4)


def test_the_mean_of_a_coupled_mixture_is_that_of_its_draws():
    head = DiscretizedLogisticMixture(2, 256)
    logits, scales, ties = [1.0, 0.0], [-4.0] * 3, [0.5, -0.5, 1.0]
    params = [*logits, 0.3, 0.2, 0.1, *scales, *ties, -0.3, 0.1, 0.0, *scales, *ties]
    params = tf.constant(params)[None, None, None]
    noise = np.random.default_rng(0).random((20_000, 1, 1, 4)).astype("float32")
    drawn = tf.reduce_mean(head.sample_from(params, noise), 0)
    np.testing.assert_allclose(drawn, head.mean(params)[0], atol=5e-3)


def test_the_mean_of_an_image_lies_in_the_unit_interval_that_of_a_point_anywhere(head):
    params = normal(3, *head.parameters(EVENT), scale=9.0)
    mean = head.mean(params).numpy()
    assert mean.shape == (3, *EVENT) and mean.min() >= 0 and mean.max() <= 1
    point = tf.constant([[-3.0, 5.0]])
    np.testing.assert_array_equal(Gaussian(0.1).mean(point), point)


# Numbers that a network can produce.


@pytest.mark.parametrize("size", [0.0, 90.0, 1e4])
def test_values_and_gradients_are_finite_at_extreme_parameters(head, size):
    signs = RNG.choice([-1.0, 1.0], size=(20, *head.parameters(EVENT)))
    params, x = tf.constant(signs * size, tf.float32), some_data(head, 20, *EVENT)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(params)
        plain = head.log_prob(params, x)
        law = head(params).log_prob(x)
    for value in (plain, law):
        assert np.isfinite(value).all()
        assert np.isfinite(tape.gradient(value, params)).all()


def test_a_distant_needle_still_pulls():
    """s = e^-7 and |x - m| = 2: the gradient moves the location towards the data."""
    params = tf.constant([[-1.0, -7.0]])[:, None, None]
    with tf.GradientTape() as tape:
        tape.watch(params)
        value = DiscretizedLogistic(256).log_prob(params, tf.ones((1, 1, 1, 1)))
    slope = tape.gradient(value, params)
    assert np.isfinite(slope).all() and slope[0, 0, 0, 0] > 100


# Configuration and complaints.


def test_the_configuration_brings_the_same_head_back(head):
    copy = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(head)
    )
    copy.set_weights(head.get_weights())
    params, x = normal(2, *head.parameters(EVENT)), some_data(head, 2, *EVENT)
    assert copy.get_config() == head.get_config()
    np.testing.assert_array_equal(copy.log_prob(params, x), head.log_prob(params, x))


def test_parameter_counts():
    shape = (8, 8, 3)
    assert Bernoulli().parameters(shape) == (8, 8, 3)
    assert Categorical(17).parameters((8, 8, 1)) == (8, 8, 17)
    assert Gaussian("pixel").parameters(shape) == (8, 8, 6)
    assert (
        Gaussian("shared").parameters(shape) == Gaussian(1.0).parameters(shape) == shape
    )
    assert DiscretizedLogistic().parameters(shape) == (8, 8, 6)
    assert DiscretizedLogisticMixture(10).parameters(shape) == (8, 8, 100)  # PixelCNN++
    assert DiscretizedLogisticMixture(5).parameters((8, 8, 1)) == (8, 8, 15)
    assert Gaussian("pixel").parameters((2,)) == (4,)


def test_data_outside_the_support_are_refused_with_the_remedy(head):
    x = some_data(head, 2, *EVENT).numpy()
    head.check(x)
    for bad, word in ((np.nan, "NaN"), (1.5, r"\[0, 1\]"), (-0.1, r"\[0, 1\]")):
        spoilt = x.copy()
        spoilt[1, 0, 0, 0] = bad
        with pytest.raises(BadInput, match=word):
            head.check(spoilt)
    if head.levels:
        x[1, 0, 0, 0] = 0.47
        remedy = "binarise" if isinstance(head, Bernoulli) else "round"
        with pytest.raises(BadInput, match=rf"0\.47.*{remedy}"):
            head.check(x)


def test_eight_bit_data_are_on_the_levels_however_they_were_divided():
    byte = np.arange(256, dtype="uint8")
    for x in (byte / np.float32(255), (byte / 255).astype("float32"), byte / 255):
        DiscretizedLogistic(256).check(x.reshape(1, 16, 16, 1))


def test_a_network_that_does_not_fit_is_told_what_would(head):
    right = (None, *head.parameters((8, 8, 3)))
    head.check_network(right, (8, 8, 3))
    for wrong in ((None, 8, 8, 7), (None, 4, *right[2:]), (None, 192)):
        with pytest.raises(BadInput) as error:
            head.check_network(wrong, (8, 8, 3))
        for part in (type(head).__name__, str(right[1:]), str(wrong[1:]), "(8, 8, 3)"):
            assert part in str(error.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Gaussian("shraed"),
        lambda: Gaussian(0.0),
        lambda: Gaussian(-1),
        lambda: Categorical(1),
        lambda: DiscretizedLogistic(0),
        lambda: DiscretizedLogisticMixture(0),
    ],
)
def test_impossible_heads_are_refused(make):
    with pytest.raises((BadInput, UnknownName)):
        make()


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_temperature_is_a_power_of_the_probabilities_and_a_factor_of_the_scales(
    temperature,
):
    rng = np.random.default_rng(0)
    logits = tf.constant(rng.normal(size=(3, 1, 1, 4)), tf.float32)
    power = np.exp(np.float64(tf.nn.log_softmax(logits))) ** (1 / temperature)
    got = tf.nn.softmax(Categorical(4).tempered(logits, temperature))
    np.testing.assert_allclose(got, power / power.sum(-1, keepdims=True), rtol=1e-5)
    head = DiscretizedLogisticMixture(2, 8)
    params = tf.constant(rng.normal(size=(3, 2, 2, head._size(3))), tf.float32)
    before = head._split(params)
    after = head._split(head.tempered(params, temperature))
    for i, factor in ((0, 1 / temperature), (1, 1.0), (3, 1.0)):
        np.testing.assert_allclose(after[i], before[i] * factor, rtol=1e-6)
    np.testing.assert_allclose(after[2], before[2] + np.log(temperature), rtol=1e-5)
    pair = tf.constant([[[[0.2, -1.0]]]])
    got = DiscretizedLogistic(8).tempered(pair, temperature)
    np.testing.assert_allclose(got[0, 0, 0], [0.2, np.log(temperature) - 1], rtol=1e-6)
    assert head.tempered(params, 1.0) is params
