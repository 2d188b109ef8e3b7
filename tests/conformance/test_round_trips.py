"""Config and weights come back bit for bit, with optimizers, in safe mode."""

import json

import keras
import numpy as np
import pytest

import keras_gen as kg
import zoo
from keras_gen.errors import BadInput
from keras_gen.parts.constraints import ClipWeights
from keras_gen.parts.penalties import R1
from keras_gen.parts.priors import MixtureOfGaussians
from tests.conftest import (
    GENERATORS,
    NAMES,
    SYSTEMS,
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


# Nobody's defaults. The other systems name which of their base's arguments they take.
OF_THE_BASE = {
    kg.GAN: {
        "loss": "least_squares",
        "critic_steps": 3,
        "penalty": R1(0.5),
        "constraint": ClipWeights(0.1),
        "average": 0.5,
    },
    kg.VAE: {
        "prior": MixtureOfGaussians(2),
        "beta": 0.5,
        "warm_up": 3,
        "free_bits": 0.25,
    },
}
NARROWER = {"BEGAN", "BiGAN", "CatGAN", "EBGAN", "IWAE", "LadderVAE", "PixelVAE"}
HANDED_ON = [
    (base, SYSTEMS[system])
    for base in OF_THE_BASE
    for system in sorted(SYSTEMS.keys() - NARROWER)
    if issubclass(getattr(kg, system), base)
]


@pytest.mark.parametrize(("base", "name"), HANDED_ON, ids=[n for _, n in HANDED_ON])
def test_what_a_system_hands_on_to_its_base_comes_back(base, name, tmp_path):
    def kept(model):
        serialize = keras.saving.serialize_keras_object
        return {n: json.dumps(serialize(getattr(model, n))) for n in OF_THE_BASE[base]}

    plain = zoo.entry(name).make(tiny=True).model
    given = map(keras.saving.serialize_keras_object, OF_THE_BASE[base].values())
    config = plain.get_config() | dict(zip(OF_THE_BASE[base], given, strict=True))
    model = type(plain).from_config(config)
    assert all(kept(model)[n] != value for n, value in kept(plain).items())
    assert kept(type(model).from_config(model.get_config())) == kept(model)
    model.save(tmp_path / "model.keras")
    back = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    assert kept(back) == kept(model)


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
