"""What one layer of diagonal LSTMs sees."""

import numpy as np

from keras_gen.networks.pixelrnn import diagonal_bilstm
from tests.laws.autoregressive.shared import seen_from


def test_diagonal_bilstm_sees_everything_before_the_pixel():
    """One layer is enough, and the last pixel of the row above is seen, too."""
    shape = (6, 9, 1)
    network = diagonal_bilstm(shape, 1, width=8, depth=1, first=3, head=(16,))
    place = np.arange(54).reshape(6, 9)
    for pixel in ((1, 0), (3, 0), (5, 2), (5, 8), (0, 3)):
        want = place < place[pixel]
        np.testing.assert_array_equal(seen_from(network, shape, pixel), want)
