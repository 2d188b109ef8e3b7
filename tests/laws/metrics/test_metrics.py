"""Laws of the measures: known densities, known distances, known mixtures."""

import itertools
import math
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.linalg

import keras_gen as kg
from keras_gen import metrics
from keras_gen.errors import BadInput, KerasGenError
from keras_gen.metrics import baselines, classes, frechet, kernel, modes, neighbours
from keras_gen.metrics.codes import code_usage
from keras_gen.trial import Trial


@pytest.fixture
def rng():
    return np.random.default_rng(0)


class Density:
    """A model with an exact log_prob, which is given."""

    def __init__(self, log_prob, levels=None):
        self._log_prob = log_prob
        self.likelihood = SimpleNamespace(levels=levels)

    def log_prob(self, x):
        return {"log_prob": self._log_prob(x)}


class Bounded:
    """A latent-variable model; its bound remembers how it was asked."""

    latent_dim = 3

    def __init__(self, levels=None):
        self.asked = []
        self.likelihood = SimpleNamespace(levels=levels)

    def elbo(self, x, noise):
        return -2.0 - noise.numpy().sum(1)

    def log_likelihood(self, x, samples, seed):
        self.asked.append((samples, seed))
        return -1.0 - np.random.default_rng(seed).random(len(x))


class Sampler:
    """A model that can only sample, by a function of (n, rng)."""

    def __init__(self, function):
        self.function = function

    def sample(self, n, seed=0):
        return self.function(n, np.random.default_rng(seed))


# Likelihoods


def test_a_uniform_guess_of_256_levels_costs_8_bits():
    model = Density(lambda x: np.full(len(x), -48 * math.log(256)))
    nll = metrics.negative_log_likelihood(model, np.zeros((5, 4, 4, 3)))
    bits = metrics.bits_per_dim(nll, 48)
    assert bits.value == pytest.approx(8, abs=1e-12) and bits.stderr < 1e-12
    assert metrics.bits_per_dim(nll.value, 48) == pytest.approx(8, abs=1e-12)


def test_the_mean_counts_every_example_once_whatever_the_batch(rng):
    """A mean of batch means would weigh the short last batch too much."""
    x = rng.random((10, 1)) * np.arange(10)[:, None]
    model = Density(lambda x: -x[:, 0])
    nll = metrics.negative_log_likelihood(model, x, batch=4)
    assert nll.value == pytest.approx(x.mean(), abs=1e-12)
    assert nll.stderr == pytest.approx(x.std(ddof=1) / math.sqrt(10), abs=1e-12)
    assert nll.n == 10


def test_each_batch_of_importance_samples_has_a_seed_of_its_own():
    model = Bounded()
    x = np.zeros((9, 2))
    estimate = metrics.importance_weighted(model, x, samples=7, batch=4, seed=3)
    assert [samples for samples, _ in model.asked] == [7, 7, 7]
    assert len({seed for _, seed in model.asked}) == 3
    assert 1 < estimate.value < 2 and "7 importance samples" in estimate.estimator
    again = metrics.importance_weighted(model, x, samples=7, batch=4, seed=3)
    assert again == estimate


def test_a_measure_says_which_method_it_misses():
    with pytest.raises(KerasGenError, match="Sampler has no method log_prob"):
        metrics.negative_log_likelihood(Sampler(None), np.zeros((2, 2)))


# Baselines


def test_the_histogram_attains_the_entropy_of_independent_pixels(rng):
    probs = rng.dirichlet(np.ones(5), size=6)
    draws = [rng.choice(5, size=40_000, p=p) for p in probs]
    x = np.stack(draws, -1).reshape(-1, 2, 3, 1) / 4
    histogram = baselines.PixelHistogram(5).fit(x[:30_000])
    nll = -histogram.log_prob(x[30_000:])
    entropy = -(probs * np.log(probs)).sum()
    assert nll.mean() == pytest.approx(entropy, abs=4 * nll.std() / 100)


def test_the_histogram_sums_to_one_and_leaves_nothing_impossible():
    histogram = baselines.PixelHistogram(3).fit(np.zeros((4, 1, 2, 1)))
    states = np.array(list(itertools.product([0, 0.5, 1], repeat=2)))
    p = np.exp(histogram.log_prob(states.reshape(-1, 1, 2, 1)))
    assert p.sum() == pytest.approx(1, abs=1e-12) and p.min() > 0
    assert p[0] == pytest.approx((5 / 7) ** 2, abs=1e-12)


