"""Recipes of Glow."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import constant, decaying
from zoo.recipes.flows.common import digits
from zoo.registry import Facts, Recipe, entry

GLOW = {"system": "Glow", "paper": "arXiv:1807.03039", "tasks": digits.TASKS}
FACES = Spec("faces/avataaars", size=(32, 32))
FACTS = Facts((32, 32, 3), levels=256)


@entry(
    "glow-faces",
    title="Glow of drawn faces at 32x32, in colour",
    data=FACES,
    shown=False,  # heads and shoulders; what it knows of faces shows docs/latent.md
    **GLOW,
)
def glow_faces(facts=FACTS) -> Recipe:
    model = kg.Glow(facts.shape, scales=3, depth=6, width=32, levels=facts.levels)
    return Recipe(model=model, optimizer=decaying(1e-3), batch=32, epochs=6)


@entry(
    "glow-mnist",
    title="Glow of handwritten digits, 256 grey levels",
    data=Spec("mnist"),
    licence="CC BY-SA 3.0, as the data",
    shown=False,  # strokes, of which half are digits: a number others are compared with
    **GLOW,
)
def glow_mnist() -> Recipe:
    model = kg.Glow((28, 28, 1), scales=2, depth=8, width=32, levels=256)
    return Recipe(model=model, optimizer=decaying(1e-3), batch=32, epochs=6)


@entry(
    "glow-cifar-paper",
    title="Glow at its published size, CIFAR-10",
    data=Spec("cifar10"),
    licence="research use, as the data",
    weights=False,
    **GLOW,
)
def glow_cifar_paper() -> Recipe:
    return Recipe(
        # 44,135,856 parameters, but for 83,040 that do nothing in the paper's code.
        model=kg.Glow((32, 32, 3), scales=3, depth=32, width=512),
        optimizer=constant(1e-3),
        batch=64,
        epochs=1500,
    )
