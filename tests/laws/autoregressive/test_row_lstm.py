"""What a stack of row LSTMs sees."""

import numpy as np

from keras_gen.networks.pixelrnn import row_lstm
from tests.laws.autoregressive.shared import seen_from


def test_row_lstm_sees_a_triangle():
    """For each row up one column more to the right, and to the left; any height."""
    depth, shape = 2, (9, 9, 1)
    network = row_lstm(shape, 1, width=8, depth=depth, first=3, head=(16,))
    rows, columns = np.mgrid[:9, :9]
    up, right = 6 - rows, columns - 4
    want = (up >= 0) & (right <= up) & (-right <= up + depth + 1)
    want &= ~((up == 0) & (right >= 0))
    np.testing.assert_array_equal(seen_from(network, shape, (6, 4)), want)
