"""Factors of the data as numbers that a model is told."""

import numpy as np
import pytest

from keras_gen import data
from keras_gen.errors import BadInput, UnknownName


def test_an_embedding_is_made_of_factors_in_their_order_from_0_to_1():
    names = ("rotation", "size")
    x, h = data.arrays("glyphs", "validation", embedding=names)
    same, factors = data.arrays("glyphs", "validation", labels=names)
    np.testing.assert_array_equal(x, same)
    assert h.dtype == np.float32
    for column, name in zip(h.T, names, strict=True):
        low, high = {"rotation": (-12, 12), "size": (14, 19.5)}[name]
        want = (factors[name] - low) / (high - low)
        np.testing.assert_allclose(column, want, atol=1e-6)
        assert column.min() == pytest.approx(0, abs=0.01)
        assert column.max() == pytest.approx(1, abs=0.01)
    batch = next(iter(data.Spec("glyphs", "static", embedding=names).load(batch=8)))
    assert [t.shape for t in batch] == [(8, 28, 28, 1), (8, 2)]
    pair = data.Spec((x, factors), embedding=names)
    with pytest.raises(BadInput, match=r'"rotation" of the array has neither .it has'):
        pair.load()
    with pytest.raises(BadInput, match="labels or an embedding"):
        data.load("glyphs", embedding=names, labels="class")
    with pytest.raises(UnknownName, match='Did you mean "size"'):
        data.load("glyphs", embedding=("sice",))
