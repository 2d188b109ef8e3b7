"""Recipes of planar and radial flows."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.recipes.flows.common import digits
from zoo.registry import Recipe, entry


@entry(
    "planar-ring",
    system="PlanarFlow",
    paper="arXiv:1505.05770",
    title="Planar flow of eight Gaussians in a ring",
    tasks=digits.TASKS,
    data=Spec("points/ring"),
)
def planar_ring() -> Recipe:
    return Recipe(
        # Many planes for few modes: each cuts one edge. All eight are found; the best
        # density has -1.07 nats, and some threads between the modes remain.
        model=kg.PlanarFlow((2,), depth=64),
        optimizer=decaying(5e-3),
        batch=256,
        epochs=150,  # 11,700 steps; after 30 epochs half of the way is still to go
    )
