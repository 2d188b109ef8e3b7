"""Levels that are names."""

import numpy as np

from keras_gen.layers.onehot import OneHot


def test_a_one_hot_code_is_of_the_right_level_in_every_precision():
    """As many as half precision could not tell apart."""
    k = np.arange(1000, dtype="float32")
    for policy in ("float32", "mixed_float16", "mixed_bfloat16"):
        layer = OneHot(1000, dtype=policy)
        code = layer((k / 999).reshape(1, 10, 100, 1))
        assert code.dtype == layer.compute_dtype
        np.testing.assert_array_equal(np.argmax(code, -1).reshape(-1), k)
        np.testing.assert_array_equal(np.sum(np.float32(code), -1), 1)
