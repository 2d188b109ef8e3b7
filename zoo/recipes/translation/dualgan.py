"""Recipes of DualGAN."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import constant
from zoo.registry import Facts, Recipe, entry

DUAL = {"system": "DualGAN", "paper": "arXiv:1704.02510", "tasks": ("translate",)}


def _glasses(size):
    """Faces without glasses, and others with them."""
    one = {"name": "faces/avataaars", "size": size}
    other = Spec(**one, only=("glasses", "True"))
    return Spec(**one, only=("glasses", "False"), other=other)


FACES = Facts((32, 32, 3), levels=256, other=(32, 32, 3))


@entry(
    "dualgan-glasses",
    title="Glasses put on drawn faces and taken off, without pairs",
    data=_glasses((32, 32)),
    precision="float12",
    weights=False,
    **DUAL,
)
def dualgan_glasses(facts=FACES) -> Recipe:
    return _recipe(facts.shape, facts.other, width=16, depth=3, strides=2, epochs=6)


@entry(
    "dualgan-glasses-paper",
    title="DualGAN's U-Nets and critics at their published width",
    data=_glasses((64, 64)),
    weights=False,
    **DUAL,
)
def dualgan_glasses_paper() -> Recipe:
    shape = (64, 64, 3)  # the paper's images have 256: two levels more
    return _recipe(shape, shape, width=64, depth=6, strides=3, epochs=45)


def _recipe(a, b, width, depth, strides, epochs) -> Recipe:
    networks = kg.networks.pix2pix
    return Recipe(
        model=kg.DualGAN(
            networks.generator(a, b[-1], width, depth),
            networks.generator(b, a[-1], width, depth),
            networks.discriminator(a, width=width, strides=strides),
            networks.discriminator(b, width=width, strides=strides),
        ),
        optimizer=constant(5e-5, "RMSprop"),
        batch=32,
        epochs=epochs,
    )
