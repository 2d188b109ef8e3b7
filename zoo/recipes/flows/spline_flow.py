"""Recipes of spline flows."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.recipes.flows.common import digits
from zoo.registry import Recipe, entry


@entry(
    "spline-moons",
    system="SplineFlow",
    paper="arXiv:1906.04032",
    title="Spline flow of two half circles",
    tasks=digits.TASKS,
    data=Spec("points/moons"),
)
def spline_moons() -> Recipe:
    return Recipe(
        # Each coordinate is bent twice. The half circles with their noise have an
        # entropy of about 1.65 nats, which this comes near.
        model=kg.SplineFlow((2,), couplings=4, width=64, depth=2),
        optimizer=decaying(2e-3),
        batch=256,
        epochs=60,  # 4,680 steps
    )