def test_the_histogram_refuses_values_between_its_levels():
    histogram = baselines.PixelHistogram(2)
    for bad in (0.5, 1.5, -1.0, math.nan):
        with pytest.raises(BadInput, match="2 levels"):
            histogram.fit(np.array([[0.0], [bad]]))


# Frechet


def gaussian_cloud(mean, covariance, rng, n=200):
    """Points whose sample mean and covariance are exactly these."""
    x = rng.normal(size=(n, len(mean)))
    x -= x.mean(0)
    x = x @ np.linalg.inv(np.linalg.cholesky(np.cov(x, rowvar=False))).T
    return mean + x @ np.linalg.cholesky(covariance).T


def random_covariance(rng, d):
    root = rng.normal(size=(d, d))
    return root @ root.T + 0.1 * np.eye(d)


def test_frechet_closed_form_for_known_gaussians(rng):
    """Axis-parallel: |m|^2 + sum (s1 - s2)^2; in general, through a matrix root."""
    s1, s2 = np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 0.5])
    a = gaussian_cloud(np.zeros(3), np.diag(s1**2), rng)
    b = gaussian_cloud(np.array([1.0, 0.0, 2.0]), np.diag(s2**2), rng)
    exact = 5 + ((s1 - s2) ** 2).sum()
    assert frechet.distance(a, b) == pytest.approx(exact, rel=1e-9)
    c1, c2 = random_covariance(rng, 4), random_covariance(rng, 4)
    a, b = (gaussian_cloud(np.zeros(4), c, rng) for c in (c1, c2))
    exact = np.trace(c1 + c2 - 2 * scipy.linalg.sqrtm(c1 @ c2).real)
    assert frechet.distance(a, b) == pytest.approx(exact, rel=1e-8)


def test_frechet_is_zero_for_the_same_symmetric_and_invariant(rng):
    a, b = rng.normal(size=(50, 5)), rng.normal(1, 2, size=(70, 5))
    d = frechet.distance(a, b)
    assert frechet.distance(a, a[::-1]) == pytest.approx(0, abs=1e-9)
    assert frechet.distance(b, a) == pytest.approx(d, rel=1e-9)
    turn, _ = np.linalg.qr(rng.normal(size=(5, 5)))
    assert frechet.distance(a @ turn + 3, b @ turn + 3) == pytest.approx(d, rel=1e-9)
    assert frechet.distance(3 * a, 3 * b) == pytest.approx(9 * d, rel=1e-9)


def test_frechet_survives_fewer_samples_than_features(rng):
    """Singular covariances: a root by Cholesky or of the product would fail."""
    a, b = rng.normal(size=(4, 20)), rng.normal(size=(6, 20))
    assert np.isfinite(frechet.distance(a, b))
    collapsed = np.zeros((4, 20))
    spread = a.var(0, ddof=1).sum() + (a.mean(0) ** 2).sum()
    assert frechet.distance(a, collapsed) == pytest.approx(spread, rel=1e-9)


def test_principal_components_lose_nothing_on_a_plane(rng):
    """Images that vary in two directions have all their distance in two features."""
    plane, _ = np.linalg.qr(rng.normal(size=(16, 2)))
    a = rng.normal(size=(100, 2)) @ plane.T
    b = rng.normal(1, 2, size=(100, 2)) @ plane.T
    features = frechet.PrincipalComponents(a.reshape(-1, 4, 4, 1), components=2)
    assert features(b.reshape(-1, 4, 4, 1)).shape == (100, 2)
    reduced = frechet.distance(features(a), features(b))
    assert reduced == pytest.approx(frechet.distance(a, b), rel=1e-6)


# Kernel distance


def test_kernel_distance_leaves_out_the_pairs_of_equal_index(rng):
    a, b = rng.normal(size=(2, 6, 3))

    def k(x, y):
        return (x @ y / 3 + 1) ** 3

    pairs = [(i, j) for i in range(6) for j in range(6) if i != j]
    exact = np.mean(
        [
            k(a[i], a[j]) + k(b[i], b[j]) - k(a[i], b[j]) - k(a[j], b[i])
            for i, j in pairs
        ]
    )
    assert kernel.mmd2(a, b) == pytest.approx(exact, rel=1e-12)


