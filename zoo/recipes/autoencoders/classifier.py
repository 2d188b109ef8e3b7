"""Recipes of the classifier, whose features measure distances between images."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.recipes.autoencoders.common.pooled import pooled
from zoo.registry import Facts, Recipe, entry

CLASSIFYING = {"system": "Classifier", "tasks": ("classify",)}
CLASSIFYING |= {"paper": "arXiv:1312.6034", "shown": False}  # they judge pictures
DIGITS, GLYPHS = Facts((8, 8, 1), 17, 10), Facts((28, 28, 1), 256, 36)
REAL = Facts((28, 28, 1), 256, 10)


@entry(
    "classifier-digits",
    title="Classifier of handwritten digits, whose features measure distances",
    data=Spec("digits", labels="class"),
    **CLASSIFYING,
)
def classifier_digits(facts=DIGITS) -> Recipe:
    return _classifier(facts, epochs=60)  # 1,140 steps


@entry(
    "classifier-glyphs",
    title="Classifier of characters, whose features measure distances",
    data=Spec("glyphs", labels="class"),
    **CLASSIFYING,
)
def classifier_glyphs(facts=GLYPHS) -> Recipe:
    return _classifier(facts, epochs=6)


def _classifier(facts, epochs) -> Recipe:
    # The last layer but one has 4 x 16 = 64 units: as many features as the principal
    # components of other cards, and few enough for covariances of some hundred images.
    return Recipe(
        model=kg.Classifier(kg.networks.conv.encoder(facts.shape, facts.classes, 16)),
        optimizer=decaying(2e-3),
        batch=64,
        epochs=epochs,
    )


@entry(
    "classifier-mnist",
    title="Classifier of MNIST, whose features measure distances",
    data=Spec("mnist", labels="class", augment=("shift",)),
    licence="CC BY-SA 3.0, as the data",
    **CLASSIFYING,
)
def classifier_mnist(facts=REAL) -> Recipe:
    return _pooled(facts, epochs=15)


@entry(
    "classifier-fashion",
    title="Classifier of Fashion-MNIST, whose features measure distances",
    data=Spec("fashion_mnist", labels="class", augment=("flip",)),
    **CLASSIFYING,
)
def classifier_fashion(facts=REAL) -> Recipe:
    return _pooled(facts, epochs=30)


def _pooled(facts, epochs) -> Recipe:
    return Recipe(
        model=kg.Classifier(pooled(facts.shape, facts.classes)),
        optimizer=decaying(2e-3),
        batch=64,
        epochs=epochs,
    )
