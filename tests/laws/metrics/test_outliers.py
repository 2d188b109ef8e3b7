"""Laws of p-values, scores of outliers, and purification."""

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from keras_gen import FVSBN, GSN, MADE, MADEEnsemble, PixelCNN
from keras_gen.errors import BadInput
from keras_gen.likelihoods import (
    Bernoulli,
    Categorical,
    DiscretizedLogisticMixture,
    Gaussian,
)
from keras_gen.metrics.outliers import (
    SCORES,
    OutlierDetector,
    auroc,
    code_length,
    p_values,
)
from keras_gen.networks.made import made
from keras_gen.networks.pixelcnn import pixelcnn
from tests.laws.autoregressive.shared import lively, wild

# p-values.


def test_p_values_of_what_belongs_are_uniform():
    """Exactly so: each of the N + 1 ranks as often as the others."""
    rng = np.random.default_rng(0)
    found = np.array(
        [p_values(rng.normal(size=9), rng.normal(size=1))[0] for _ in range(5000)]
    )
    ranks, counts = np.unique(np.rint(found * 10).astype(int), return_counts=True)
    assert ranks.tolist() == list(range(1, 11))
    chi2 = ((counts - 500) ** 2 / 500).sum()  # of 9 degrees of freedom
    assert chi2 < 9 + 4 * np.sqrt(18)


def test_p_values_are_the_formula_and_never_zero():
    held_out, values = [3.0, 1.0, 2.0, 2.0], [0.0, 1.0, 2.0, 2.5, 4.0]
    want = [(sum(h <= v for h in held_out) + 1) / 5 for v in values]
    np.testing.assert_array_equal(p_values(held_out, values), want)
    with pytest.raises(BadInput, match="received none"):
        p_values([], [1.0])


def test_p_values_with_ties_accuse_too_rarely_rather_than_too_often():
    rng = np.random.default_rng(0)
    found = np.concatenate(
        [
            p_values(rng.integers(3, size=19), rng.integers(3, size=4))
            for _ in range(500)
        ]
    )
    for level in (0.1, 0.3, 0.5, 0.7):
        assert (found <= level).mean() <= level + 0.03


def test_the_area_is_the_share_of_pairs_in_the_right_order():
    rng = np.random.default_rng(0)
    a, b = rng.integers(6, size=30) + 1.0, rng.integers(6, size=40) + 0.0
    pairs = np.sign(a[:, None] - b[None, :]) / 2 + 0.5
    estimate = auroc(a, b)
    assert estimate.value == pytest.approx(pairs.mean(), abs=1e-12)
    again = [auroc(rng.choice(a, 30), rng.choice(b, 40)).value for _ in range(400)]
    assert estimate.stderr == pytest.approx(np.std(again), rel=0.15)
    assert auroc(b, a).value == pytest.approx(1 - estimate.value)
    with pytest.raises(BadInput, match="two examples of either kind"):
        auroc([1.0], b)


def test_codes_are_shorter_for_simpler_images():
    rng = np.random.default_rng(0)
    noise = rng.integers(17, size=(8, 16, 16, 1)) / 16
    ramp = np.broadcast_to(np.arange(16).reshape(1, 16, 1, 1) / 16, noise.shape)
    blank = np.zeros((8, 16, 16, 1))
    assert code_length(blank, 17).max() < code_length(ramp, 17).min()
    assert code_length(ramp, 17).max() < code_length(noise, 17).min()
    entropy = 256 * np.log(17)
    assert entropy * 0.95 < code_length(noise, 17).mean() < entropy * 1.3


def test_codes_know_slopes_along_the_rows_and_down_the_columns():
    """Each row a ramp of its own start and slope: no two bytes need be alike."""
    rng = np.random.default_rng(0)
    start, slope = rng.integers(256, size=(2, 16, 1))
    ramps = (start + slope * np.arange(16)) % 256 / 255
    noise = rng.integers(256, size=(1, 16, 16, 1)) / 255
    for image in (ramps, ramps.T):
        length = code_length(image[None, ..., None], 256)
        assert length < 0.5 * code_length(noise, 256)


