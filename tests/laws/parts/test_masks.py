"""Holes of images."""

import numpy as np
import pytest

from keras_gen.parts.masks import Rectangle, Scribble, distances
from tests.laws.autoencoders.shared import SHAPE, cut


@pytest.fixture(params=[Rectangle(), Scribble(width=1.5)], ids=["box", "scribble"])
def holes(request):
    return request.param


def test_holes_are_functions_of_noise_and_never_empty(holes):
    shape = (28, 20, 1)
    a, b, c = (cut(holes, 200, seed, shape).numpy() for seed in (1, 1, 2))
    assert np.array_equal(a, b) and not np.array_equal(a, c)
    assert a.shape == (200, *shape)
    assert set(np.unique(a)) == {0.0, 1.0}
    assert a.sum((1, 2, 3)).min() >= 1
    assert 0.02 < a.mean() < 0.3
    many = cut(holes, 3000, 3, shape).numpy()
    assert many.mean(0).min() > 0  # every pixel may be lost
    extreme = np.array([0.0, 1 - 1e-7], "float32")[:, None]
    n = int(np.prod(holes.noise_shape(SHAPE)))
    noise = np.repeat(extreme, n, 1).reshape(2, *holes.noise_shape(SHAPE))
    assert holes(noise, SHAPE).numpy().sum((1, 2, 3)).min() >= 1


def test_a_box_is_a_box_of_the_share_it_was_asked_for():
    noise = np.array([[0.0, 1 - 1e-6, 1 - 1e-6, 0.0]], "float32")
    hole = Rectangle(0.25, 0.5)(noise, (8, 12, 1)).numpy()[0, :, :, 0]
    expected = np.zeros((8, 12))
    expected[6:, :6] = 1  # two rows at the bottom, six columns at the left
    assert np.array_equal(hole, expected)


def test_distances_from_pixels_to_a_segment():
    a, b = np.float32([[[0.5, 0.5]]]), np.float32([[[0.5, 2.5]]])
    far = distances(a, b, (3, 5)).numpy()[0, 0]
    expected = [[0, 0, 0, 1, 2], [1, 1, 1, 2**0.5, 5**0.5], [2, 2, 2, 5**0.5, 8**0.5]]
    np.testing.assert_allclose(far, expected, atol=1e-5)
    point = distances(a, a, (3, 5)).numpy()[0, 0]
    np.testing.assert_allclose(point[2, 4], 20**0.5, atol=1e-5)
