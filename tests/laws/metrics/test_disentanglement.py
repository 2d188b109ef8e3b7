"""What the measures of a latent code must say of codes that are known."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from keras_gen.errors import BadInput, KerasGenError
from keras_gen.metrics.disentanglement import dci, mutual_information_gap, readings
from keras_gen.metrics.latent import usage


@pytest.fixture
def causes():
    """A class of four, and two continuous causes, independent."""
    rng = np.random.default_rng(0)
    shape = rng.integers(0, 4, 4000)
    return {"shape": shape, "size": rng.random(4000), "turn": rng.random(4000)}


def axes(causes):
    return np.stack(list(causes.values()), 1) * [1.0, -2.0, 5.0] + 3


def turned(codes):
    """The same numbers, each coordinate a mixture of all causes."""
    codes = (codes - codes.mean(0)) / codes.std(0)
    return codes @ np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]


def test_a_code_that_is_the_causes_has_the_full_gap(causes):
    """In any unit and order; a useless coordinate changes nothing."""
    codes = axes(causes)
    noise = np.random.default_rng(2).normal(size=(4000, 1))
    full = mutual_information_gap(codes, causes)
    assert full > 0.9
    more = np.concatenate([noise, codes[:, ::-1]], 1)
    assert mutual_information_gap(more, causes) == pytest.approx(full, abs=0.02)


def test_a_cause_that_two_coordinates_know_has_no_gap(causes):
    codes = axes(causes)
    assert mutual_information_gap(np.concatenate([codes, codes], 1), causes) == 0
    assert mutual_information_gap(turned(codes), causes) < 0.5


def test_the_gap_is_a_share_of_the_entropy():
    """A coordinate that tells one bit of a cause of two bits: 1/2."""
    two_bits = np.tile(np.arange(4), 500)
    codes = np.stack([two_bits // 2, np.zeros(2000)], 1)
    gap = mutual_information_gap(codes, {"cause": two_bits})
    assert gap == pytest.approx(0.5)


def test_importances_are_read_both_ways():
    """One coordinate for two factors is complete and not disentangled; and back."""
    assert readings(np.eye(3)) == pytest.approx((1, 1))
    assert readings(np.ones((3, 3))) == pytest.approx((0, 0))
    one_for_all = np.array([[1.0, 1.0], [0.0, 0.0]])
    assert readings(one_for_all) == pytest.approx((0, 1))
    two_for_one = np.array([[0.5, 0.0], [0.5, 0.0], [0.0, 1.0]])
    complete = (1 - math.log(2) / math.log(3) + 1) / 2
    assert readings(two_for_one) == pytest.approx((1, complete))


def test_a_coordinate_counts_as_much_as_it_is_of_use():
    """Eleven twentieths of all that is known is the second one's, of two causes."""
    found, _ = readings(np.array([[0.9, 0.0], [0.1, 1.0]]))
    share = np.array([1, 10]) / 11
    second = 1 + (share * np.log(share)).sum() / math.log(2)
    assert found == pytest.approx((0.9 * 1 + 1.1 * second) / 2)
    assert abs(found - (1 + second) / 2) > 0.01


def test_forests_find_which_coordinate_knows_what(causes):
    straight, mixed = dci(axes(causes), causes), dci(turned(axes(causes)), causes)
    assert straight.disentanglement > 0.9 and straight.completeness > 0.9
    assert straight.informativeness > 0.95
    assert mixed.disentanglement < 0.6 and mixed.completeness < 0.6
    shuffled = np.random.default_rng(3).permutation(axes(causes))
    assert dci(shuffled, causes).informativeness < 0.2
    with pytest.raises(BadInput, match="one label for each example"):
        dci(axes(causes)[:10], causes)


def test_a_cause_that_alternates_is_seen_in_both_halves():
    """As the slant of `glyphs` does from one image to the next."""
    slant = np.arange(400) % 2
    codes = np.stack([np.random.default_rng(0).normal(size=400), slant], 1)
    found = dci(codes, {"slant": slant})
    assert found.informativeness == 1
    assert found.importances[1, 0] > 0.9


def test_a_coordinate_that_is_the_prior_is_collapsed():
    """KL(N(1, 1) || N(0, 1)) is half a nat although the image moves nothing."""

    def encode(x):
        one = np.ones(len(x))
        mean = np.stack([x[:, 0], 0 * one, one, 0 * one], 1)
        stddev = np.stack([0.5 * one, one, one, 0.5 * one], 1)
        return {"mean": mean, "stddev": stddev}

    outputs = {"mean": None, "stddev": None}
    signature = SimpleNamespace(function=encode, outputs=outputs)
    model = SimpleNamespace(signatures=lambda: {"encode": signature})
    x = np.random.default_rng(0).normal(size=(1300, 2)) * 3
    report = usage(model, x)
    assert report.active.tolist() == [True, False, False, False]
    np.testing.assert_allclose(report.activity[0], x[:, 0].var())
    narrow = 0.5 * (0.25 - 1) - math.log(0.5)
    expected = [0.5 * (x[:, 0] ** 2).mean() + narrow, 0, 0.5, narrow]
    np.testing.assert_allclose(report.divergence, expected, atol=1e-12)
    model.signatures = dict
    with pytest.raises(KerasGenError, match="no posterior"):
        usage(model, x)
