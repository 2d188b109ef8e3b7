"""Recipes of reenactment: the expression of one drawn face on another."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.registry import Facts, Recipe, entry

SMALL = (32, 32)
FACES = Facts((32, 32, 3), levels=256, other=(32, 32, 3))


@entry(
    "reenactment-faces",
    system="Reenactment",
    paper="arXiv:2007.14808",
    title="Drawn faces with the eyes, brows and mouth of other ones",
    tasks=("translate",),
    data=Spec(
        "faces/avataaars",
        size=SMALL,
        other=Spec("expressions/avataaars", size=SMALL),
        pairs="matched",
    ),
    precision="float12",
)
def reenactment_faces(facts=FACES) -> Recipe:
    shape, width = facts.shape, 16
    networks = kg.networks
    return Recipe(
        model=kg.Reenactment(
            # 12 eyes, 13 brows and 12 mouths need no more numbers than that.
            networks.reenactment.generator(shape, 16, width, depth=3),
            networks.pix2pix.discriminator(shape, shape[-1], width, strides=1),
            # Without, 66% smiled as their drivers did, where 57% do so by chance.
            recolour=0.4,
        ),
        optimizer=decaying(1e-3, beta_1=0.5),
        batch=64,
        epochs=12,
    )
