"""What a layer says of its mask is what its mask does."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen.layers.causal import Enlarge, LeftOf, Pointwise
from keras_gen.layers.masked import MaskedDense
from keras_gen.noise import draw

IMAGE = (2, 3, 4, 6)
LAYERS = {
    "dense": (MaskedDense([1, 2, 3, 3], [2, 1, 3]), (5, 4)),
    "strict dense": (MaskedDense([1, 2, 3], [1, 2, 3], strict=True), (5, 3)),
    "dense of two orders": (MaskedDense([[1, 2, 3], [1, 3, 2]], [2, 1]), (5, 3)),
    "the pixel's own": (LeftOf(9, 2, "A", groups=3), IMAGE),
    "the pixel itself": (LeftOf(9, 2, "B", groups=3), IMAGE),
    "without groups": (LeftOf(9, 2, "A"), IMAGE),
    "pointwise": (Pointwise(9, groups=3), IMAGE),
    "parameters": (Pointwise(12, last=True, groups=3), IMAGE),
    "enlarged": (Enlarge(9, groups=3), IMAGE),
    "enlarged beside": (Enlarge(9, beside=True, groups=3), IMAGE),
}


@pytest.mark.parametrize("kind", LAYERS)
def test_a_weight_moves_the_output_where_it_is_seen_and_nowhere_else(kind):
    layer, shape = LAYERS[kind]
    x = 0.1 + draw("uniform", shape, 1)
    orders = range(len(getattr(layer, "in_degrees", [0]))) if "orders" in kind else [0]
    layer(x)
    with tf.GradientTape() as tape:
        made = [layer(x, order=o) if "orders" in kind else layer(x) for o in orders]
        loss = sum(tf.reduce_sum(y * (1 + draw("uniform", y.shape, 2))) for y in made)
    moved = tape.gradient(loss, layer.kernel.value).numpy() != 0
    seen = np.asarray(layer.seen())
    assert seen.shape == layer.kernel.shape
    assert np.array_equal(moved, seen == 1)
    assert np.array_equal(seen == 0, seen != 1)
    assert (kind == "without groups") == seen.all()
