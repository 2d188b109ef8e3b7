"""Config and weights come back bit for bit, with optimizers, in safe mode."""

import json

import keras
import numpy as np
import pytest

from keras_gen.errors import BadInput
from tests.conftest import (
    GENERATORS,
    NAMES,
    compiled,
    difference,
    tiny_batches,
    tiny_data,
    without_dropout,
)


@pytest.mark.parametrize("name", NAMES)
def test_keras_file_brings_everything_back(name, tmp_path):
    # Keras does not save the seeds of dropout. Tracing takes longer than six steps.
    model = without_dropout(compiled(name, run_eagerly=True))
    data = tiny_batches(model, 16, 8)
    model.fit(data, verbose=0)
    model.save(tmp_path / "model.keras")
    back = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    assert json.dumps(back.get_config()) == json.dumps(model.get_config())
    assert difference(model.weights, back.weights) == 0
    for player, optimizer in model.optimizers.items():
        restored = back.optimizers[player]
        assert type(restored) is type(optimizer)
        assert difference(optimizer.variables, restored.variables) == 0
        assert int(restored.iterations) > 0
    # ... and they go on alike, noise included.
    for m in (model, back):
        m.fit(data, verbose=0)
    assert difference(model.weights, back.weights) == 0


@pytest.mark.parametrize("name", NAMES)
def test_weights_file_needs_no_call_before(name, tmp_path):
    fresh, other = compiled(name), compiled(name)
    assert difference(fresh.trainable_variables, other.trainable_variables) > 0
    fresh.save_weights(tmp_path / "w.weights.h5")
    other.load_weights(tmp_path / "w.weights.h5")
    assert difference(fresh.weights, other.weights) == 0


@pytest.mark.parametrize("name", GENERATORS)
def test_same_seed_same_sample(name):
    model = compiled(name)
    a, b, c = (model.sample(4, seed=s) for s in (1, 1, 2))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)
    assert a.shape == (4, *model.data_shape)
    # How many are computed at once does not change what they are.
    assert np.abs(model.sample(4, seed=1, batch=3) - a).max() < 1e-5


@pytest.mark.parametrize("name", GENERATORS)
def test_samples_of_images_lie_in_the_unit_interval(name):
    model = compiled(name)
    x = model.sample(8, seed=0)
    assert x.dtype == np.float32
    if len(model.data_shape) == 3:
        assert x.min() >= 0
        assert x.max() <= 1


@pytest.mark.parametrize("name", [n for n in NAMES if n not in GENERATORS])
def test_a_model_that_draws_nothing_does_its_trial_by_seed(name):
    model = compiled(name)
    x = tiny_data(model, 4)
    with pytest.raises(BadInput, match="no law to draw samples from"):
        model.sample(4)
    a, b = model.trial(x, seed=1), model.trial(x, seed=1)
    for one, other in zip(a[:3], b[:3], strict=True):
        assert np.array_equal(one, other)
        assert one.shape == x.shape
    assert a.made.dtype == np.float32
    if len(model.data_shape) == 3:
        assert a.made.min() >= 0
        assert a.made.max() <= 1
    if a.wanted is not a.given:
        assert not np.array_equal(model.trial(x, seed=2).given, a.given)
