"""Recipes of the PixelCNN."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import constant
from zoo.recipes.autoregressive.common import digits, glyphs
from zoo.registry import Recipe, entry

PIXELCNN = {"system": "PixelCNN", "paper": "arXiv:1601.06759"}


@entry(
    "pixelcnn-digits",
    title="PixelCNN of handwritten digits, 17 grey levels",
    **PIXELCNN,
    **digits.GREY,
)
def pixelcnn_digits(facts=digits.FACTS) -> Recipe:
    return digits.causal(kg.PixelCNN, kg.networks.pixelcnn.pixelcnn, facts)


@entry(
    "pixelcnn-glyphs",
    title="PixelCNN of rendered characters, black and white",
    **PIXELCNN,
    **glyphs.BLACK_AND_WHITE,
)
def pixelcnn_glyphs(facts=glyphs.FACTS) -> Recipe:
    return glyphs.causal(kg.PixelCNN, kg.networks.pixelcnn.pixelcnn, facts)


@entry(
    "pixelcnn-cifar-paper",
    title="PixelCNN at its published size, colour, channel after channel",
    tasks=("generate", "density"),
    data=Spec("cifar10"),
    licence="research use, as the data",
    weights=False,
    **PIXELCNN,
)
def pixelcnn_cifar_paper() -> Recipe:
    shape, head = (32, 32, 3), kg.likelihoods.Categorical(256)
    network = kg.networks.pixelcnn.pixelcnn(
        shape,
        head.parameters(shape)[-1],
        width=128,
        depth=15,
        head=(1024, 1024),
        groups=3,
    )
    return Recipe(
        # 4,338,944 live weights; with those that masks would hide, 5,340,416.
        model=kg.PixelCNN(network, head),
        optimizer=constant(1e-3, "RMSprop"),
        batch=16,
        epochs=100,
    )
