"""Recipes of consistency models: students of trained ones."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.registry import Recipe, entry


@entry(
    "few-step-digits",
    system="ConsistencyModel",
    paper="arXiv:2303.01469",
    title="Consistency model of handwritten digits, taught by edm-digits",
    tasks=("generate",),
    data=Spec("digits"),
)
def few_step_digits() -> Recipe:
    from zoo.loading import load

    teacher = load("edm-digits")
    # The teacher's network, and its weights to begin with; without its dropout, for
    # whose noise the answers of neighbours would differ.
    network = kg.networks.denoiser.unet((8, 8, 1), (32, 44), patch=1)
    network.set_weights(teacher.network.get_weights())
    return Recipe(
        model=kg.ConsistencyModel(
            network, teacher=teacher, spread=0.75, steps=4, average=0.998
        ),
        optimizer=decaying(1e-3),
        batch=64,
        epochs=100,  # 2,000 steps
    )
