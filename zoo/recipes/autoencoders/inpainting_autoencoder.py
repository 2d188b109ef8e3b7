"""Recipes of the inpainting autoencoder: one for each kind of hole."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.registry import Recipe, entry

INPAINTING = {"system": "InpaintingAutoencoder", "tasks": ("inpaint", "encode")}
INPAINTING |= {"paper": "arXiv:1604.07379"}


@entry(
    "inpainting-scribble-glyphs",
    title="Inpainting of free-form scratches in rendered characters",
    data=Spec("glyphs"),
    **INPAINTING,
)
def inpainting_scribble_glyphs() -> Recipe:
    conv = kg.networks.conv
    codes, width = 48, 16  # place and style, to the pixel
    return Recipe(
        model=kg.InpaintingAutoencoder(
            conv.encoder((28, 28, 2), codes, width),
            conv.decoder(codes, (28, 28, 1), width),
            kg.masks.Scribble(3),
            loss="cross_entropy",
        ),
        optimizer=decaying(2e-3),
        batch=128,
        epochs=12,  # fresh holes in every epoch
    )


@entry(
    "inpainting-faces",
    title="Inpainting of boxes cut out of drawn faces",
    data=Spec("faces/avataaars", size=(32, 32)),
    **INPAINTING,
)
def inpainting_faces() -> Recipe:
    conv, codes, width = kg.networks.conv, 96, 24
    return Recipe(
        model=kg.InpaintingAutoencoder(
            conv.encoder((32, 32, 4), codes, width),
            conv.decoder(codes, (32, 32, 3), width),
            kg.masks.Rectangle(0.25, 0.5),  # up to a quarter
            loss="cross_entropy",
        ),
        optimizer=decaying(2e-3),
        batch=64,
        epochs=20,
    )