# Scores.


def test_scores_are_their_formulas_and_calibrated_on_held_out_images():
    model = lively(FVSBN((3, 4, 1)))
    x = model.sample(900, seed=1)
    train, held_out, fresh = x[:300], x[300:600], x[600:]
    detector = OutlierDetector(model, train, held_out, batch=128)
    log_p = np.float64(model.log_prob(fresh))
    scores = detector.scores(fresh)
    assert set(scores) == set(SCORES)
    np.testing.assert_allclose(scores["likelihood"], log_p, rtol=1e-6)
    usual = np.mean(model.log_prob(held_out))
    np.testing.assert_allclose(scores["typicality"], -np.abs(log_p - usual), atol=1e-4)
    ink = (train.reshape(300, 12).sum(0) + 1) / 302
    alone = np.where(fresh.reshape(-1, 12) == 1, np.log(ink), np.log(1 - ink)).sum(1)
    np.testing.assert_allclose(scores["ratio"], log_p - alone, atol=1e-4)
    length = code_length(fresh, 2)
    np.testing.assert_allclose(scores["complexity"], log_p + length, atol=1e-4)
    for name, p in detector.p_values(fresh).items():
        assert p.min() > 0 and p.max() <= 1
        for level in (0.1, 0.5):  # 300 against 300: a deviation of about .04
            assert (p <= level).mean() < level + 0.12, name
        if name == "likelihood":
            assert (p <= 0.5).mean() > 0.38


def test_an_image_too_likely_is_an_outlier_to_a_two_sided_score():
    """Pixels of little ink: blank is the most likely image, and almost never drawn."""
    model = FVSBN((6, 6, 1))
    model.regression.bias.assign(tf.fill((36,), -1.5))
    model.regression.kernel.assign(tf.zeros((36, 36)))
    x, blank = model.sample(600, seed=0), np.zeros((2, 6, 6, 1), "float32")
    detector = OutlierDetector(model, x[:200], x[200:400])
    found = detector.p_values(blank)
    assert found["likelihood"].min() == 1.0
    assert found["typicality"].max() < 0.05
    report = detector.report(x[400:], {"blank": blank})
    assert report["blank"]["likelihood"].value == 0.0
    assert report["blank"]["typicality"].value > 0.95
    with pytest.raises(BadInput, match="no exact log_prob of discrete levels"):
        OutlierDetector(FVSBN((3,), Gaussian(0.1)), x, x)
    with pytest.raises(BadInput, match="GSN has no exact log_prob"):
        OutlierDetector(GSN.small()["plain"](), x, x)  # whose chain has no energy


def test_an_energy_finds_what_its_density_finds():
    """A constant moves all images alike; what nats are set against, there is not."""
    model = lively(FVSBN((3, 4, 1)))
    x = model.sample(300, seed=1)
    energy = SimpleNamespace(
        energy=lambda x: 70.0 - model.log_prob(x), check=model.check
    )
    splits = x[:100], x[100:200]
    density = OutlierDetector(model, *splits).p_values(x[200:])
    found = OutlierDetector(energy, *splits).p_values(x[200:])
    assert set(found) == {"likelihood", "typicality"}
    assert np.ptp(density["likelihood"]) > 0.5
    for name, p in found.items():
        np.testing.assert_allclose(p, density[name], atol=0.011)


# Purification.

SHAPE = (3, 4, 1)
MIXTURE = DiscretizedLogisticMixture(2, 9)
MODELS = {
    "fvsbn": lambda: FVSBN(SHAPE, MIXTURE),
    "made": lambda: MADE(made(SHAPE, 9, (24,), "random"), Categorical(9)),
    "pixelcnn": lambda: PixelCNN(
        pixelcnn(SHAPE, MIXTURE.parameters(SHAPE)[-1], 6, 1, 3, head=(6,)), MIXTURE
    ),
}


