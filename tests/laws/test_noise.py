"""The laws of noise: what it is drawn from, and that slices are those of the whole."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen.noise import LAWS, Rows, draw

EULER = 0.5772156649
MOMENTS = {
    "normal": (0.0, 1.0),
    "uniform": (0.5, 1 / 12),
    "gumbel": (EULER, np.pi**2 / 6),
}


@pytest.mark.parametrize("law", LAWS)
def test_noise_has_the_mean_and_the_variance_of_its_law(law):
    x = draw(law, (200_000,), seed=4).numpy().astype("float64")
    mean, variance = MOMENTS[law]
    assert abs(x.mean() - mean) < 4 * (variance / len(x)) ** 0.5
    assert abs(x.var() - variance) < 0.02 * variance


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("shape", [(9, 3), (7, 2, 5), (300,)])
def test_any_slice_is_that_of_the_whole(law, shape):
    """Its first number need not be the first of Philox's four.

    Logarithms of few numbers are rounded otherwise than those of many.
    """
    exact = {"rtol": 1e-6 if law == "gumbel" else 0.0}
    seed = (7, 1 << 20)
    whole, rows = draw(law, shape, seed).numpy(), Rows(law, shape, seed)
    for part in (slice(None), slice(1, 3), slice(5, 7), slice(6, 100)):
        np.testing.assert_allclose(rows[part], whole[part], **exact)


def test_a_seed_of_64_bits_is_all_of_its_bits():
    draws = [draw("normal", (4,), seed).numpy() for seed in (3, 3 + (1 << 40))]
    assert (draws[0] != draws[1]).all()
    rows = Rows("normal", (4,), 3 + (1 << 40))[:]
    assert tf.reduce_all(rows == draws[1])
