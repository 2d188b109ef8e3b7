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
)
def context_encoder_faces() -> Recipe:
    shape, width, depth = (32, 32, 3), 16, 3
    networks = kg.networks.pix2pix
    return Recipe(
        model=kg.ContextEncoder(
            networks.generator((32, 32, 4), 3, width, depth, dropout=0.0),
            networks.discriminator(shape, width=width, strides=2),
            kg.masks.Rectangle(0.25, 0.5),  # up to a quarter of the face
            # The paper's is .001. Of .01, as much as the squared error, flat grounds
            # were filled with specks of all colours.
            adversarial=0.002,
        ),
        optimizer=decaying(1e-3, beta_1=0.5),
        batch=64,
        epochs=10,
    )
