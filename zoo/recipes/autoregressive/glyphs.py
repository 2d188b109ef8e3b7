"""Densities of rendered characters."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.registry import Recipe, entry


@entry(
    "made-glyphs",
    system="MADE",
    paper="arXiv:1502.03509",
    title="MADE of rendered characters, black and white",
    tasks=("generate", "density"),
    data=Spec("glyphs", binarise="static"),
)
def made_glyphs(tiny: bool = False) -> Recipe:
    # One hidden layer of the paper's size: 785,284 parameters.
    network = kg.networks.made.made((28, 28, 1), hidden=(20,) if tiny else (500,))
    return Recipe(
        model=kg.MADE(network),
        optimizer=decaying(2e-3),
        batch=16 if tiny else 128,
        epochs=20,
    )


@entry(
    "fvsbn-glyphs",
    system="FVSBN",
    paper="arXiv:1509.03650",
    title="Logistic autoregression of rendered characters, black and white",
    tasks=("generate", "density"),
    data=Spec("glyphs", binarise="static"),
)
def fvsbn_glyphs(tiny: bool = False) -> Recipe:
    return Recipe(
        model=kg.FVSBN((28, 28, 1)),
        optimizer=decaying(3e-3),
        batch=16 if tiny else 128,
        epochs=20,
    )


@entry(
    "nade-glyphs",
    system="NADE",
    paper="arXiv:1605.02226",
    title="NADE of rendered characters, black and white",
    tasks=("generate", "density"),
    data=Spec("glyphs", binarise="static"),
)
def nade_glyphs(tiny: bool = False) -> Recipe:
    return Recipe(
        # More units are better, but each costs 784 sigmoids for every image.
        model=kg.NADE((28, 28, 1), 4 if tiny else 64),
        optimizer=decaying(5e-3),
        batch=16 if tiny else 64,
        epochs=10,
    )


def _on_glyphs(tiny, system, network, law=None, **options) -> Recipe:
    """What the convolutional networks on `glyphs` share."""
    network = network(
        (28, 28, 1),
        1,
        width=2 if tiny else 16,
        depth=1 if tiny else 4,
        first=3 if tiny else 15,  # one channel is cheap to see much of
        head=(4,) if tiny else (32,),
        **options,
    )
    return Recipe(
        model=system(network, embedding_law=law),
        optimizer=decaying(3e-3),
        batch=16 if tiny else 32,
        epochs=4,
    )


@entry(
    "pixelcnn-glyphs",
    system="PixelCNN",
    paper="arXiv:1601.06759",
    title="PixelCNN of rendered characters, black and white",
    tasks=("generate", "density"),
    data=Spec("glyphs", binarise="static"),
)
def pixelcnn_glyphs(tiny: bool = False) -> Recipe:
    return _on_glyphs(tiny, kg.PixelCNN, kg.networks.pixelcnn.pixelcnn)


@entry(
    "gated-pixelcnn-glyphs",
    system="GatedPixelCNN",
    paper="arXiv:1606.05328",
    title="Gated PixelCNN of rendered characters, black and white",
    tasks=("generate", "density"),
    data=Spec("glyphs", binarise="static"),
)
def gated_pixelcnn_glyphs(tiny: bool = False) -> Recipe:
    return _on_glyphs(tiny, kg.GatedPixelCNN, kg.networks.pixelcnn.gated_pixelcnn)


@entry(
    "embedding-gated-pixelcnn-glyphs",
    system="GatedPixelCNN",
    paper="arXiv:1606.05328",
    title="Gated PixelCNN of characters, told their size, place and turn",
    tasks=("generate", "density"),
    data=Spec("glyphs", binarise="static", embedding=("size", "x", "y", "rotation")),
)
def embedding_gated_pixelcnn_glyphs(tiny: bool = False) -> Recipe:
    # The factors are independent and uniform, and so is what is not given.
    network = kg.networks.pixelcnn.gated_pixelcnn
    return _on_glyphs(tiny, kg.GatedPixelCNN, network, "uniform", embedding=(4,))