def test_kernel_distance_is_zero_on_average_for_one_law_only(rng):
    same = kernel.distance(*rng.normal(size=(2, 20_000, 4)), block=50)
    assert abs(same.value) < 3.5 * same.stderr
    moved = kernel.distance(
        rng.normal(size=(2000, 4)), rng.normal(0.3, 1, size=(2000, 4)), block=50
    )
    assert moved.value > 5 * moved.stderr


def test_kernel_distance_is_unbiased_in_a_unit_that_others_gave(rng):
    """Which costs something where there are few: its unit is the real examples' own."""
    values, own = [], []
    for _ in range(1000):
        a, b = rng.normal(size=(2, 20, 4))
        values.append(kernel.mmd2(a, b))
        own.append(kernel.distance(a, b).value)
    error = np.std(values) / np.sqrt(1000)
    assert abs(np.mean(values)) < 3.5 * error
    assert np.mean(own) > 5 * np.std(own) / np.sqrt(1000)  # as the module says
    many = [kernel.distance(*rng.normal(size=(2, 2000, 4))).value for _ in range(20)]
    assert abs(np.mean(many)) < 3.5 * np.std(many) / np.sqrt(20)


# Modes


def ring(which, rng, n=800, std=0.05):
    angles = 2 * np.pi * np.arange(8) / 8
    centres = np.stack([np.cos(angles), np.sin(angles)], -1)
    chosen = centres[rng.choice(which, size=n)]
    return centres, chosen + std * rng.normal(size=(n, 2))


@pytest.mark.parametrize("which", [[0], [1, 4, 6], range(8)])
def test_coverage_counts_exactly_the_modes_that_are_there(which, rng):
    centres, x = ring(list(which), rng)
    found = modes.coverage(x, centres, 0.05)
    assert found.covered == len(which) and found.modes == 8
    # All but exp(-4^2 / 2) of a 2-D Gaussian is within 4 deviations.
    assert found.share_good > 0.99


def test_a_stray_point_covers_no_mode_and_a_blur_is_not_good(rng):
    centres, x = ring([0], rng)
    x[0] = centres[3]
    assert modes.coverage(x, centres, 0.05).covered == 1
    blur = rng.normal(size=(800, 2))
    assert modes.coverage(blur, centres, 0.05).share_good < 0.25
    near_misses = np.repeat(centres, 100, axis=0) * 1.3
    assert modes.coverage(near_misses, centres, 0.05)[::2] == (0, 0.0)


def test_good_means_within_four_deviations():
    x = np.array([[3.99, 0.0], [0.0, -3.99], [4.01, 0.0], [3.0, 3.0]])
    assert modes.coverage(x, np.zeros((1, 2)), 1.0).share_good == 0.5


# The card


def binary(n, rng):
    return rng.integers(0, 2, size=(n, 2, 2, 1)).astype("float32")


def test_a_discrete_density_is_reported_beside_the_histogram(rng):
    train, test = binary(4000, rng), binary(50, rng)
    fair = Density(lambda x: np.full(len(x), -4 * math.log(2)), levels=2)
    card = metrics.evaluate(fair, train, test, SimpleNamespace(modes=None))
    assert set(card) == {
        "nll",
        "bits_per_dim",
        "histogram_nll",
        "histogram_bits_per_dim",
    }
    assert card["bits_per_dim"]["value"] == pytest.approx(1, abs=1e-9)
    assert card["histogram_bits_per_dim"]["value"] == pytest.approx(1, abs=0.01)
    assert all(
        set(entry) == {"value", "stderr", "estimator", "n"} and entry["n"] == 50
        for entry in card.values()
    )


def test_a_continuous_density_has_no_histogram_and_no_bits(rng):
    card = metrics.evaluate(
        Density(lambda x: -x[:, 0]), rng.random((9, 2)), rng.random((9, 2)), None
    )
    assert set(card) == {"nll"}


def test_a_bound_is_reported_with_the_elbo_and_its_sample_count(rng):
    train, test = binary(30, rng), binary(40, rng)
    card = metrics.evaluate(Bounded(2), train, test, None, 5, importance_samples=11)
    assert card["elbo"]["value"] < 0 < card["nll"]["value"]
    assert "11 importance samples" in card["nll"]["estimator"]
    assert "11 importance samples" in card["bits_per_dim"]["estimator"]
    again = metrics.evaluate(Bounded(2), train, test, None, 5, importance_samples=11)
    other = metrics.evaluate(Bounded(2), train, test, None, 6, importance_samples=11)
    assert card == again and card["elbo"] != other["elbo"]


