"""Recipes of the inpainting autoencoder: one for each kind of hole."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.registry import Recipe, entry

INPAINTING = {"system": "InpaintingAutoencoder", "tasks": ("inpaint", "encode")}
INPAINTING |= {"paper": "arXiv:1604.07379"}


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
