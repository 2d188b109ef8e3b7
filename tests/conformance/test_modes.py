"""Networks train in training, and infer everywhere else.

A network that a step calls in inference mode is trained without its dropout and on the
moving statistics of its normalisation; one that is used in training mode answers each
example with an eye on the others. Few of the small networks would show it by their
outputs, so each layer has a probe here, which sees the mode that it is called in.
"""

import keras
import pytest

from export.verify import example
from tests.conftest import SMALL, compiled, tiny_batches, tiny_data


class Probe(keras.layers.Layer):
    """The identity; it notes the mode, as a layer in its place would see it."""

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
    """A probe behind each of the model's layers; returns them by the layer."""

    def behind(layer):
        call, probe = layer.call, Probe()
        object.__setattr__(layer, "call", lambda *args, **kw: probe(call(*args, **kw)))
        return probe

    return {layer: behind(layer) for layer in dict.fromkeys(layers_of(model))}


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
    for part in model.still:
        modes = heard(probes, layers_of(getattr(model, part)))
        assert not modes or any(False in seen for seen in modes.values()), part
    for player, network in model.players().items():
        layers = [la for la in layers_of(network) if probes[la].modes]
        assert layers or not any(la.weights for la in layers_of(network)), player
    wrong = {
        path: seen for path, seen in heard(probes, probes).items() if False in seen
    }
    assert not wrong, "a step of training calls these in inference mode"

    model.test_step(data)
    assert inferring() <= {False}, "a step of testing calls some in training mode"
    x = tiny_data(model, 2)
    for task, signature in model.signatures().items():
        inputs = {
            key: example(spec, 2, (name, task, key), x)
            for key, spec in signature.inputs.items()
        }
        signature.function(**inputs)
        assert inferring() <= {False}, f"{task} calls some in training mode"
    if model.sampler is None:
        model.trial(x)
    else:
        model.sample(2, seed=0)
    assert inferring() <= {False}, "drawing calls some in training mode"
