"""Games on rendered characters."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.registry import Recipe, entry


@entry(
    "dcgan-glyphs",
    system="GAN",
    paper="arXiv:1511.06434",
    title="DCGAN on rendered characters",
    tasks=("generate",),
    data=Spec("glyphs"),
)
def dcgan_glyphs(tiny: bool = False) -> Recipe:
    dcgan = kg.networks.dcgan
    shape = (28, 28, 1)
    latent = 4 if tiny else 64  # 8 factors vary; the published 100 serve photographs
    batch = 8 if tiny else 64  # half the paper's 128: twice the steps in the time

    return Recipe(
        model=kg.GAN(
            dcgan.generator(latent, shape, 2 if tiny else 64),  # the published width
            # Weaker than the generator, and with some dropout. Of the same strength it
            # won (its loss fell to .1); at 32, .3 and half the rate the pictures were
            # softer, though nearer in Frechet distance (1.3 against 1.7).
            dcgan.discriminator(shape, 2 if tiny else 48, 0.1),
            average=0.998,  # over 500 steps: crisper, and free
        ),
        # Twice the paper's rate, for the training is short; decaying to nothing, for
        # strokes become smooth when the players stop circling. The paper's beta_1: with
        # .9 it oscillates.
        optimizer=decaying(4e-4, beta_1=0.5),
        batch=batch,
        epochs=45,
    )