def test_points_with_known_modes_are_judged_by_coverage(rng):
    centres, x = ring(range(8), rng)
    info = SimpleNamespace(modes=centres, std=0.05)
    model = Sampler(lambda n, rng: ring([0, 1, 2], rng, n)[1])
    card = metrics.evaluate(model, x, x, info, samples=1000)
    assert set(card) == {"modes_covered", "share_good"}
    assert card["modes_covered"]["value"] == 3 and card["modes_covered"]["n"] == 1000
    assert card == metrics.evaluate(model, x, x, info, samples=1000)


def test_samples_that_are_means_are_held_against_the_levels_of_drawn_pixels(rng):
    def levels(n, rng):
        return rng.random((n, 4, 4, 1)).astype("float32")

    def drawn(n, rng):
        return (rng.random((n, 4, 4, 1)) < levels(n, rng)).astype("float32")

    grey = levels(600, rng), levels(500, rng), None
    train, test = drawn(600, rng), drawn(500, rng)
    for law in (levels, drawn):
        card = metrics.evaluate(Sampler(law), train, test, None, grey=lambda: grey)
        assert card["kernel"]["value"] < card["kernel_floor"]["value"] + 0.02
    means = metrics.evaluate(Sampler(levels), train, test, None)
    assert means["kernel"]["value"] > means["kernel_floor"]["value"] + 0.05


def test_samples_without_density_are_measured_against_the_floor(rng):
    """A perfect sampler stands at the floor, a collapsed one far above it."""

    def law(n, rng):
        return rng.random((n, 3, 3, 1))

    train, test = law(600, rng), law(500, rng)
    perfect = metrics.evaluate(Sampler(law), train, test, None)
    collapsed = metrics.evaluate(
        Sampler(lambda n, rng: np.full((n, 3, 3, 1), 0.5)), train, test, None
    )
    assert set(perfect) == {
        "frechet",
        "frechet_floor",
        "kernel",
        "kernel_floor",
        "duplicates",
        "duplicates_floor",
        "support",
        "memorised",
    }
    floor = perfect["frechet_floor"]["value"]
    assert 0 < perfect["frechet"]["value"] < 2 * floor
    assert collapsed["frechet"]["value"] > 10 * floor
    assert perfect["frechet"]["n"] == 500 and perfect["frechet_floor"]["n"] == 500
    assert collapsed["frechet_floor"] == perfect["frechet_floor"]


def test_the_distance_in_few_steps_is_that_of_as_many_as_it_says(rng):
    """Each sample is a test example, all shifted by 1 / steps."""
    train, test = rng.random((300, 3, 3, 1)), rng.random((200, 3, 3, 1))

    class Stepping(Sampler):
        choosing = print  # another number of steps

        def sample(self, n, seed, steps=20):
            return test[:n] + 1 / steps

    card = metrics.evaluate(Stepping(None), train, test, None)
    apart = {k: card[f"frechet_in_{k}"]["value"] for k in (1, 2, 4, 8, 20)}
    assert apart[1] == pytest.approx(9, rel=1e-3)  # of nine pixels, all components
    for steps, value in apart.items():
        assert value * steps**2 == pytest.approx(apart[1], rel=1e-3)


class Restorer:
    """Gives back a fixed array, with whatever task it is told."""

    def __init__(self, made, **task):
        self.made, self.task = made, task

    def trial(self, x, seed):
        return Trial(self.task.pop("given", x), self.made, x, **self.task)


def test_a_reconstruction_is_reported_beside_principal_components(rng):
    """Its rival has as many codes, and is fitted on training data only."""
    train = rng.random((60, 2, 3, 1)) * 0.2 + 0.4
    test = rng.random((50, 2, 3, 1)) * 0.2 + 0.4
    card = metrics.evaluate(Restorer(test + 0.1, codes=2), train, test, None)
    assert set(card) == {"mse", "psnr", "baseline_mse", "baseline_psnr"}
    assert card["mse"]["value"] == pytest.approx(0.01)
    assert card["psnr"]["value"] == pytest.approx(20)
    flat, mean = test.reshape(50, -1), train.reshape(60, -1).mean(0)
    directions = np.linalg.svd(train.reshape(60, -1) - mean)[2][:2]
    left = (flat - mean) - (flat - mean) @ directions.T @ directions
    assert card["baseline_mse"]["value"] == pytest.approx((left**2).mean())
    assert "2 codes" in card["baseline_mse"]["estimator"]


