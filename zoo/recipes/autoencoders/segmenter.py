"""Recipes of the segmenter, which finds characters in clutter."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import constant, decaying
from zoo.registry import Recipe, entry

SEGMENTING = {"system": "Segmenter", "tasks": ("segment",), "data": Spec("glyphs")}
SHAPE, KINDS = (28, 28, 1), 2


@entry(
    "segmenter-glyphs",
    paper="arXiv:1511.00561",
    title="Encoder-decoder that finds characters in clutter",
    **SEGMENTING,
)
def segmenter_glyphs() -> Recipe:
    return _on_glyphs(skips=False)


@entry(
    "unet-glyphs",
    paper="arXiv:1505.04597",
    title="U-Net that finds characters in clutter",
    **SEGMENTING,
)
def unet_glyphs() -> Recipe:
    return _on_glyphs(skips=True)


def _on_glyphs(skips) -> Recipe:
    depth = 2  # 28, 14, 7: the coarsest sees the whole character
    network = kg.networks.unet.unet(SHAPE, KINDS, 8, depth, skips=skips)
    return Recipe(
        model=kg.Segmenter(network, kg.scenes.Clutter()),
        optimizer=decaying(3e-3),
        batch=64,
        epochs=5,  # 1,600 steps, each on scenes that were never seen
    )


@entry(
    "unet-glyphs-paper",
    paper="arXiv:1505.04597",
    title="U-Net at its published size",
    weights=False,
    **SEGMENTING,
)
def unet_glyphs_paper() -> Recipe:
    width, depth = 64, 4  # 31,030,658 parameters
    network = kg.networks.unet.unet(SHAPE, KINDS, width, depth)
    return Recipe(
        model=kg.Segmenter(network, kg.scenes.Clutter()),
        # The paper's momentum, for batches of one large image.
        optimizer=constant(1e-3, "SGD", momentum=0.99),
        batch=32,
        epochs=20,
    )


@entry(
    "segmenter-faces",
    system="Segmenter",
    paper="arXiv:1505.04597",
    title="U-Net that finds skin, hair, eyes, mouth and glasses of drawn faces",
    tasks=("segment",),
    data=Spec("faces/avataaars", size=(32, 32), labels="mask"),
)
def segmenter_faces() -> Recipe:
    kinds, width, depth = 8, 12, 2  # glasses are two pixels thin: no more halvings
    return Recipe(
        model=kg.Segmenter(kg.networks.unet.unet((32, 32, 3), kinds, width, depth)),
        optimizer=decaying(3e-3),
        batch=64,
        epochs=6,
    )
