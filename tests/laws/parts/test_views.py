"""What a view shows of an image, and what it does not."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen.errors import BadInput
from keras_gen.parts.views import Coarse, Edges, Grey, Rain

IMAGES = tf.constant(np.random.default_rng(0).random((3, 8, 12, 3), "float32"))


@pytest.mark.parametrize("view", [Grey(), Coarse(4), Edges(), Rain(0.2)])
def test_a_view_is_an_image_of_its_declared_shape(view):
    seen = view(IMAGES).numpy()
    assert seen.shape == (3, *view.shape((8, 12, 3)))
    assert seen.min() >= 0 and seen.max() <= 1


def test_grey_does_not_know_which_colour_it_was():
    np.testing.assert_allclose(
        Grey()(IMAGES), Grey()(tf.reverse(IMAGES, [-1])), atol=1e-6
    )


def test_coarse_keeps_the_means_of_squares_and_shows_them_flat():
    seen = Coarse(4)(IMAGES).numpy()
    square, shown = IMAGES[:, 4:8, 8:12].numpy(), seen[:, 4:8, 8:12]
    np.testing.assert_allclose(shown[:, 0, 0], square.mean((1, 2)), atol=1e-6)
    assert np.ptp(shown, axis=(1, 2)).max() == 0
    np.testing.assert_allclose(Coarse(4)(seen), seen, atol=1e-6)
    with pytest.raises(BadInput, match="multiples of 4; received"):
        Coarse(4).shape((8, 10, 3))


def test_edges_are_where_black_meets_white_and_nowhere_else():
    image = np.zeros((1, 8, 8, 1), "float32")
    image[:, :, 4:] = 1
    seen = Edges()(tf.constant(image)).numpy()[0, 2:6, 1:7, 0]
    np.testing.assert_allclose(seen, [[0, 0, 1, 1, 0, 0]] * 4, atol=1e-6)


def test_rain_falls_in_streaks_elsewhere_in_each_image_and_the_same_in_any_batch():
    view, dark = Rain(drops=0.02, length=4, light=0.5), np.zeros((40, 32, 24, 1))
    dark[:, 0, 0, 0] = np.arange(40) / 255  # forty images that hardly differ
    dark = tf.constant(dark, "float32")
    seen = view(dark).numpy()
    np.testing.assert_array_equal(view(dark), seen)
    np.testing.assert_array_equal(view(dark[7:8]), seen[7:8])
    wet = seen[:, 1:, 1:, 0] > 0
    assert set(np.unique(seen[:, 1:, 1:])) == {0, 0.5}
    assert abs((wet[:-1] & wet[1:]).mean() - wet.mean() ** 2) < 0.002  # each for itself
    # Of four rows, of which those in the middle of an image have all: 1 - .98 ** 4.
    assert abs(wet[:, 3:].mean() - 0.0776) < 0.005
    starts = np.argwhere(wet[:, 5:10, 8:-1] & ~wet[:, 4:9, 8:-1] & ~wet[:, 4:9, 9:])
    below = [wet[i, 5 + r + np.arange(4), 8 + c - np.array([0, 1, 1, 2])]
             for i, r, c in starts]  # fmt: skip
    assert len(starts) > 50 and np.all(below)
    bright = tf.ones((1, 8, 8, 3))
    np.testing.assert_array_equal(view(bright), bright)
