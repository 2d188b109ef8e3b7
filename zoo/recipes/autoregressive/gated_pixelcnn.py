"""Recipes of the Gated PixelCNN: told nothing, a class, or numbers."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.recipes.autoregressive.common import digits, glyphs
from zoo.registry import Facts, Recipe, entry

TOLD = Facts((28, 28, 1), levels=2, classes=10)
GATED = {"system": "GatedPixelCNN", "paper": "arXiv:1606.05328"}


@entry(
    "gated-pixelcnn-digits",
    title="Gated PixelCNN of handwritten digits, 17 grey levels",
    **GATED,
    **digits.GREY,
)
def gated_pixelcnn_digits(facts=digits.FACTS) -> Recipe:
    network = kg.networks.pixelcnn.gated_pixelcnn
    # Both stacks are dropped at every layer, and nothing goes around the vertical one:
    # with .2, as in PixelCNN, the training loss stayed above that of validation.
    return digits.causal(kg.GatedPixelCNN, network, facts, dropout=0.1, epochs=120)


@entry(
    "conditional-gated-pixelcnn-digits",
    title="Gated PixelCNN of handwritten digits, told the class",
    tasks=("generate", "density"),
    data=Spec("digits", labels="class"),
    **GATED,
)
def conditional_gated_pixelcnn_digits(facts=digits.FACTS) -> Recipe:
    network = kg.networks.pixelcnn.gated_pixelcnn
    return digits.causal(kg.GatedPixelCNN, network, facts, classes=facts.classes)


@entry(
    "gated-pixelcnn-glyphs",
    title="Gated PixelCNN of rendered characters, black and white",
    **GATED,
    **glyphs.BLACK_AND_WHITE,
)
def gated_pixelcnn_glyphs(facts=glyphs.FACTS) -> Recipe:
    return glyphs.causal(kg.GatedPixelCNN, kg.networks.pixelcnn.gated_pixelcnn, facts)


@entry(
    "embedding-gated-pixelcnn-glyphs",
    title="Gated PixelCNN of characters, told their size, place and turn",
    tasks=("generate", "density"),
    data=Spec("glyphs", binarise="static", embedding=("size", "x", "y", "rotation")),
    **GATED,
)
def embedding_gated_pixelcnn_glyphs() -> Recipe:
    # The factors are independent and uniform, and so is what is not given.
    network = kg.networks.pixelcnn.gated_pixelcnn
    return glyphs.causal(kg.GatedPixelCNN, network, law="uniform", embedding=(4,))


@entry(
    "conditional-gated-pixelcnn-mnist",
    title="Gated PixelCNN of MNIST, black and white, told the class",
    tasks=("generate", "density"),
    data=Spec("mnist", binarise="static", labels="class"),
    licence="CC BY-SA 3.0, as the data",
    **GATED,
)
def conditional_gated_pixelcnn_mnist(facts=TOLD) -> Recipe:
    network = kg.networks.pixelcnn.gated_pixelcnn
    return glyphs.causal(kg.GatedPixelCNN, network, facts, classes=facts.classes)
