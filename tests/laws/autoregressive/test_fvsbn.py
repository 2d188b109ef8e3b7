"""A regression on all that comes before."""

import numpy as np
import pytest

from keras_gen import FVSBN
from keras_gen.errors import BadInput
from keras_gen.likelihoods import (
    Gaussian,
)
from keras_gen.noise import draw
from tests.laws.autoregressive.shared import wild


def test_fvsbn_is_a_regression_on_what_comes_before():
    model = wild(FVSBN((2, 2, 1)))
    w, c = (np.float64(t) for t in model.regression.weights)
    x = np.float64([[1, 0, 1, 1]])
    p = [1 / (1 + np.exp(-(c[i] + x[0, :i] @ w[:i, i]))) for i in range(4)]
    want = np.log([p[0], 1 - p[1], p[2], p[3]]).sum()
    got = model.log_prob(x.reshape(1, 2, 2, 1))
    assert float(got[0]) == pytest.approx(want, abs=1e-5)


def test_what_cannot_be_is_refused():
    with pytest.raises(BadInput, match="above 0; received -1"):
        model = FVSBN((2, 2, 1))
        model.generate(draw("uniform", (1, 2, 2, 1), seed=0), temperature=-1.0)
    with pytest.raises(BadInput, match="knows no temperature"):
        model = FVSBN((3,), Gaussian(0.1))
        model.generate(draw("normal", (1, 3), seed=0), temperature=2.0)
