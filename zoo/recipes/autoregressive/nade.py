"""Recipes of NADE."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo import heads
from zoo.rates import constant, decaying
from zoo.recipes.autoregressive.common import digits
from zoo.registry import Recipe, entry

NADE = {"system": "NADE", "paper": "arXiv:1605.02226"}


@entry(
    "nade-digits",
    title="NADE of handwritten digits, 17 grey levels",
    **NADE,
    **digits.GREY,
)
def nade_digits(facts=digits.FACTS) -> Recipe:
    return Recipe(
        model=kg.NADE(facts.shape, 100, heads.each(facts, 3)),
        optimizer=decaying(3e-3),
        batch=64,
        epochs=100,
    )


@entry(
    "nade-mnist",
    title="NADE of MNIST at its published size",
    tasks=("generate", "density"),
    data=Spec("mnist", binarise="static"),
    licence="CC BY-SA 3.0, as the data",
    precision="float10",
    **NADE,
)
def nade_mnist() -> Recipe:
    return Recipe(
        model=kg.NADE((28, 28, 1), 500),  # 785,284 parameters
        optimizer=decaying(2e-3),
        batch=100,
        epochs=12,  # a minute each
    )


@entry(
    "nade-mnist-paper",
    title="NADE at its published size, binarised MNIST",
    tasks=("generate", "density"),
    data=Spec("mnist", binarise="static"),
    licence="CC BY-SA 3.0, as the data",
    weights=False,
    **NADE,
)
def nade_mnist_paper() -> Recipe:
    return Recipe(
        model=kg.NADE((28, 28, 1), 500),  # 785,284 parameters
        optimizer=constant(0.005, "SGD"),
        batch=10,
        epochs=100,
    )
