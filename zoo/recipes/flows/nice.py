"""Recipes of NICE."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import constant, decaying
from zoo.registry import Facts, Recipe, entry

MNIST = {
    "system": "NICE",
    "paper": "arXiv:1410.8516",
    "tasks": ("generate", "encode", "density"),
    "data": Spec("mnist"),
    "licence": "CC BY-SA 3.0, as the data",
}
FACTS = Facts((28, 28, 1), levels=256, classes=10)


# Its picture is left out: digits that one guesses rather than sees, as the paper's.
@entry(
    "nice-mnist",
    title="NICE of handwritten digits, 256 grey levels",
    shown=False,
    **MNIST,
)
def nice_mnist(facts=FACTS) -> Recipe:
    # A quarter of the paper's width: a step costs a tenth, and 54,000 images are soon
    # learned by heart.
    model = kg.NICE(facts.shape, couplings=4, width=256, depth=3, levels=facts.levels)
    return Recipe(model=model, optimizer=decaying(1e-3), batch=128, epochs=30)


@entry(
    "nice-mnist-paper",
    title="NICE at its published size, MNIST",
    weights=False,
    **MNIST,
)
def nice_mnist_paper() -> Recipe:
    # 19,158,352 parameters.
    model = kg.NICE((28, 28, 1), couplings=4, width=1000, depth=5)
    return Recipe(
        model=model,
        optimizer=constant(1e-3, beta_1=0.9, beta_2=0.01, epsilon=1e-4),
        batch=128,
        epochs=1500,
    )
