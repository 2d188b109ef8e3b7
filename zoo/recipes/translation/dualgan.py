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
    **DUAL,
)
def dualgan_glasses(facts=FACES) -> Recipe:
    networks, width = kg.networks, 16

    def way(source, target):
        # Faces painted anew, at the rate and the weight of the paper, were a blur after
        # 1,134 steps: all of these went into faces.
        made = networks.pix2pix.generator(source, target[-1] + 1, width, 3, dropout=0.0)
        return networks.cover.painter(made)

    a, b = facts.shape, facts.other
    return Recipe(
        model=kg.DualGAN(
            way(a, b),
            way(b, a),
            networks.pix2pix.discriminator(a, width=width, strides=2),
            networks.pix2pix.discriminator(b, width=width, strides=2),
            cycle=100.0,
        ),
        optimizer=constant(2e-4, "RMSprop"),
        batch=32,
        epochs=15,
    )


@entry(
    "dualgan-glasses-paper",
    title="DualGAN's U-Nets and critics at their published width",
    data=_glasses((64, 64)),
    weights=False,
    **DUAL,
)
def dualgan_glasses_paper() -> Recipe:
    shape, width = (64, 64, 3), 64  # the paper's images have 256: two levels more
    networks = kg.networks.pix2pix
    return Recipe(
        model=kg.DualGAN(
            *(networks.generator(shape, 3, width, depth=6) for _ in "ab"),
            *(networks.discriminator(shape, width=width, strides=3) for _ in "ab"),
        ),
        optimizer=constant(5e-5, "RMSprop"),
        batch=32,
        epochs=45,
    )
