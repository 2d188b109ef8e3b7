"""Two replicas give the weights of one, batch normalisation and noise included.

With SGD: Adam hides a wrong scale of the gradient.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf

import zoo
from tests.conftest import NAMES, compiled, difference, tiny_data


def trained(name, strategy, x, k=None):
    keras.utils.set_random_seed(3)
    with strategy.scope():
        model = zoo.entry(name).make(tiny=True).model
        if k:
            model.critic_steps = k
        model.compile(keras.optimizers.SGD(1e-3))
    data = tf.data.Dataset.from_tensor_slices(x).batch(8, drop_remainder=True)
    history = model.fit(data, epochs=2, verbose=0).history
    tested = model.evaluate(data, verbose=0, return_dict=True)
    return [w.numpy() for w in model.weights], history, tested


@pytest.mark.parametrize("name", NAMES)
def test_two_replicas_equal_one(name, mirrored):
    x = tiny_data(compiled(name), 40)
    k = 2 if "discriminator" in compiled(name).players() else None
    one = trained(name, tf.distribute.get_strategy(), x, k)
    two = trained(name, mirrored, x, k)
    assert difference(one[0], two[0]) < 1e-6
    for key, values in one[1].items():  # what is logged is the unscaled loss
        np.testing.assert_allclose(two[1][key], values, rtol=1e-4)
    for key, value in one[2].items():
        np.testing.assert_allclose(two[2][key], value, rtol=1e-4)