def test_a_denoiser_is_reported_beside_its_input_and_a_hole_beside_the_mean(rng):
    train, test = rng.random((60, 2, 3, 1)), rng.random((50, 2, 3, 1)) * 0.5
    card = metrics.evaluate(Restorer(test, given=test + 0.2), train, test, None)
    assert card["mse"]["value"] == 0 and card["psnr"]["value"] == math.inf
    assert card["baseline_mse"]["value"] == pytest.approx(0.04)
    where = np.zeros((50, 2, 3, 1))
    where[:, 0] = 1
    made = test + 0.1 * where + 0.7 * (1 - where)
    card = metrics.evaluate(Restorer(made, where=where), train, test, None)
    assert card["mse"]["value"] == pytest.approx(0.01)
    assert card["baseline_mse"]["value"] == pytest.approx(
        ((train.mean(0)[:1] - test[:, :1]) ** 2).mean()
    )


def test_decibels_carry_the_error_of_the_mean():
    """A tenth more or less of the error is .4343 dB, to first order."""
    mse = metrics.Estimate(0.01, 0.001, "toy", 10)
    assert metrics.restoration.decibels(mse)[:2] == pytest.approx(
        (20, 0.4343), rel=1e-4
    )


def test_structural_similarity_is_that_of_the_equation():
    """Of one window, and of the images of a translator; its sources are the rival."""
    rng = np.random.default_rng(0)
    x, y = (rng.random((2, 11, 11, 1)) for _ in "xy")
    axis = np.exp(-((np.arange(11) - 5) ** 2) / (2 * 1.5**2))
    w = np.outer(axis, axis)[None, :, :, None] / axis.sum() ** 2
    m, n = ((w * a).sum((1, 2, 3), keepdims=True) for a in (x, y))
    v, u, s = (
        (w * a).sum((1, 2, 3)) for a in ((x - m) ** 2, (y - n) ** 2, (x - m) * (y - n))
    )
    m, n, c, d = m.ravel(), n.ravel(), 0.01**2, 0.03**2
    expected = (2 * m * n + c) * (2 * s + d) / ((m**2 + n**2 + c) * (v + u + d))
    found = metrics.restoration.ssim(x, y)
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    np.testing.assert_allclose(metrics.restoration.ssim(x, x), 1)
    assert metrics.restoration.ssim(x[:, :4, :6], y[:, :4, :6]).shape == (2,)

    class Grey:
        def trial(self, x, seed):
            return Trial(x / 2, x * 0.9, x)

        translate = None

    model = Grey()
    plain = metrics.evaluate(model, x, x, None)
    assert "ssim" not in plain  # no translator
    model.translate = model.trial
    card = metrics.evaluate(model, x, x, None)
    assert card["l1"]["value"] == pytest.approx(0.1 * x.mean())
    assert card["baseline_l1"]["value"] == pytest.approx(0.5 * x.mean())
    assert card["baseline_ssim"]["value"] < card["ssim"]["value"] < 1


def test_codes_are_counted_over_all_examples():
    """One of two codes in each batch: two over the set, where a mean would give one."""

    def encode(x):
        return {"codes": np.asarray(x, "int32").reshape(len(x), 2)}

    def model(discrete):
        spec = SimpleNamespace(discrete=discrete, range=(0, 5))
        signature = SimpleNamespace(function=encode, outputs={"codes": spec})
        return SimpleNamespace(signatures=lambda: {"encode": signature})

    x = np.array([[0, 0], [0, 0], [4, 4], [4, 4]])
    found = code_usage(model(True), x, batch=2)
    assert found["perplexity"].value == pytest.approx(2)
    assert found["codes_used"].value == 2
    assert found["perplexity"].estimator == "of 6"
    x[0] = [0, 3]
    share = np.array([3, 4, 1]) / 8
    expected = math.exp(-(share * np.log(share)).sum())
    assert code_usage(model(True), x)["perplexity"].value == pytest.approx(expected)
    assert code_usage(model(False), x) == {}


# Neighbours and classes.


