"""Recipes of RealNVP."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import constant, decaying
from zoo.recipes.flows.common import digits
from zoo.registry import Recipe, entry

REAL_NVP = {"system": "RealNVP", "paper": "arXiv:1605.08803"}


@entry(
    "realnvp-mnist",
    title="RealNVP of MNIST, 256 grey levels",
    shown=False,  # strokes, and no digits yet: a number that others are compared with
    tasks=digits.TASKS,
    data=Spec("mnist"),
    licence="CC BY-SA 3.0, as the data",
    **REAL_NVP,
)
def realnvp_mnist() -> Recipe:
    return Recipe(
        model=kg.RealNVP((28, 28, 1), scales=2, width=24, depth=1, levels=256),
        optimizer=decaying(2e-3),
        batch=64,
        epochs=3,
    )


@entry(
    "realnvp-cifar-paper",
    title="RealNVP at its published size, CIFAR-10",
    tasks=digits.TASKS,
    data=Spec("cifar10"),
    licence="research use, as the data",
    weights=False,
    **REAL_NVP,
)
def realnvp_cifar_paper() -> Recipe:
    return Recipe(
        # 8 residual blocks of 64 channels, two scales.
        model=kg.RealNVP((32, 32, 3), scales=2, width=64, depth=8),
        optimizer=constant(1e-3),
        batch=64,
        epochs=1000,  # the paper gives none
    )
