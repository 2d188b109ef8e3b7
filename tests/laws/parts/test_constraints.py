"""What holds of a critic's weights after every update."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen import data
from keras_gen.errors import BadInput
from keras_gen.networks import mlp
from keras_gen.parts import constraints
from tests.conftest import difference, mirrored_over
from tests.laws.parts.shared import toy


def test_weight_clipping_holds_after_every_update():
    limit = 0.05
    model = toy(loss="wasserstein", constraint=constraints.ClipWeights(limit),
                critic_steps=3)  # fmt: skip
    model.compile(keras.optimizers.SGD(10.0))
    generator = model.generator.get_weights()
    largest = []
    descend = model.descend

    def watched(player, loss):
        largest.append(max(abs(w.numpy()).max() for w in model.discriminator.weights))
        return descend(player, loss)

    model.descend = watched
    for _ in range(3):
        model.train_step(tf.random.stateless_normal((8, 1), (0, 0)))
    assert len(largest) == 12
    assert max(largest[1:]) == pytest.approx(limit)  # all but before the first update
    assert max(abs(w).max() for w in model.generator.get_weights()) > limit
    assert difference(generator, model.generator.get_weights()) > 0


def test_clipping_a_part_leaves_the_rest():
    network = mlp.encoder((1,), 1, 8)
    first, *rest = [layer for layer in network.layers if layer.weights]
    before = [w.numpy() for layer in rest for w in layer.weights]
    constraints.ClipWeights(0.01, layers=first.name)(network)
    assert max(abs(w.numpy()).max() for w in first.weights) <= 0.01 + 1e-9
    assert difference(before, [w for layer in rest for w in layer.weights]) == 0
    with pytest.raises(BadInput, match="no layer with weights"):
        constraints.ClipWeights(0.01, layers="conv.*")(network)


def test_clipping_holds_on_every_replica():
    with mirrored_over(2).scope():
        model = toy(loss="wasserstein", constraint=constraints.ClipWeights(0.02))
        model.compile(keras.optimizers.SGD(1.0))
    model.fit(data.load(np.ones((16, 1), "float32"), batch=8), verbose=0)
    assert max(abs(w.numpy()).max() for w in model.discriminator.weights) <= 0.02 + 1e-9
