"""Dense networks: what an activation of two halves is."""

import numpy as np

from keras_gen.networks import mlp


def test_a_gated_layer_is_one_linear_map_opened_by_another():
    network = mlp.decoder(3, (5,), width=4, depth=1, activation="glu")
    z = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
    weights = {layer.name: layer.get_weights() for layer in network.layers}
    dense = [w for w in weights.values() if w]
    (first, b), (second, c) = (w for w in dense if w[0].shape == (3, 4))
    ((out, d),) = (w for w in dense if w[0].shape == (4, 5))

    def made(gate, h, bias_g, bias_h):
        return (z @ h + bias_h) / (1 + np.exp(-(z @ gate + bias_g))) @ out + d

    both = [made(first, second, b, c), made(second, first, c, b)]
    found = network(z).numpy()
    assert min(np.abs(found - way).max() for way in both) < 1e-5
    assert np.abs(both[0] - both[1]).max() > 1e-2
