"""BigGAN and Progressive GAN: small, of rendered characters, and as published."""

from etils import epy

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.registry import Recipe, entry

with epy.lazy_imports():
    import keras

    from keras_gen.parts import penalties, schedules


@entry(
    "biggan-glyphs",
    system="BigGAN",
    paper="arXiv:1809.11096",
    title="A small BigGAN of rendered characters, asked by class",
    tasks=("generate",),
    data=Spec("glyphs", labels="class"),
)
def biggan_glyphs(tiny: bool = False) -> Recipe:
    biggan = kg.networks.biggan
    shape, classes = (28, 28, 1), 36
    latent, embedding = (16, 2) if tiny else (18, 16)  # 7 factors vary within a class
    # Attention begins with no weight, so its kernels stand still in the one step that
    # a test of tiny models makes.
    attention = 0 if tiny else 7
    return Recipe(
        model=kg.BigGAN(
            biggan.generator(
                latent,
                shape,
                classes,
                (2, 2) if tiny else (64, 24, 12),
                embedding,
                attention,
                orthogonal=1e-4,  # the paper's
            ),
            biggan.discriminator(
                shape,
                classes,
                (2, 2) if tiny else (8, 24, 48),
                halvings=2,
                attention=attention,
                last_bias=False,
            ),
            classes,
            critic_steps=1,  # of the paper's 2: more of the time for the generator
            average=0.998,  # over 500 steps
        ),
        # Of twice that rate, a critic won against a narrower generator.
        optimizer=decaying(8e-4, beta_1=0.0, beta_2=0.99),
        batch=64,
        # 4,860 steps. With channels (64, 32, 16) and (16, 32, 32), and attention at
        # 14x14, this time made 3,240 (Frechet 54 in the features of classifier-glyphs,
        # not 11), and 4,860 came to 24: the classes want steps more than channels.
        epochs=15,
    )


@entry(
    "progressive-gan-glyphs",
    system="ProgressiveGAN",
    paper="arXiv:1710.10196",
    title="A small Progressive GAN of rendered characters, from 7x7 to 28x28",
    tasks=("generate",),
    data=Spec("glyphs"),
)
def progressive_gan_glyphs(tiny: bool = False) -> Recipe:
    progressive = kg.networks.progressive
    shape, latent = (28, 28, 1), 8 if tiny else 24  # 8 factors vary
    widths = (4, 4) if tiny else (24, 24, 12)  # at 7x7, 14x14 and 28x28
    # A test of tiny models makes one step, in which all layers have to move: it is one
    # in the midst of the only fade.
    growing = schedules.Growth(0, 16) if tiny else schedules.Growth(400, 200)
    return Recipe(
        model=kg.ProgressiveGAN(
            progressive.generator(latent, shape, widths),
            progressive.discriminator(shape, widths),
            growing,
            average=0.995,  # over 200 steps, fewer than the last size has
        ),
        # Four times the paper's rate, for the training is short; and decaying.
        optimizer=decaying(4e-3, beta_1=0.0, beta_2=0.99),
        batch=64,
        epochs=10,  # 3,240 steps, of which the last 2,040 make 28x28
    )


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
def biggan_cifar10_paper(tiny: bool = False) -> Recipe:
    biggan = kg.networks.biggan
    shape, classes = (32, 32, 3), 10
    latent, widths = (16, (2, 2)) if tiny else (128, (256,) * 4)
    return Recipe(
        # 4,304,387 and 4,207,361 parameters.
        model=kg.BigGAN(
            # At this size without pieces of the latents, sharing and attention.
            biggan.generator(latent, shape, classes, widths, embedding=0),
            biggan.discriminator(
                shape,
                classes,
                widths,
                halvings=2,
                last_bias=not tiny,  # in one step of the hinge loss it would not move
            ),
            classes,
            critic_steps=1,
        ),
        optimizer={
            "generator": keras.optimizers.Adam(1e-4, beta_1=0.0),
            "discriminator": keras.optimizers.Adam(4e-4, beta_1=0.0),
        },
        batch=64,
        epochs=500,
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
def progressive_gan_cifar10_paper(tiny: bool = False) -> Recipe:
    progressive = kg.networks.progressive
    shape, latent = (32, 32, 3), 2 if tiny else 128
    widths = (2, 2) if tiny else (128,) * 4  # 1,296,908 and 1,298,689 parameters
    batch = 16
    images = 400_000  # for each fade, and for each stable time
    slope = 1 if tiny else 750  # the authors' for this set
    growing = schedules.Growth(images // batch, images // batch)
    return Recipe(
        model=kg.ProgressiveGAN(
            progressive.generator(latent, shape, widths),
            progressive.discriminator(shape, widths),
            schedules.Growth(0, 16) if tiny else growing,
            penalty=penalties.GradientPenalty(10 / slope**2, slope),
        ),
        optimizer=keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.99, epsilon=1e-8),
        batch=batch,
        epochs=445,  # 20 million images
    )
