"""Recipes of CycleGAN: one kind of image into another, and back."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import constant, decaying
from zoo.registry import Facts, Recipe, entry

CYCLE = {"system": "CycleGAN", "paper": "arXiv:1703.10593", "tasks": ("translate",)}
SMALL = (32, 32)
FACES = Facts((32, 32, 3), levels=256, other=(32, 32, 3))
DAY = ("sky_colour", "#e1f3ff", "#d5f3ff", "#d6f8fb", "#daecff")  # blue
DUSK = ("sky_colour", "#faf0d2", "#ffebd5", "#ffe7dd", "#ffe4e1")  # yellow to red


@entry(
    "cyclegan-ink-faces",
    title="Ink drawings of faces coloured like another designer's, without pairs",
    data=Spec("faces/lorelei", size=SMALL, other=Spec("faces/adventurer", size=SMALL)),
    precision="float12",
    **CYCLE,
)
def cyclegan_ink_faces(facts=FACES) -> Recipe:
    # Ink has no colour to keep: what is left as it is says nothing of it.
    return _translators(facts, identity=0.0, epochs=3)


@entry(
    "cyclegan-dusk-landscapes",
    title="Hills by day as they are at dusk, and back, without pairs",
    data=Spec(
        "landscapes",
        size=SMALL,
        only=DAY,
        other=Spec("landscapes", size=SMALL, only=DUSK),
    ),
    precision="float12",
    **CYCLE,
)
def cyclegan_dusk_landscapes(facts=FACES) -> Recipe:
    # A dusk is the day's hills under another sky: it is painted over them.
    return _translators(facts, identity=0.5, epochs=2, over=True)


@entry(
    "cyclegan-ink-paper",
    title="CycleGAN at its published size",
    data=Spec(
        "cycle_gan/horse2zebra",
        size=(256, 256),
        only=("class", "A"),
        other=Spec("cycle_gan/horse2zebra", size=(256, 256), only=("class", "B")),
    ),
    weights=False,
    **CYCLE,
)
def cyclegan_ink_paper() -> Recipe:
    shape = (256, 256, 3)  # 11,378,179 and 2,764,737 parameters, twice each
    networks = kg.networks
    return Recipe(
        model=kg.CycleGAN(
            *(networks.cyclegan.generator(shape, 3, biases=True) for _ in "ab"),
            *(networks.pix2pix.discriminator(shape, biases=True) for _ in "ab"),
        ),
        optimizer=constant(2e-4, beta_1=0.5),
        batch=1,
        epochs=200,
    )


def _translators(facts, identity, epochs, over=False) -> Recipe:
    # A quarter of the published width, and three blocks: a step of 16 pairs in half a
    # second on two cores.
    width, blocks, networks = 16, 3, kg.networks

    def way(source, target):
        made = networks.cyclegan.generator(source, target[-1] + over, width, blocks)
        return networks.cover.painter(made) if over else made

    a, b = facts.shape, facts.other
    return Recipe(
        model=kg.CycleGAN(
            way(a, b),
            way(b, a),
            # Patches of 16x16 pixels: half of the face.
            networks.pix2pix.discriminator(a, width=2 * width, strides=1),
            networks.pix2pix.discriminator(b, width=2 * width, strides=1),
            identity=identity,
        ),
        optimizer=decaying(1e-3, beta_1=0.5),
        batch=16,
        epochs=epochs,
    )
