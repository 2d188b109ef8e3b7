"""Recipes of generative stochastic networks."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.registry import Recipe, entry


@entry(
    "gsn-mnist",
    system="GSN",
    paper="arXiv:1306.1091",
    title="Chain of a denoiser of MNIST, walkback 4",
    tasks=("generate",),
    data=Spec("mnist", binarise="dynamic"),
    licence="CC BY-SA 3.0, as the data",
    precision="float12",
)
def gsn_mnist() -> Recipe:
    return Recipe(
        # The paper's layers have 1,500 units.
        model=kg.GSN(
            kg.networks.mlp.restorer((28, 28, 1), width=400),
            kg.corruption.SaltAndPepper(0.4),  # the paper's
            walkback=4,
            steps=50,
        ),
        optimizer=decaying(1e-3),
        batch=100,
        epochs=20,
    )
