"""Recipes of MAF."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import constant, decaying
from zoo.recipes.flows.common import digits
from zoo.registry import Recipe, entry

MAF = {"system": "MAF", "paper": "arXiv:1705.07057"}
MNIST = {
    "tasks": digits.TASKS,
    "data": Spec("mnist"),
    "licence": "CC BY-SA 3.0, as the data",
}


@entry(
    "maf-mnist",
    title="MAF of handwritten digits, 256 grey levels",
    shown=False,  # a number that others are compared with
    **MAF,
    **MNIST,
)
def maf_mnist() -> Recipe:
    # A ninth of the paper's width and of its weights. No ActNorm: it scales a pixel,
    # which nearly all images leave black, until the others lie hundreds of deviations
    # away, and 3e-3 diverged; 1e-3 ended at 2.75 bits.
    model = kg.MAF((28, 28, 1), depth=5, hidden=(112,), levels=256, normalise=False)
    # The gradient of some steps is a thousand times that of others.
    optimizer = decaying(3e-3, global_clipnorm=300.0)
    return Recipe(model, optimizer, batch=128, epochs=30, jit=True)


@entry(
    "maf-mnist-paper",
    title="MAF at its published size, MNIST",
    weights=False,
    **MAF,
    **MNIST,
)
def maf_mnist_paper() -> Recipe:
    return Recipe(
        # 12,055,200 parameters, and 7,840 of the normalisation.
        model=kg.MAF((28, 28, 1), depth=5, hidden=(1024,)),
        optimizer=constant(1e-4),
        batch=100,
        epochs=100,  # the paper stops when validation has not improved for 30
    )
