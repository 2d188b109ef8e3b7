"""Copies of each other and of training examples, and what a card says of samples."""

import numpy as np
import pytest

from keras_gen import metrics
from keras_gen.errors import BadInput
from keras_gen.metrics import copies, kernel, neighbours


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_duplicates_are_nearer_than_any_two_different_real_ones(rng, monkeypatch):
    """One pair at a time; a real example that is there twice sets no limit of zero."""
    monkeypatch.setattr(copies, "ROWS", 7)  # parts, of which the last is not whole
    x, real = rng.random((22, 2)), rng.random((20, 2))
    apart = [np.linalg.norm(a - b) for i, a in enumerate(real) for b in real[:i]]
    pairs = [np.linalg.norm(a - b) for i, a in enumerate(x) for b in x[:i]]
    found = copies.duplicates(x, np.concatenate([real, real[:3]]))
    assert found.value == np.mean(np.array(pairs) < min(apart)) > 0
    assert copies.duplicates(real, real).value == 0
    with pytest.raises(BadInput, match="1 different"):
        copies.duplicates(x, np.zeros((5, 2)))


@pytest.mark.parametrize("n", [40, 200])
def test_birthdays_tell_how_many_images_a_generator_makes(n, rng):
    """Whatever noise is on them, if it is less than what tells real images apart."""
    images, real = rng.random((n, 4, 4, 1)), rng.random((200, 4, 4, 1))
    x = images[rng.integers(0, n, 600)] + rng.normal(0, 1e-3, (600, 4, 4, 1))
    found = copies.support(copies.duplicates(x, real))
    assert found.value == pytest.approx(n, rel=0.1)
    new = copies.support(copies.duplicates(rng.random((200, 4, 4, 1)), real))
    assert new.value > 2000  # of 19,900 pairs
    none = copies.support(metrics.Estimate(0.0, None, "no pair", 100))
    assert none.value == 4950 / 3 and "at least" in none.estimator


def test_copies_of_training_examples_are_found_and_new_draws_are_not(rng):
    train, test, new = rng.random((3, 1000, 4, 4, 1))
    fair = copies.memorised(new, train, test)
    assert abs(fair.value - 0.05) < 4 * fair.stderr
    near = train[:300] + rng.normal(0, 1e-3, (300, 4, 4, 1))
    assert copies.memorised(near, train, test).value == 1
    half = np.concatenate([near, new[:300]])
    assert copies.memorised(half, train, test).value == pytest.approx(0.525, abs=0.03)
    assert copies.memorised(new + 1, train, test).value == 0
    # What is usual is the way from a test example to all of the training examples.
    assert copies.memorised(new, train, test[:100]).value < 0.15


def test_nearest_is_the_nearest(rng, monkeypatch):
    monkeypatch.setattr(neighbours, "ROWS", 4)
    x, others = rng.random((10, 3)), rng.random((7, 3))
    apart = np.linalg.norm(x[:, None] - others, axis=-1)
    which, far = neighbours.nearest(x, others)
    assert np.array_equal(which, apart.argmin(1))
    np.testing.assert_allclose(far, apart.min(1))


def test_the_kernel_distance_does_not_depend_on_the_unit(rng):
    """Of raw features the cubic kernel grows with the sixth power of their size."""
    a, b = rng.normal(0.2, 1, (400, 5)), rng.normal(0, 2, (400, 5))
    usual = kernel.distance(a, b)
    for size, shift in ((100.0, 7.0), (0.01, -3.0)):
        other = kernel.distance(size * a + shift, size * b + shift)
        assert other[:2] == pytest.approx(usual[:2], rel=1e-6)
    scaled = [(x - b.mean(0)) / np.sqrt(b.var(0).mean()) for x in (a, b)]
    assert usual.value == pytest.approx(
        np.mean(
            [kernel.mmd2(*(x[k : k + 100] for x in scaled)) for k in range(0, 400, 100)]
        )
    )
    assert kernel.distance(a, np.ones((400, 5))).value > 0


# The card


class Sampler:
    def __init__(self, law):
        self.law = law

    def sample(self, n, seed=0):
        return self.law(n, np.random.default_rng(seed + 100))


class Judge:
    """Says in which of four stripes an image is brightest."""

    classes = 4

    def features(self, x):
        return np.asarray(x).mean((2, 3)) ** 2

    def said(self, x):
        return self.features(x).argmax(1)


def stripes(which):
    """A law of images with a bright stripe, one of some."""

    def law(n, rng):
        x = rng.random((n, 4, 3, 1)) * 0.5
        x[np.arange(n), rng.choice(which, n)] += 0.5
        return x

    return law


def judged(law, classifier=None):
    train, test = (stripes(range(4))(n, np.random.default_rng(n)) for n in (700, 600))
    given = (Sampler(law or (lambda n, rng: train[:n])), train, test, None)
    return metrics.evaluate(*given, classifier=classifier)


def values(card):
    return {name: found["value"] for name, found in card.items()}


def test_the_card_of_a_good_sampler_stands_at_its_floors():
    found = values(judged(stripes(range(4)), Judge()))
    assert found["duplicates"] < 1e-4 and found["duplicates_floor"] < 1e-4
    assert found["support"] > 1e4
    assert found["memorised"] == pytest.approx(0.05, abs=0.035)
    assert found["classes_covered"] == found["classes_covered_floor"] == 4
    assert max(found["bins_apart"], found["bins_apart_floor"]) <= 1
    assert found["classifier_frechet"] < 5 * found["classifier_frechet_floor"]
    assert abs(found["classifier_kernel"]) < 0.01


def test_the_card_tells_a_sampler_that_lost_classes_from_one_that_copies():
    lost, copied = (judged(law, Judge()) for law in (stripes([0, 2]), None))
    found = values(lost)
    assert found["classes_covered"] == 2 and found["bins_apart"] == 4
    assert found["classifier_frechet"] > 20 * found["classifier_frechet_floor"]
    assert found["classifier_kernel"] > 20 * abs(found["classifier_kernel_floor"])
    assert found["memorised"] < 0.1
    assert "of 4 classes by Judge" in lost["bins_apart"]["estimator"]
    assert values(copied)["memorised"] == 1
    assert copied["memorised"]["n"] == copied["classifier_kernel"]["n"] == 600
    assert not any("class" in name or "bins" in name for name in judged(None))


def test_one_image_again_and_again_has_a_support_of_one():
    found = values(judged(lambda n, rng: np.full((n, 4, 3, 1), 0.5), Judge()))
    assert found["duplicates"] == found["support"] == 1
    good = values(judged(stripes(range(4)), Judge()))
    floors = [name for name in good if name.endswith("_floor")]
    assert len(floors) == 7  # and what a sampler makes moves none of them
    assert [found[name] for name in floors] == [good[name] for name in floors]
