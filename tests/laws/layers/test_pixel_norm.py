"""One length at every place."""

import numpy as np

from keras_gen.layers.pixel_norm import PixelNorm


def test_pixel_norm_has_unit_mean_square_at_every_place():
    x = 50 * np.random.default_rng(0).normal(size=(3, 2, 2, 7)).astype("float32")
    y = PixelNorm()(x).numpy()
    np.testing.assert_allclose((y**2).mean(-1), 1, rtol=1e-5)
    np.testing.assert_allclose(y / y[..., :1], x / x[..., :1], rtol=1e-4)
    assert np.isfinite(PixelNorm()(0 * x)).all()
