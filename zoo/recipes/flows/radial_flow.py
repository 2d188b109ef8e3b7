"""Recipes of radial flows."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.recipes.flows.common import digits
from zoo.registry import Recipe, entry


@entry(
    "radial-ring",
    system="RadialFlow",
    paper="arXiv:1505.05770",
    title="Radial flow of eight Gaussians in a ring",
    tasks=digits.TASKS,
    data=Spec("points/ring"),
)
def radial_ring() -> Recipe:
    # As the planar one beside it, which is trained.
    return Recipe(
        model=kg.RadialFlow((2,), depth=64),
        optimizer=decaying(5e-3),
        batch=256,
        epochs=150,
    )
