"""What many tests share: logical devices, the systems' small models, little data."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # as keras_gen has it
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gen as kg
from keras_gen.training.distribute import Distributed

# Logical processors, so that replicas can be tested anywhere; before any other use.
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0],
    [tf.config.LogicalDeviceConfiguration()] * 4,
)


def _walk():
    """The small models by name: "VAE" is the plain one, "VAE-points" a variant.

    A system that inherits its small models is walked by its plain one: what its base's
    variants show is shown on the base.
    """
    for family in kg.SYSTEMS.values():
        for name in family:
            system = getattr(kg, name)
            plain, *variants = system.small().items()
            yield name, plain[1]
            if "small" in vars(system):
                yield from ((f"{name}-{variant}", make) for variant, make in variants)


SMALL = dict(_walk())
PLAIN = [name for name in SMALL if "-" not in name]
# Their steps are others; what they make, and their files, are those of the plain ones.
TRAINED_OTHERWISE = {
    "VQVAE-gradient",
    "GAN-penalty",
    "GAN-clipped",
    "GAN-relativistic",
    "GAN-features",
    "GANCLS-interpolating",
    "ImprovedGAN-memory",
}
MAKING = [name for name in SMALL if name not in TRAINED_OTHERWISE]
# What only four replicas or two processes can show is in the plumbing, and these go
# through all of it: one player, two with batch normalisation, a codebook that counts
# the whole batch.
PLUMBING = ("VAE", "GAN-convolutional", "VQVAE")


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(0)


@pytest.fixture(autouse=True)
def one_by_one(monkeypatch):
    """A loop of several steps takes longer to trace than few steps are worth."""
    monkeypatch.setattr(Distributed, "together", 1)


def mirrored_over(n: int):
    """`n` replicas on logical processors; collectives need one process for each."""
    return tf.distribute.MirroredStrategy(
        [f"CPU:{i}" for i in range(n)], tf.distribute.ReductionToOneDevice()
    )


@pytest.fixture(scope="session")
def mirrored():
    return mirrored_over(2)


def tiny_data(model, n: int, seed: int = 0) -> np.ndarray:
    """`n` examples that the model's likelihood accepts, whatever it is."""
    x = np.random.default_rng(seed).random((n, *model.data_shape)).astype("float32")
    levels = getattr(getattr(model, "likelihood", None), "levels", None) or 256
    return np.round(x * (levels - 1)).astype("float32") / np.float32(levels - 1)


def tiny_examples(model, n: int, seed: int = 0):
    """`tiny_data`, with what is told of it, or its pairs, where a model takes them."""
    x, rng = tiny_data(model, n, seed), np.random.default_rng(seed + 1)
    if getattr(model, "other_shape", None):
        return x, rng.random((n, *model.other_shape)).astype("float32")
    if model.condition is None:
        return x
    if model.vocabulary is not None:
        words = model.vocabulary.words
        return x, np.array([" ".join(r) for r in rng.choice(words, (n, 3))])
    if model.flags is not None:
        return x, rng.integers(0, 2, (n, model.flags)).astype("float32")
    if model.classes is None:
        return x, rng.random((n, *model.embedding)).astype("float32")
    return x, rng.integers(0, model.classes, n).astype("int32")


def tiny_batches(model, n: int, batch: int) -> tf.data.Dataset:
    """`tiny_examples` in batches, always in the same order."""
    return tf.data.Dataset.from_tensor_slices(tiny_examples(model, n)).batch(batch)


def compiled(name: str, optimizer="adam", **kwargs):
    """A small model by its name in `SMALL`, compiled."""
    model = SMALL[name]()
    model.compile(optimizer, **kwargs)
    return model


def without_dropout(model):
    """In another precision its random numbers are others, and hide what is compared."""
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    return model


def difference(a, b) -> float:
    """Largest absolute difference between two lists of variables or arrays."""
    return max(
        float(np.abs(np.asarray(x) - np.asarray(y)).max())
        for x, y in zip(a, b, strict=True)
    )
