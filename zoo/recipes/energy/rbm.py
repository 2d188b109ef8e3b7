"""Recipes of restricted Boltzmann machines."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import constant, decaying
from zoo.registry import Recipe, entry

RBM = {"system": "RBM", "tasks": ("generate", "encode")}
MNIST = {
    "data": Spec("mnist", binarise="static"),
    "licence": "CC BY-SA 3.0, as the data",
}


@entry(
    "rbm-mnist",
    paper="doi:10.1145/1390156.1390290",
    title="RBM of MNIST, 500 hidden units, persistent chains",
    **RBM,
    **MNIST,
)
def rbm_mnist() -> Recipe:
    return Recipe(
        # A step of chains that persist costs a 25th of CD-25's.
        model=kg.RBM((28, 28, 1), 500, chains=100),
        # The rate falls to nothing: chains that a fast one still stirs are no samples.
        optimizer=decaying(0.1, "SGD"),
        batch=100,
        epochs=60,
    )


@entry(
    "rbm-mnist-paper",
    paper="doi:10.1145/1390156.1390266",
    title="RBM at its published size, CD-25, binarised MNIST",
    weights=False,
    **RBM,
    **MNIST,
)
def rbm_mnist_paper() -> Recipe:
    return Recipe(
        model=kg.RBM((28, 28, 1), 500, k=25),  # 393,284 parameters
        optimizer=constant(0.05, "SGD"),
        batch=100,
        epochs=500,
    )
