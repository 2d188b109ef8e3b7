"""Config and weights come back bit for bit, with optimizers, in safe mode."""

import collections
import inspect
import json
import pathlib
import re

import keras
import numpy as np
import pytest

import keras_gen as kg
from export.formats.base import LOOPS
from keras_gen import arguments
from keras_gen.errors import BadInput
from keras_gen.parts.constraints import ClipWeights
from keras_gen.parts.paths import Cosine
from keras_gen.parts.penalties import R1
from keras_gen.parts.priors import MixtureOfGaussians
from keras_gen.parts.solvers import DDIM, EvenRatio
from keras_gen.parts.targets import Clean
from keras_gen.parts.weightings import MinSNR
from tests.conftest import (
    MAKING,
    PLAIN,
    SMALL,
    compiled,
    difference,
    tiny_batches,
    tiny_data,
    without_dropout,
)
from zoo.packing import settle

DRAWING = [name for name in MAKING if getattr(kg, name.split("-")[0]).sampler]


def several_kinds(model):
    """Optimizers of which each player's has other variables, and one a schedule."""
    decay = keras.optimizers.schedules.CosineDecay(1e-3, 100)
    kinds = (
        keras.optimizers.Adam(decay),
        keras.optimizers.RMSprop(1e-3),
        keras.optimizers.SGD(1e-3, momentum=0.9),
    )
    return dict(zip(model.players(), kinds, strict=False))


@pytest.mark.parametrize("name", SMALL)
def test_keras_file_brings_everything_back(name, tmp_path):
    # Keras does not save the seeds of dropout. Tracing takes longer than three steps.
    model = without_dropout(SMALL[name]())
    model.compile(several_kinds(model), run_eagerly=True)
    data = tiny_batches(model, 8, 8)
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


# Nobody's defaults.
OTHERS = {
    "loss": "least_squares",
    "critic_steps": 3,
    "penalty": R1(0.5),
    "constraint": ClipWeights(0.1),
    "average": 0.5,
    "prior": MixtureOfGaussians(2),
    "beta": 0.5,
    "warm_up": 3,
    "free_bits": 0.25,
    "noising": Cosine(),
    "target": Clean(),
    "weighting": MinSNR(),
    "solver": DDIM(0.5),
    "grid": EvenRatio(),
    "steps": 7,
    "drop": 0.3,
    "spread": 0.7,
    "clip": False,
}


FIXED = {
    "likelihood",
    "posterior",
    "classes",
    "vocabulary",
    "embedding",
    "guidance",
}  # by the networks


def others(system) -> dict:
    """Another value for each option that it hands on, or that is one of its family's.

    What a constructor takes and does not name it gives to its base.
    """
    taken = inspect.signature(system).parameters
    handed_on = taken.keys() - {*arguments.own(system), *arguments.KERAS, *FIXED}
    shared = OTHERS.keys() if issubclass(system, (kg.GAN, kg.VAE)) else ()
    optional = [n for n, a in taken.items() if a.default is not a.empty]
    return {n: OTHERS[n] for n in optional if n in handed_on or n in shared}


HANDED_ON = [name for name in PLAIN if others(getattr(kg, name))]


@pytest.mark.parametrize("name", HANDED_ON)
def test_what_a_system_hands_on_to_its_base_comes_back(name, tmp_path):
    given = others(getattr(kg, name))

    def kept(model):
        serialize = keras.saving.serialize_keras_object
        return {n: json.dumps(serialize(getattr(model, n))) for n in given}

    plain = SMALL[name]()
    values = {n: keras.saving.serialize_keras_object(v) for n, v in given.items()}
    model = type(plain).from_config(plain.get_config() | values)
    assert all(kept(model)[n] != value for n, value in kept(plain).items())
    assert kept(type(model).from_config(model.get_config())) == kept(model)
    model.save(tmp_path / "model.keras")
    back = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    assert kept(back) == kept(model)


@pytest.mark.parametrize("name", SMALL)
def test_weights_file_needs_no_call_before(name, tmp_path):
    fresh, other = compiled(name), compiled(name)
    assert difference(fresh.trainable_variables, other.trainable_variables) > 0
    settle(fresh)  # as the zoo does at the end of a training
    fresh.save_weights(tmp_path / "w.weights.h5")
    other.load_weights(tmp_path / "w.weights.h5")
    assert difference(fresh.weights, other.weights) == 0


@pytest.mark.parametrize("name", DRAWING)
def test_same_seed_same_sample(name):
    model = compiled(name)
    a, b, c = (model.sample(4, seed=s) for s in (1, 1, 2))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)
    assert a.shape == (4, *model.data_shape)
    assert a.dtype == np.float32
    if len(model.data_shape) == 3:  # images lie in the unit interval
        assert min(a.min(), c.min()) >= 0
        assert max(a.max(), c.max()) <= 1
    # How many are computed at once does not change what they are; in a loop of passes
    # the roundings of the first grow.
    drawn = model.signatures()[model.sampler].outputs
    looped = any(spec.passes > 1 for spec in drawn.values())
    near = LOOPS[0] if looped else 1e-5
    assert np.abs(model.sample(4, seed=1, batch=3) - a).max() < near


@pytest.mark.parametrize("name", [n for n in MAKING if n not in DRAWING])
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
    luck = getattr(model, "view", None) is None  # a view of an image is always the same
    if luck and a.wanted is not a.given:
        assert not np.array_equal(model.trial(x, seed=2).given, a.given)


def test_no_two_classes_are_saved_under_one_name():
    """The later one would be loaded in the place of the other."""
    declared = re.compile(
        r'^@(?:keras\.saving\.register_keras_serializable\("keras_gen"\)|part)\n'
        r"class (\w+)",
        re.MULTILINE,
    )
    sources = pathlib.Path(kg.__file__).parent.rglob("*.py")
    names = [name for path in sources for name in declared.findall(path.read_text())]
    assert len(names) > 90
    twice = {name for name, count in collections.Counter(names).items() if count > 1}
    assert not twice