@pytest.fixture(params=MODELS, scope="module")
def model(request):
    return lively(MODELS[request.param]())


@pytest.fixture(scope="module")
def images(model):
    return np.random.default_rng(0).integers(9, size=(20, *SHAPE)).astype("float32") / 8


def test_purified_images_stay_in_the_ball_and_on_the_levels(model, images):
    for epsilon in (0.125, 0.3):
        pure = model.purify(images, epsilon)["image"].numpy()
        assert np.abs(pure - images).max() <= epsilon + 1e-6
        assert np.abs(pure - images).max() > 0.12
        np.testing.assert_array_equal(pure * 8, np.rint(pure * 8))
    np.testing.assert_array_equal(model.purify(images, 0)["image"], images)


def test_each_pixel_is_the_likeliest_near_the_given_one(model, images):
    """By all 9 levels at each pixel, after the same pixels before it."""
    epsilon = 0.3
    pure = model.purify(images, epsilon)["image"].numpy()
    place = np.broadcast_to(model.place, SHAPE).reshape(-1)
    for t, dimension in enumerate(np.argsort(place)):
        later = (place > t).reshape(SHAPE)
        each = []
        for level in range(9):
            x = np.where(later, 0.0, pure).astype("float32")
            x.reshape(20, -1)[:, dimension] = level / 8
            params = model.parameters(x)
            each.append(_log_p(model, params, x)[:, dimension])
        given = images.reshape(20, -1)[:, dimension]
        near = np.abs(np.arange(9)[:, None] / 8 - given) <= epsilon + 1e-6
        best = np.where(near, each, -np.inf).argmax(0)
        np.testing.assert_array_equal(best / 8, pure.reshape(20, -1)[:, dimension])


def _log_p(model, params, x):
    """log p of each dimension, by examples of one dimension."""
    head, n = model.likelihood, x[0].size
    params = tf.reshape(params, (len(x) * n, 1, 1, -1))
    return np.reshape(head.log_prob(params, x.reshape(-1, 1, 1, 1)), (len(x), n))


def test_without_bounds_the_greedy_image_is_everyone_s(model, images):
    pure = model.purify(images, 1.0)["image"].numpy()
    assert (pure == pure[:1]).all()


def test_colour_is_purified_channel_after_channel():
    shape = (2, 2, 3)
    model = wild(PixelCNN(pixelcnn(shape, 15, 6, 1, 3, groups=3), Categorical(5)))
    x = np.random.default_rng(1).integers(5, size=(6, *shape)).astype("float32") / 4
    pure = model.purify(x, 0.25)["image"].numpy()
    assert 0 < np.abs(pure - x).max() <= 0.25
    np.testing.assert_array_equal(model.purify(x, 0)["image"], x)


def test_what_cannot_be_purified_is_refused():
    x = np.zeros((1, *SHAPE), "float32")
    with pytest.raises(BadInput, match="no levels to choose from"):
        FVSBN((3,), Gaussian(0.1)).purify(np.zeros((1, 3), "float32"), 0.1)
    with pytest.raises(BadInput, match="from 0 to 1; received 2"):
        FVSBN(SHAPE, Bernoulli()).purify(x, 2)
    with pytest.raises(BadInput, match="one order"):
        MADEEnsemble(made(SHAPE, hidden=(4,), order="random", orders=2)).purify(x, 0.1)
    with pytest.raises(BadInput, match="ties the channels"):
        head = DiscretizedLogisticMixture(1, 3)
        size = head.parameters((2, 2, 3))[-1]
        PixelCNN(pixelcnn((2, 2, 3), size, 2, 1, 3), head).purify(
            np.zeros((1, 2, 2, 3), "float32"), 0.5
        )
