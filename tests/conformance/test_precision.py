"""Half precision trains, scales its loss, and keeps what must stay float32."""

import functools

import keras
import numpy as np
import pytest

from keras_gen.training import optimizers
from keras_gen.training.precision import first_scale
from tests.conftest import (
    PLUMBING,
    SMALL,
    compiled,
    tiny_batches,
    tiny_data,
    without_dropout,
)


@pytest.fixture
def policy(request):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(request.param)
    yield request.param
    keras.config.set_dtype_policy(before)


# float16 is the half precision that can go wrong: every variant is trained in it.
HALVES = [(name, "mixed_float16") for name in SMALL]
HALVES += [(name, "mixed_bfloat16") for name in PLUMBING]  # has the range of float32


def fresh(name):
    """Eager: tracing takes longer than four steps."""
    return compiled(name, keras.optimizers.SGD(1e-3), run_eagerly=True)


def first_losses(model):
    data = tiny_batches(without_dropout(model), 16, 8)
    return model.fit(data, epochs=2, verbose=0).history


@functools.cache
def in_single_precision(name):
    keras.config.set_dtype_policy("float32")
    keras.utils.set_random_seed(5)
    return first_losses(fresh(name))


@pytest.fixture
def settled_scale(monkeypatch):
    """The scale where the first steps of a training leave it.

    It begins so large that some of them overflow, and are skipped; here are few steps.
    """
    monkeypatch.setattr(optimizers, "first_scale", lambda n: first_scale(n) / 64)


@pytest.mark.parametrize(("name", "policy"), HALVES, indirect=["policy"])
@pytest.mark.usefixtures("settled_scale")
def test_mixed_precision_follows_single_precision(name, policy):
    keras.utils.set_random_seed(5)
    mixed = fresh(name)
    before = [v.numpy() for v in mixed.trainable_variables]
    half = first_losses(mixed)
    moves = [
        v.numpy() - b for v, b in zip(mixed.trainable_variables, before, strict=True)
    ]
    assert all(np.abs(move).max() > 0 for move in moves), "steps were skipped"
    for optimizer in mixed.optimizers.values():
        scaled = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
        assert scaled == (policy == "mixed_float16")
    assert all(v.dtype == "float32" for v in mixed.trainable_variables)
    if mixed.sampler is None:
        made = mixed.trial(tiny_data(mixed, 2), seed=0).made
    else:
        made = mixed.sample(2, seed=0)
    assert made.dtype == np.float32
    for key, values in in_single_precision(name).items():
        counted = (
            0.15 if key == "accuracy" else 0.0
        )  # of few, and near ties fall anyhow
        np.testing.assert_allclose(half[key], values, rtol=0.05, atol=0.02 + counted)
