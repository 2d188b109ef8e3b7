"""What an entry declares is what its model is, at full size."""

import pytest

import zoo
from keras_gen.specs import KINDS

# The signature that a task promises, and those of which no entry is silent.
PROMISES = {
    "generate": None,
    "encode": "encode",
    "density": "log_prob",
    "reconstruct": "reconstruct",
    "denoise": "denoise",
    "inpaint": "reconstruct",
    "segment": "translate",
    "translate": "translate",
    "classify": "discriminate",
}
SAID = ("generate", "encode", "density")


@pytest.mark.parametrize("name", zoo.names())
def test_the_entry_tells_the_truth(name):
    entry = zoo.entry(name)
    recipe = entry.make()
    model, optimizer = recipe.model, recipe.optimizer
    assert entry.system == type(model).__name__
    model.compile(optimizer(100) if callable(optimizer) else optimizer)
    signatures = model.signatures()
    for task in entry.tasks:
        assert (PROMISES[task] or model.sampler) in signatures, task
    for task in SAID:
        promised = PROMISES[task] or model.sampler
        assert promised not in signatures or task in entry.tasks, f"{task} is not said"
    assert model.data_shape == entry.data.info.shape
    told = {"label": model.flags is None, "caption": entry.data.labels == "caption"}
    wanted = "segment" in entry.tasks and entry.data.labels == "mask"  # made, not told
    assert told.get(model.condition, wanted) == (entry.data.labels is not None)
    factors = model.embedding or (model.flags and (model.flags,))
    assert (factors is None) == (entry.data.embedding is None)
    if factors:
        info = entry.data.info
        counts = {n: len(info.factors[n] or ()) for n in entry.data.embedding}
        columns = [k if k > 2 else 1 for k in counts.values()]
        assert factors == (sum(columns),)
    if model.classes:
        assert model.classes == len(entry.data.info.factors[entry.data.labels])
    for signature in signatures.values():
        for spec in (*signature.inputs.values(), *signature.outputs.values()):
            assert spec.kind in KINDS
            assert spec.meaning
            assert spec.kind != "image" or spec.range == (0.0, 1.0)
            assert spec.kind != "label" or spec.range
