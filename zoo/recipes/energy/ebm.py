"""Recipes of energy-based models."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.registry import Facts, Recipe, entry

EBM = {"system": "EBM", "paper": "arXiv:1903.08689", "tasks": ("generate",)}
DIGITS = Facts((8, 8, 1), levels=17, classes=10)


@entry(
    "ebm-ring",
    title="Energy of eight Gaussians in a ring",
    data=Spec("points/ring"),
    **EBM,
)
def ebm_ring() -> Recipe:
    return Recipe(
        model=kg.EBM(
            kg.networks.energy.dense((2,), 128, 3),
            # The modes are .05 wide: longer steps than their variance jump over them.
            kg.dynamics.Langevin(1e-3),
            k=20,
            chains=2048,
            alpha=0.0,  # the chains follow the law itself, and need no hold
            spread=2.0,
        ),
        optimizer=decaying(1e-3),
        batch=256,
        epochs=60,  # three minutes: all eight modes, and 93 % of the samples in them
    )


@entry(
    "ebm-digits",
    title="Energy of handwritten digits",
    data=Spec("digits"),
    **EBM,
)
def ebm_digits(facts=DIGITS) -> Recipe:
    return Recipe(
        model=kg.EBM(
            kg.networks.energy.dense(facts.shape, 256, 3),
            # Less noise than the step's own: it draws at a temperature below 1.
            kg.dynamics.Langevin(0.1, noise=0.01),
            k=30,
            chains=1024,
            alpha=0.05,
            smoothing=0.03,  # what is between the levels is no cliff
        ),
        optimizer=decaying(1e-3),
        batch=64,
        epochs=200,
    )