def by_definition(real, fake, k):
    """Precision, recall, density and coverage, one pair at a time."""

    def radius(x, i):
        return sorted(np.linalg.norm(x[i] - x[j]) for j in range(len(x)) if j != i)[
            k - 1
        ]

    r, f = ([radius(x, i) for i in range(len(x))] for x in (real, fake))
    apart = np.array([[np.linalg.norm(a - b) for b in fake] for a in real])
    in_real = apart <= np.array(r)[:, None]
    in_fake = apart <= np.array(f)
    return (
        in_real.any(0).mean(),
        in_fake.any(1).mean(),
        in_real.sum() / (k * len(fake)),
        in_real.any(1).mean(),
    )


@pytest.mark.parametrize("k", [1, 3])
def test_neighbours_are_those_of_the_definitions(rng, k, monkeypatch):
    monkeypatch.setattr(neighbours, "ROWS", 7)  # parts, of which the last is not whole
    real, fake = rng.normal(size=(25, 2)), rng.normal(0.7, 0.5, size=(19, 2))
    got = neighbours.compare(real, fake, k)
    assert got == pytest.approx(by_definition(real, fake, k))
    assert got.precision != got.recall


def test_neighbours_tell_lost_modes_from_bad_samples(rng):
    real = np.concatenate([rng.normal(c, 0.1, size=(100, 2)) for c in (0, 5)])
    other = np.concatenate([rng.normal(c, 0.1, size=(100, 2)) for c in (0, 5)])
    floor = neighbours.compare(real, other)
    assert min(floor) > 0.85 and floor.density < 1.2
    lost = neighbours.compare(real, other[:100])
    assert lost.precision > 0.85 and lost.recall < 0.55 and lost.coverage < 0.55
    bad = neighbours.compare(real, np.concatenate([other, other + 50]))
    assert bad.precision < 0.55 and bad.recall > 0.85 and bad.coverage > 0.85


def test_one_outlier_widens_the_recall_and_not_the_coverage(rng):
    """Its balls reach over everything, if they are put around generated examples."""
    real = rng.normal(0, 1, size=(200, 2))
    fake = np.concatenate([rng.normal(0, 0.01, size=(5, 2)), [[0, 90], [0, -90]]])
    got = neighbours.compare(real, fake, k=1)
    assert got.recall > 0.9 and got.coverage < 0.3


def test_nearest_of_many_copies_is_at_no_distance(rng):
    x = np.ones((4, 3))
    assert (neighbours.radii(x, 2) == 0).all()
    with pytest.raises(BadInput, match="Lower k"):
        neighbours.compare(x, x, k=4)


def test_a_nearest_neighbour_knows_what_it_has_seen(rng):
    x, y = rng.random((30, 2, 2, 1)), rng.integers(0, 5, 30)
    said = neighbours.NearestNeighbour(x, y)(x + 1e-6)
    assert np.array_equal(said, y)
    right = classes.agreement(said, np.where(np.arange(30) < 3, -1, y), "toy")
    assert right.value == pytest.approx(0.9) and right.n == 30
    assert right.stderr == pytest.approx((0.09 / 29) ** 0.5)


def test_bins_differ_by_more_than_two_sets_of_real_examples_do(rng):
    shares = np.full(20, 0.05)
    trials = [
        classes.bins_apart(
            rng.integers(0, 20, 1000), rng.multinomial(1000, shares) / 1e3
        )
        for _ in range(50)
    ]
    assert np.mean(trials) == pytest.approx(20 * 0.05, abs=0.5)
    assert classes.bins_apart(np.zeros(1000, int), shares) == 20
    assert classes.covered(rng.integers(0, 7, 1000), 20) == 7


def test_a_class_is_covered_from_a_tenth_of_an_equal_share_on():
    """Of 4 classes and 400 samples, from 10 samples on; of few samples, from one."""
    said = [0] * 200 + [1] * 181 + [2] * 10 + [3] * 9
    assert classes.covered(said, 4) == 3
    assert classes.covered([0, 2, 2], 4) == 2


def test_purity_is_the_share_of_the_most_frequent_classes():
    groups, truth = [0, 0, 0, 4, 4, 9], [1, 1, 2, 2, 2, 1]
    assert classes.purity(groups, truth) == pytest.approx(5 / 6)
    assert classes.purity(truth, truth) == 1
    assert classes.purity(np.zeros(6, int), truth) == 0.5


