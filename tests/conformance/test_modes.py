"""Networks train in training, and infer everywhere else.

A network that a step calls in inference mode is trained without its dropout and on the
moving statistics of its normalisation; one that is used in training mode answers each
example with an eye on the others. Few of the small networks would show it by their
outputs, so each layer has a probe here, which sees the mode that it is called in.
"""

import keras
import pytest
import tensorflow as tf

from export.verify import example
from tests.conftest import SMALL, compiled, tiny_batches, tiny_data


class Probe(keras.layers.Layer):
    """The identity; it notes the mode, as any layer in its place would see it."""

    def __init__(self):
        super().__init__(autocast=False)
        self.modes = set()

    def call(self, inputs, training=None):
        self.modes.add(bool(training))
        return inputs


def layers_of(part) -> list:
    kinds = keras.Model, keras.layers.InputLayer
    return [la for la in part._flatten_layers() if not isinstance(la, kinds)]


def probed(model) -> dict:
    """A probe in each of the model's layers; returns them by the layer."""

    def inside(layer):
        call, probe = layer.call, Probe()

        def probing(*args, **kwargs):
            probe(tf.zeros(()))
            return call(*args, **kwargs)

        object.__setattr__(layer, "call", probing)
        return probe

    return {layer: inside(layer) for layer in dict.fromkeys(layers_of(model))}


def heard(probes, layers) -> dict:
    """The modes of each of the layers that was called, by its path; and forget them."""
    found = {}
    for layer in layers:
        if layer in probes and probes[layer].modes:
            found[layer.path] = probes[layer].modes
            probes[layer].modes = set()
    return found


@pytest.mark.parametrize("name", SMALL)
def test_networks_train_in_training_and_infer_elsewhere(name):
    model = compiled(name, run_eagerly=True)
    probes = probed(model)
    data = next(iter(tiny_batches(model, 8, 8)))

    def inferring():
        return {mode for modes in heard(probes, probes).values() for mode in modes}

    model.train_step(data)
    for player, network in model.players().items():
        layers = [layer for layer in layers_of(network) if layer.weights]
        assert not layers or any(probes[la].modes for la in layers), player
    for part in model.still:
        modes = heard(probes, layers_of(getattr(model, part)))
        assert not modes or any(False in seen for seen in modes.values()), part
    wrong = [path for path, seen in heard(probes, probes).items() if False in seen]
    assert not wrong, "a step of training calls these in inference mode"

    model.test_step(data)
    assert inferring() <= {False}, "a step of testing calls some in training mode"
    x = tiny_data(model, 2)
    for task, signature in model.signatures().items():
        inputs = {
            key: tf.constant(example(spec, 2, (name, task, key), x))
            for key, spec in signature.inputs.items()
        }
        signature.function(**inputs)
        assert inferring() <= {False}, f"{task} calls some in training mode"
    if model.sampler is None:
        model.trial(x)
    else:
        model.sample(2, seed=0)
    assert inferring() <= {False}, "drawing calls some in training mode"
