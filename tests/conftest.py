"""What many tests share: logical devices, tiny models, little data."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
import pytest
import tensorflow as tf

import zoo

# Two logical processors, so that replicas can be tested anywhere; before any other use.
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0],
    [tf.config.LogicalDeviceConfiguration()] * 2,
)

NAMES = zoo.names()


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(0)


@pytest.fixture(scope="session")
def mirrored():
    """Two replicas on the two logical processors; collectives need one per process."""
    return tf.distribute.MirroredStrategy(
        ["CPU:0", "CPU:1"], tf.distribute.ReductionToOneDevice()
    )


def tiny_data(model, n: int, seed: int = 0) -> np.ndarray:
    """`n` examples that the model's likelihood accepts, whatever it is."""
    x = np.random.default_rng(seed).random((n, *model.data_shape)).astype("float32")
    levels = getattr(getattr(model, "likelihood", None), "levels", None) or 256
    return np.round(x * (levels - 1)).astype("float32") / np.float32(levels - 1)


def compiled(name: str, optimizer=None, **kwargs):
    """An entry's tiny model, compiled with its own optimizer or the given one."""
    recipe = zoo.entry(name).make(tiny=True)
    recipe.model.compile(optimizer or recipe.optimizer, **kwargs)
    return recipe.model


def difference(a, b) -> float:
    """Largest absolute difference between two lists of variables or arrays."""
    return max(
        float(np.abs(np.asarray(x) - np.asarray(y)).max())
        for x, y in zip(a, b, strict=True)
    )
