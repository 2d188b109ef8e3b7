"""Recipes of the classifier, whose features measure distances between images."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.registry import Recipe, entry

CLASSIFYING = {"system": "Classifier", "tasks": ("classify",)}
CLASSIFYING |= {"paper": "arXiv:1312.6034"}


@entry(
    "classifier-digits",
    title="Classifier of handwritten digits, whose features measure distances",
    data=Spec("digits", labels="class"),
    **CLASSIFYING,
)
def classifier_digits() -> Recipe:
    return _classifier((8, 8, 1), 10, epochs=60)  # 1,140 steps


@entry(
    "classifier-glyphs",
    title="Classifier of characters, whose features measure distances",
    data=Spec("glyphs", labels="class"),
    **CLASSIFYING,
)
def classifier_glyphs() -> Recipe:
    return _classifier((28, 28, 1), 36, epochs=6)


def _classifier(shape, classes, epochs) -> Recipe:
    # The last layer but one has 4 x 16 = 64 units: as many features as the principal
    # components of other cards, and few enough for covariances of some hundred images.
    return Recipe(
        model=kg.Classifier(kg.networks.conv.encoder(shape, classes, 16)),
        optimizer=decaying(2e-3),
        batch=64,
        epochs=epochs,
    )
