"""Recipes of BigGAN: small, of characters, clothes and faces, and as published."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import constant, decaying
from zoo.recipes.adversarial.common import glyphs, real
from zoo.registry import Recipe, entry


@entry(
    "biggan-glyphs",
    system="BigGAN",
    paper="arXiv:1809.11096",
    title="A small BigGAN of rendered characters, asked by class",
    tasks=("generate",),
    data=Spec("glyphs", labels="class"),
)
def biggan_glyphs() -> Recipe:
    # 7 factors vary within a class. 4,860 steps: with channels (64, 32, 16) and
    # (16, 32, 32), and attention at 14x14, this time made 3,240 (Frechet 54 in the
    # features of classifier-glyphs, not 11), and 4,860 came to 24: the classes want
    # steps more than channels.
    return _small((28, 28, 1), 36, 18, (64, 24, 12), (8, 24, 48), 16, 7, epochs=15)


@entry(
    "biggan-fashion",
    system="BigGAN",
    paper="arXiv:1809.11096",
    title="A small BigGAN of Fashion-MNIST, asked by class",
    tasks=("generate",),
    weights=False,
    **real.FASHION_TOLD,
)
def biggan_fashion() -> Recipe:
    widths = (64, 24, 12), (8, 24, 48)
    return _small(real.SHAPE, real.CLASSES, 30, *widths, 16, 7, epochs=8)


@entry(
    "biggan-faces",
    system="BigGAN",
    paper="arXiv:1809.11096",
    title="A small BigGAN of drawn faces, asked by the designer's style, 32x32",
    tasks=("generate",),
    data=Spec("faces", size=(32, 32), labels="style"),
    weights=False,
    precision="float12",
)
def biggan_faces() -> Recipe:
    return _small((32, 32, 3), 4, 30, (72, 32, 16), (12, 24, 48), 8, 8, epochs=16)


@entry(
    "biggan-cifar10-paper",
    system="BigGAN",
    paper="arXiv:1809.11096",
    title="BigGAN at the size of its authors' code, 32x32 colour photographs",
    tasks=("generate",),
    data=Spec("cifar10", labels="class"),
    licence="research use, as the data",
    weights=False,
)
def biggan_cifar10_paper() -> Recipe:
    biggan = kg.networks.biggan
    shape, classes = (32, 32, 3), 10
    latent, widths = 128, (256,) * 4  # 4,304,387 and 4,207,361 parameters
    return Recipe(
        model=kg.BigGAN(
            # At this size without pieces of the latents, sharing and attention.
            biggan.generator(latent, shape, classes, widths, embedding=0),
            biggan.discriminator(shape, classes, widths, halvings=2),
            classes,
            critic_steps=1,
        ),
        optimizer={
            "generator": constant(1e-4, beta_1=0.0),
            "discriminator": constant(4e-4, beta_1=0.0),
        },
        batch=64,
        epochs=500,
    )


def _small(
    shape, classes, latent, widths, critic_widths, embedding, attention, epochs
) -> Recipe:
    biggan = kg.networks.biggan
    sizes = widths, embedding, attention
    return Recipe(
        model=kg.BigGAN(
            # The weight of orthogonality is the paper's.
            biggan.generator(latent, shape, classes, *sizes, orthogonal=1e-4),
            biggan.discriminator(
                shape,
                classes,
                critic_widths,
                halvings=2,
                attention=attention,
                last_bias=False,
            ),
            classes,
            critic_steps=1,  # of the paper's 2: more of the time for the generator
            average=glyphs.AVERAGE,
        ),
        # Of twice that rate, a critic won against a narrower generator.
        optimizer=decaying(8e-4, beta_1=0.0, beta_2=0.99),
        batch=64,
        epochs=epochs,
    )
