"""Recipes of flow matching."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.registry import Recipe, entry


@entry(
    "flow-matching-fashion",
    system="FlowMatching",
    paper="arXiv:2210.02747",
    title="Flow matching of clothes, asked by kind",
    tasks=("generate",),
    data=Spec("fashion_mnist", labels="class"),
    weights=False,  # not trained yet
)
def flow_matching_fashion() -> Recipe:
    return Recipe(
        model=kg.FlowMatching(
            # Patches of 2: the maps have sides of 14 and 7, and a step .4 s.
            kg.networks.denoiser.unet((28, 28, 1), (48, 72), classes=10),
            classes=10,
            guidance=1.5,
            solver=kg.solvers.DPMSolver2M(),  # one pass a step, of the second order
            steps=20,
            average=0.998,  # over 500 steps
        ),
        optimizer=decaying(1.5e-3),
        batch=128,
        epochs=5,  # 2,105 steps
    )
