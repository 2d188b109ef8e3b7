"""What a stack of masked convolutions sees, and what is refused."""

import keras
import numpy as np
import pytest

from keras_gen import PixelCNN
from keras_gen.errors import BadInput
from keras_gen.layers.causal import LeftOf, Pointwise, RowsAbove
from keras_gen.likelihoods import (
    DiscretizedLogisticMixture,
)
from keras_gen.networks.pixelcnn import pixelcnn
from tests.laws.autoregressive.shared import seen_from


def test_pixelcnn_has_its_blind_spot():
    """It sees one column further right for each row up, and nothing beyond."""
    keras.utils.set_random_seed(1)
    depth, shape = 3, (9, 9, 1)
    network = pixelcnn(shape, 1, width=16, depth=depth, first=3, head=(16,))
    up, right = np.mgrid[4:-5:-1, -4:5]
    steps = np.maximum(up, -right)  # how many layers it takes to get there
    want = (right <= up) & (steps > 0) & (steps <= depth + 1) & (up >= 0)
    want &= ~((up == 0) & (right >= 0))
    np.testing.assert_array_equal(seen_from(network, shape, (4, 4)), want)


def test_the_paper_s_network_has_the_paper_s_size():
    network = pixelcnn(
        (32, 32, 3), 768, width=128, depth=15, head=(1024, 1024), groups=3
    )
    masked_away = 24 * 3 * 256 + 15 * 4 * 128 * 128
    assert network.count_params() == 5_340_416 - masked_away


def test_networks_that_could_look_ahead_are_refused():
    x = keras.Input((4, 4, 1), name="x")

    def network(y):
        return PixelCNN(keras.Model(x, y))

    above, left = RowsAbove(2, (1, 3), strict=True)(x), LeftOf(2, 1, "A")(x)
    both = keras.layers.Add()([above, left])
    network(Pointwise(1)(both))
    with pytest.raises(BadInput, match=r"Conv2D.* may look at any pixel"):
        network(keras.layers.Conv2D(1, 3, padding="same")(both))
    with pytest.raises(BadInput, match=r"BatchNorm.* may look at any pixel"):
        network(Pointwise(1)(keras.layers.BatchNormalization()(both)))
    with pytest.raises(BadInput, match="shows the output the pixel"):
        network(keras.layers.Add()([Pointwise(1)(both), x]))
    with pytest.raises(BadInput, match="shows the output the pixel"):
        network(LeftOf(1, 1, "B")(x))
    with pytest.raises(BadInput, match="strict=True"):
        network(Pointwise(1)(RowsAbove(2, (2, 3))(both)))
    with pytest.raises(BadInput, match="different groups"):
        network(Pointwise(1)(Pointwise(2, groups=2)(both)))
    with pytest.raises(BadInput, match="needs a layer LeftOf"):
        network(Pointwise(1)(above))


def test_what_cannot_be_is_refused():
    with pytest.raises(BadInput, match="groups=1"):
        size = DiscretizedLogisticMixture(1, 3).parameters((2, 2, 3))[-1]
        PixelCNN(
            pixelcnn((2, 2, 3), size, 6, 1, groups=3), DiscretizedLogisticMixture(1, 3)
        )
    with pytest.raises(BadInput, match="number of channels, 3; received 2"):
        pixelcnn((2, 2, 3), 3, groups=2)
