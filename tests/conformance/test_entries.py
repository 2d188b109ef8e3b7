"""What an entry declares is what its model is."""

import functools

import pytest

import zoo
from keras_gen.signatures import KINDS
from tests.conftest import NAMES

# The signature that a task promises, and those of which no entry is silent.
PROMISES = {
    "generate": None,
    "encode": "encode",
    "density": "log_prob",
    "reconstruct": "reconstruct",
    "denoise": "denoise",
    "inpaint": "reconstruct",
    "segment": "translate",
    "classify": "discriminate",
}
SAID = ("generate", "encode", "density")


@functools.cache
def built(name):
    return zoo.build(name, tiny=True)


@pytest.mark.parametrize("name", NAMES)
def test_the_entry_tells_the_truth(name):
    entry, model = zoo.entry(name), built(name)
    assert entry.system == type(model).__name__
    signatures = model.signatures()
    for task in entry.tasks:
        assert (PROMISES[task] or model.sampler) in signatures, task
    for task in SAID:
        promised = PROMISES[task] or model.sampler
        assert promised not in signatures or task in entry.tasks, f"{task} is not said"
    assert model.data_shape == entry.data.info.shape
    assert (model.classes is None) == (entry.data.labels is None)
    assert (model.embedding is None) == (entry.data.embedding is None)
    if model.embedding:
        assert model.embedding == (len(entry.data.embedding),)
    if model.classes:
        assert model.classes == len(entry.data.info.factors[entry.data.labels])


@pytest.mark.parametrize("name", NAMES)
def test_every_tensor_of_a_signature_is_described(name):
    for signature in built(name).signatures().values():
        for spec in (*signature.inputs.values(), *signature.outputs.values()):
            assert spec.kind in KINDS
            assert spec.meaning
            assert spec.kind != "image" or spec.range == (0.0, 1.0)
            assert spec.kind != "label" or spec.range