class Asked(Sampler):
    """Draws what it is asked for, up to some mistakes; judges real examples."""

    condition, sampler = "label", "generate"

    def sample(self, n, seed=0, label=None):
        return self.function(label, np.random.default_rng(seed))

    def signatures(self):
        spec = kg.Spec((), "label", "class")
        generate = kg.Signature(None, {"label": spec}, {})
        return {
            "generate": generate,
            "discriminate": kg.Signature(None, {}, {"logits": spec}),
        }

    def discriminate(self, x):
        return {"logits": np.concatenate([1 - x, x], 1)}


def test_what_was_asked_for_is_compared_with_a_neighbour_and_real_examples(rng):
    y = np.arange(200) % 2
    x = y[:, None] + rng.normal(0, 0.05, size=(200, 1))
    tenth = np.arange(200) % 10 == 0
    model = Asked(lambda label, rng: np.where(tenth, 1 - label, label)[:, None] + 0.01)
    card = metrics.evaluate(model, (x, y), (x, y), None)
    assert card["label_accuracy"]["value"] == pytest.approx(0.9)
    assert card["label_accuracy_floor"]["value"] == 1
    assert "nearest training" in card["label_accuracy"]["estimator"]
    contrary = SimpleNamespace(
        classes=2, features=lambda x: x, said=lambda x: 1 - np.rint(x[:, 0]).astype(int)
    )
    by_judge = metrics.evaluate(model, (x, y), (x, y), None, classifier=contrary)
    assert by_judge["label_accuracy"]["value"] == pytest.approx(0.1)
    assert by_judge["label_accuracy_floor"]["value"] == 0
    assert by_judge["label_accuracy"]["estimator"] == "by SimpleNamespace"
    assert card["accuracy"]["value"] == 1
    assert {"frechet", "kernel"} < set(card)


def test_in_few_steps_is_made_what_was_asked_for_as_often_as_it_says(rng):
    """In k steps, one in k is of the other class."""

    class Stepping(Asked):
        choosing = print  # another number of steps

        def sample(self, n, seed, steps=20, label=None):
            wrong = (np.arange(n) % steps == 0) & (steps > 1)
            return np.where(wrong, 1 - label[:n], label[:n])[:, None] + 0.01

    y = rng.integers(0, 2, 200)
    x = y[:, None] + rng.normal(0, 0.05, size=(200, 1))
    card = metrics.evaluate(Stepping(None), (x, y), (x, y), None)
    found = {k: card[f"label_accuracy_in_{k}"]["value"] for k in (1, 2, 4, 8, 20)}
    assert found == {1: 1, 2: 0.5, 4: 0.75, 8: 0.875, 20: 0.95}
    assert card["label_accuracy"]["value"] == 0.95


def test_the_order_in_which_classes_are_asked_for_is_no_distance(rng):
    """A perfect sampler, asked for sorted labels, has no blocks of one class."""
    y = np.repeat(np.arange(10), 60)
    law = lambda label, rng: label[:, None] + rng.normal(0, 0.1, (600, 1))  # noqa: E731
    card = metrics.evaluate(Asked(law), (law(y, rng), y), (law(y, rng), y), None)
    assert abs(card["kernel"]["value"]) < 1  # 8 with the samples as they come


def test_categories_are_compared_with_as_large_ones_at_random(rng):
    """All in one category are as pure as chance, and sorted ones are not."""
    y = np.arange(300) % 3
    x = y[:, None] + rng.normal(0, 0.05, size=(300, 1))
    model = Sampler(lambda n, rng: x[:n])
    for sort, pure in ((lambda x: np.rint(x[:, 0]), 1), (lambda x: 0 * x[:, 0], 1 / 3)):
        model.sort = sort
        card = metrics.evaluate(model, x, x, None, truth=y)
        assert card["purity"]["value"] == pytest.approx(pure)
        assert card["purity_floor"]["value"] < 0.45
    assert "purity" not in metrics.evaluate(model, x, x, None)


