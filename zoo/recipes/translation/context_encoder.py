"""Recipes of the context encoder, which fills holes with something sharp."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.registry import Recipe, entry


@entry(
    "context-encoder-faces",
    system="ContextEncoder",
    paper="arXiv:1604.07379",
    title="Boxes cut out of drawn faces, filled",
    tasks=("inpaint",),
    data=Spec("faces/avataaars", size=(32, 32)),
    weights=False,
)
def context_encoder_faces() -> Recipe:
    shape, width, depth = (32, 32, 3), 16, 3
    networks = kg.networks.pix2pix
    return Recipe(
        model=kg.ContextEncoder(
            networks.generator((32, 32, 4), 3, width, depth, dropout=0.0),
            networks.discriminator(shape, width=width, strides=2),
            kg.masks.Rectangle(0.25, 0.5),  # up to a quarter of the face
            # The paper's .001 is of images of 128 pixels; at 32 the game is easier to
            # lose than the squared error is to see.
            adversarial=0.01,
        ),
        optimizer=decaying(1e-3, beta_1=0.5),
        batch=64,
        epochs=10,
    )
