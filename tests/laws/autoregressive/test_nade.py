"""The running sum and the equations."""

import math

import numpy as np
import pytest

from keras_gen import NADE
from keras_gen.errors import BadInput
from keras_gen.likelihoods import (
    DiscretizedLogisticMixture,
)
from tests.laws.autoregressive.shared import wild


@pytest.mark.parametrize("shape", [(2, 3, 1), (8, 5, 1), (7, 1, 1)])
def test_nade_s_recurrence_is_its_definition(shape):
    """O(D H) by running sums in two blocks and in seven; O(D^2 H) by the equations."""
    model, size = wild(NADE(shape, 5)), math.prod(shape)
    x = np.float32(np.random.default_rng(0).random((4, size)) < 0.5)
    w, c, v, b = (np.float64(t) for t in (model.w, model.c, model.v, model.b))
    want = np.empty((4, size))
    for i in range(size):
        h = 1 / (1 + np.exp(-(c + x[:, :i] @ w[:i])))
        want[:, i] = (h @ v[i] + b[i])[:, 0]
    got = np.reshape(model.parameters(x.reshape(4, *shape)), (4, size))
    np.testing.assert_allclose(got, want, atol=1e-5)


def test_the_paper_s_network_has_the_paper_s_size():
    assert NADE((28, 28, 1), 500).count_params() - 3 == 785_284  # 3 of the noise


def test_what_cannot_be_is_refused():
    with pytest.raises(BadInput, match="ties the channels"):
        NADE((2, 2, 3), 4, DiscretizedLogisticMixture(1, 3))
