"""Painting over an image: what is not covered is that image."""

import keras
import numpy as np
import pytest

from keras_gen.errors import BadInput
from keras_gen.networks import cover, labelled, pix2pix

SHAPE = (4, 6, 2)


def fixed(shape, values):
    """A network that makes these numbers at each pixel, whatever it is given."""
    inputs = keras.Input(shape)
    zero = keras.layers.Conv2D(len(values), 1, kernel_initializer="zeros")
    network = keras.Model(inputs, zero(inputs))
    zero.bias.assign(values)
    return network


def images(n, channels=2):
    rng = np.random.default_rng(n)
    return rng.random((n, *SHAPE[:2], channels), "float32")


@pytest.mark.parametrize("a", [0.0, 0.25, 1.0])
def test_paint_lies_over_the_image_as_thick_as_the_last_channel_says(a):
    x = images(3)
    made = cover.painter(fixed(SHAPE, [0.5, 1.0, a]))(x)
    wanted = a * np.float32([0.5, 1.0]) + (1 - a) * x
    np.testing.assert_allclose(made, wanted, atol=1e-7)
    assert (a == 0) == np.array_equal(made, x), "bit by bit"


def test_whatever_else_a_network_is_told_it_is_told():
    """A label in the channels behind the image's: the first input is painted over."""
    network = labelled.told(pix2pix.generator((4, 4, 2 + 3), 3, 2, 2), 3)
    painter = cover.painter(network)
    x = images(2)[:, :, :4]
    made = [painter([x, np.full(2, label)]).numpy() for label in (0, 2)]
    assert made[0].shape == x.shape and (made[0] != made[1]).any()
    told = network([x, np.zeros(2)]).numpy()
    wanted = told[..., 2:] * told[..., :2] + (1 - told[..., 2:]) * x
    np.testing.assert_allclose(made[0], wanted, atol=1e-6)
    assert [i.name for i in painter.inputs] == [i.name for i in network.inputs]


def test_a_network_without_a_channel_for_the_cover_is_refused():
    with pytest.raises(BadInput, match="a channel more"):
        cover.painter(fixed(SHAPE, [0.5, 1.0]))