def test_couples_are_alike_where_the_noise_alone_decides_the_class(rng):
    """One model shows class 0, 1 or 2 by its noise, in both domains; another by chance.

    Classes are looked up among the training examples of the domain itself: what is a 0
    in one domain looks like a 2 of the other.
    """
    domain, kind = np.arange(600) % 2, np.arange(600) // 2 % 3
    x = np.where(domain, 2 - kind, kind)[:, None] + rng.normal(0, 0.05, (600, 1))

    class Coupled(Asked):
        classes = 2

        def sample(self, n, seed=0, label=None):
            drawn = np.random.default_rng((seed, label * self.apart)).integers(
                3, size=n
            )
            return np.where(label, 2 - drawn, drawn)[:, None] + 0.01

    model = Coupled(None)
    for model.apart, alike in ((0, 1.0), (1, 1 / 3)):
        card = metrics.evaluate(model, (x, domain), (x, domain), None, kinds=kind)
        assert card["couples_alike"]["value"] == pytest.approx(alike, abs=0.06)
        assert card["couples_alike_floor"]["value"] == pytest.approx(1 / 3, abs=0.06)
    assert "couples_alike" not in metrics.evaluate(
        model, (x, domain), (x, domain), None
    )


# Captions


def asked_and_said(rng, n=400, right=0.8):
    """Attributes that some captions name, and answers of which a share is right."""
    true = {name: rng.integers(0, k, n) for name, k in (("hat", 2), ("hair", 5))}
    named = {name: np.where(rng.random(n) < 0.6, y, -1) for name, y in true.items()}
    said = {name: np.where(rng.random(n) < right, y, y + 1) for name, y in true.items()}
    return said, named


def test_only_attributes_that_were_named_count_each_as_much(rng):
    said, named = asked_and_said(rng)
    found = classes.named_agreement(said, named, "toy")
    asked = np.concatenate([y[y >= 0] for y in named.values()])
    answers = np.concatenate([said[name][y >= 0] for name, y in named.items()])
    assert found.value == pytest.approx((answers == asked).mean())
    silent = (named["hat"] < 0) & (named["hair"] < 0)
    assert found.n == (~silent).sum() < 400
    said = {name: np.where(named[name] < 0, -1, said[name]) for name in named}
    said["skin"] = rng.integers(0, 2, 400)  # for which nobody asked
    assert classes.named_agreement(said, named, "toy") == found
    nothing = {"hat": np.full(400, -1)}
    with pytest.raises(BadInput, match="nothing asks for one of the attributes hat"):
        classes.named_agreement(said, nothing)


def test_the_error_of_what_was_named_is_that_of_many_draws(rng):
    """Attributes of one sample are right together or not: one error for both."""
    values, errors = [], []
    for _ in range(600):
        said, named = asked_and_said(rng, 100)
        together = rng.random(100) < 0.7
        said = {n: np.where(together, named[n], -2) for n in said}
        found = classes.named_agreement(said, named)
        values.append(found.value)
        errors.append(found.stderr)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.1)


def test_a_model_that_is_told_captions_is_asked_what_they_name(rng):
    """The real examples beside it."""
    said, named = asked_and_said(rng)
    x = rng.random((400, 2, 2, 1))
    x[:, 0, 0, 0], x[:, 1, 1, 0] = said["hat"], said["hair"]
    given = rng.integers(0, 9, (400, 5))
    told = SimpleNamespace(inputs={"caption": None})

    class Captioned(Sampler):
        condition, sampler = "caption", "sample_loop"

        def signatures(self):
            return {"sample_loop": told}

        def sample(self, n, seed, caption):
            assert np.array_equal(caption, given[:n])
            y = x[:n] + 0.0
            y[: n // 2, 0, 0] = 7  # no hat at all
            return y

    judge = SimpleNamespace(
        features=lambda x: x.reshape(len(x), -1),
        said=lambda x: x[:, 0, 0, 0].astype(int),
        answers=lambda x: {"hat": x[:, 0, 0, 0], "hair": x[:, 1, 1, 0]},
        classes=8,
    )
    both = (x, given), (x, given)
    options = {"classifier": judge, "named": named, "samples": 300}
    card = metrics.evaluate(Captioned(None), *both, None, **options)
    first = {name: values[:300] for name, values in named.items()}
    floor = classes.named_agreement({k: v[:300] for k, v in said.items()}, first)
    assert card["caption_accuracy_floor"]["value"] == floor.value
    assert 0 < card["caption_accuracy"]["value"] < floor.value - 0.1
    unnamed = metrics.evaluate(Captioned(None), *both, None, samples=300)
    assert "caption_accuracy" not in unnamed
