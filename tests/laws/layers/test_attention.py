"""Attention of an image to itself."""

import numpy as np

from keras_gen.layers.attention import SelfAttention


def test_attention_is_the_formula_and_begins_as_the_identity():
    x = np.random.default_rng(0).normal(size=(2, 4, 6, 8)).astype("float32")
    layer = SelfAttention()
    assert np.array_equal(layer(x), x)
    layer.gamma.assign(0.7)

    def through(part, a):
        return a @ (part.divided.numpy()[0, 0] / float(part.norm()))

    def halved(a):
        return a.reshape(2, 2, 2, 3, 2, -1).max((2, 4)).reshape(2, 6, -1)

    query = through(layer.query, x).reshape(2, 24, 1)
    key, value = (halved(through(part, x)) for part in (layer.key, layer.value))
    weights = np.exp(query @ key.transpose(0, 2, 1))
    weights /= weights.sum(-1, keepdims=True)
    heard = through(layer.output_, weights @ value).reshape(x.shape)
    np.testing.assert_allclose(layer(x), x + 0.7 * heard, atol=1e-5)
