"""Recipes of Progressive GAN: small, of characters and of faces, and as published."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import constant, decaying
from zoo.registry import Recipe, entry


@entry(
    "progressive-gan-glyphs",
    system="ProgressiveGAN",
    paper="arXiv:1710.10196",
    title="A small Progressive GAN of rendered characters, from 7x7 to 28x28",
    tasks=("generate",),
    data=Spec("glyphs"),
)
def progressive_gan_glyphs() -> Recipe:
    progressive = kg.networks.progressive
    shape, latent = (28, 28, 1), 24  # 8 factors vary
    widths = (24, 24, 12)  # at 7x7, 14x14 and 28x28
    return Recipe(
        model=kg.ProgressiveGAN(
            progressive.generator(latent, shape, widths),
            progressive.discriminator(shape, widths),
            kg.schedules.Growth(400, 200),
            average=0.995,  # over 200 steps, fewer than the last size has
        ),
        # Four times the paper's rate, for the training is short; and decaying.
        optimizer=decaying(4e-3, beta_1=0.0, beta_2=0.99),
        batch=64,
        epochs=10,  # 3,240 steps, of which the last 2,040 make 28x28
    )


@entry(
    "progressive-gan-faces",
    system="ProgressiveGAN",
    paper="arXiv:1710.10196",
    title="A small Progressive GAN of drawn faces, from 4x4 to 64x64",
    tasks=("generate",),
    data=Spec("faces/avataaars"),
    weights=False,  # not trained yet
)
def progressive_gan_faces() -> Recipe:
    progressive = kg.networks.progressive
    shape, latent = (64, 64, 3), 64
    widths = (48, 48, 32, 24, 12)  # from 4x4 to 64x64
    return Recipe(
        model=kg.ProgressiveGAN(
            progressive.generator(latent, shape, widths),
            progressive.discriminator(shape, widths),
            kg.schedules.Growth(400, 400),
            average=0.995,
        ),
        optimizer=decaying(4e-3, beta_1=0.0, beta_2=0.99),  # as of glyphs
        batch=32,
        epochs=12,  # 7,500 steps, of which the last 4,300 make 64x64
    )


@entry(
    "progressive-gan-cifar10-paper",
    system="ProgressiveGAN",
    paper="arXiv:1710.10196",
    title="Progressive GAN at its published size, 32x32 colour photographs",
    tasks=("generate",),
    data=Spec("cifar10"),
    licence="research use, as the data",
    weights=False,
)
def progressive_gan_cifar10_paper() -> Recipe:
    progressive = kg.networks.progressive
    shape, latent = (32, 32, 3), 128
    widths = (128,) * 4  # 1,296,908 and 1,298,689 parameters
    batch = 16
    images = 400_000  # for each fade, and for each stable time
    slope = 750  # the authors' for this set
    return Recipe(
        model=kg.ProgressiveGAN(
            progressive.generator(latent, shape, widths),
            progressive.discriminator(shape, widths),
            kg.schedules.Growth(images // batch, images // batch),
            penalty=kg.penalties.GradientPenalty(10 / slope**2, slope),
        ),
        optimizer=constant(1e-3, beta_1=0.0, beta_2=0.99, epsilon=1e-8),
        batch=batch,
        epochs=445,  # 20 million images
    )
