"""Recipes of the GAN: one for each kind of game on the ring, then images."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import constant, decaying, of_players
from zoo.recipes.adversarial.common import digits, glyphs, real
from zoo.registry import Recipe, entry

GAME = {"system": "GAN", "tasks": ("generate",)}
RING = {**GAME, "data": Spec("points/ring")}
# Spectral norms shrink what rectified layers let through; leaks help.
SPECTRAL = {"spectral": True, "activation": "leaky_relu"}


def _on_ring(epochs=100, outputs=1, critic=None, critic_steps=1, **game) -> Recipe:
    """What the games on the ring share; `critic` has options of its network."""
    mlp = kg.networks.mlp
    latent, width = 8, 128  # more than the plane's 2: the map may fold less

    # The decay ends the players' circling around the equilibrium, which keeps a tenth
    # of the samples between the modes. beta_1 as in DCGAN: momentum over a moving
    # target overshoots.
    optimizer = decaying(1e-3, beta_1=0.5, beta_2=0.9)
    return Recipe(
        model=kg.GAN(
            mlp.encoder((latent,), 2, width, depth=3),
            mlp.encoder((2,), outputs, width, depth=3, **(critic or {})),
            critic_steps=critic_steps,
            **game,
        ),
        optimizer=of_players(optimizer, critic_steps),
        batch=256,  # each of the 8 modes shows about 32 times in a batch
        epochs=epochs,
    )


@entry(
    "gan-ring",
    paper="arXiv:1406.2661",
    title="GAN on eight Gaussians in a ring",
    **RING,
)
def gan_ring() -> Recipe:
    # The non-saturating loss pulls hardest where the discriminator is sure, and lost
    # two or three of the eight modes with these settings.
    return _on_ring(epochs=80, loss="minimax")


@entry(
    "lsgan-ring",
    paper="arXiv:1611.04076",
    title="Least squares GAN on eight Gaussians in a ring",
    **RING,
)
def lsgan_ring() -> Recipe:
    # A little flatness on the data: without it two of the eight modes were lost.
    return _on_ring(loss="least_squares", penalty=kg.penalties.R1(0.1))


@entry(
    "geometric-gan-ring",
    paper="arXiv:1705.02894",
    title="Geometric GAN (hinge) on eight Gaussians in a ring",
    **RING,
)
def geometric_gan_ring() -> Recipe:
    return _on_ring(
        loss="hinge",
        penalty=kg.penalties.R1(0.1),  # as lsgan-ring
        # Within the margins an offset of the scores cancels, and has no gradient.
        critic={"last_bias": False},
    )


@entry(
    "wgan-gp-ring",
    paper="arXiv:1704.00028",
    title="WGAN-GP on eight Gaussians in a ring",
    **RING,
)
def wgan_gp_ring() -> Recipe:
    return _on_ring(
        epochs=77,  # 6,000 steps of the generator
        loss="wasserstein",
        penalty=kg.penalties.GradientPenalty(0.1),  # the authors' for toys, not images
        critic_steps=3,  # 5 cost more time than they brought
        critic={"last_bias": False},  # an offset cancels
    )


@entry(
    "sngan-ring",
    paper="arXiv:1802.05957",
    title="SNGAN on eight Gaussians in a ring",
    **RING,
)
def sngan_ring() -> Recipe:
    critic = {**SPECTRAL, "last_bias": False}  # as geometric-gan-ring
    return _on_ring(loss="hinge", critic_steps=2, critic=critic)


@entry(
    "mmd-gan-ring",
    paper="arXiv:1705.08584",
    title="MMD-GAN on eight Gaussians in a ring",
    **RING,
)
def mmd_gan_ring() -> Recipe:
    return _on_ring(
        epochs=150,  # after 100 a tenth still lay between the modes
        # From the width of a mode to more than that of the ring.
        loss=kg.losses.MMD((0.05, 0.1, 0.3, 1.0, 3.0)),
        outputs=8,  # features, of which the plane needs 2
        # Spectral norms instead of clipping: features no farther apart than points,
        # and an offset of all features cancels.
        critic={**SPECTRAL, "last_bias": False},
    )


@entry(
    "f-gan-ring",
    paper="arXiv:1606.00709",
    title="f-GAN (Pearson's divergence) on eight Gaussians in a ring",
    **RING,
)
def f_gan_ring() -> Recipe:
    # The name of any of the eight will do. The conjugate of this one grows as a square:
    # with an exponential, as of Kullback-Leibler, one outlier owns the whole batch.
    return _on_ring(loss="pearson", penalty=kg.penalties.R1(0.1))  # as lsgan-ring


@entry(
    "relativistic-ring",
    paper="arXiv:1807.00734",
    title="Relativistic average GAN on eight Gaussians in a ring",
    **RING,
)
def relativistic_ring() -> Recipe:
    return _on_ring(
        loss="relativistic_average",
        penalty=kg.penalties.R1(0.1),  # as lsgan-ring
        critic={"last_bias": False},  # scores are only compared: an offset cancels
    )


@entry(
    "wgan-digits",
    paper="arXiv:1701.07875",
    title="WGAN with clipped weights of handwritten digits",
    data=Spec("digits"),
    **GAME,
)
def wgan_digits(facts=digits.FACTS) -> Recipe:
    # Without momentum, as in the paper, and as fast as the training is short.
    optimizer = decaying(1e-3, "RMSprop")
    return digits.recipe(
        kg.GAN(
            digits.transposed(facts.shape),
            # An offset of the scores cancels.
            kg.networks.mlp.encoder(facts.shape, 1, 256, 2, last_bias=False),
            loss="wasserstein",
            # The paper's. With .1 scores grew by a thousand, and half of the samples
            # were of two classes. On the ring none of .01, .05 and .1 served
            # (docs/modes.md has one of them).
            constraint=kg.constraints.ClipWeights(0.01),
            critic_steps=kg.schedules.CriticSchedule(),  # the paper's
            average=digits.AVERAGE,
        ),
        of_players(optimizer, critic_steps=6),  # on average
    )


@entry(
    "dcgan-small-glyphs",
    paper="arXiv:1511.06434",
    title="Small DCGAN on rendered characters",
    data=glyphs.UNTOLD,
    shown=False,  # the rung that others are compared with: it invents characters
    **GAME,
)
def dcgan_small_glyphs(facts=glyphs.FACTS) -> Recipe:
    critic = kg.networks.dcgan.discriminator(facts.shape, 24, 0.1)
    model = kg.GAN(glyphs.generator(shape=facts.shape), critic, average=glyphs.AVERAGE)
    return glyphs.recipe(model, epochs=36)


@entry(
    "wgan-gp-glyphs",
    paper="arXiv:1704.00028",
    title="WGAN-GP on rendered characters",
    data=glyphs.UNTOLD,
    weights=False,
    **GAME,
)
def wgan_gp_glyphs(facts=glyphs.FACTS) -> Recipe:
    generator = glyphs.generator(shape=facts.shape)
    critic = glyphs.scorer(32, facts.shape)
    return glyphs.recipe(kg.GAN(generator, critic, **glyphs.wasserstein()))


@entry(
    "sngan-glyphs",
    paper="arXiv:1802.05957",
    title="SNGAN on rendered characters, with its residual networks",
    data=glyphs.UNTOLD,
    weights=False,
    **GAME,
)
def sngan_glyphs(facts=glyphs.FACTS) -> Recipe:
    resnet = kg.networks.resnet
    model = kg.GAN(
        resnet.generator(20, facts.shape, 24),
        resnet.discriminator(facts.shape, 20, last_bias=False),
        loss="hinge",
        average=glyphs.AVERAGE,
    )
    return glyphs.recipe(model, rate=8e-4, epochs=11)  # 3,564 steps


@entry(
    "dcgan-fashion",
    paper="arXiv:1511.06434",
    title="DCGAN on Fashion-MNIST",
    precision="float12",
    **real.FASHION,
    **GAME,
)
def dcgan_fashion(facts=real.FACTS) -> Recipe:
    dcgan = kg.networks.dcgan
    model = kg.GAN(
        dcgan.generator(64, facts.shape, 40),
        # At 32, weaker than the generator, many of the bags and dark shoes came out in
        # pieces (Frechet 45 in the features of classifier-fashion).
        dcgan.discriminator(facts.shape, 48, 0.1),
        average=glyphs.AVERAGE,
    )
    return real.recipe(model, epochs=15)


@entry(
    "dcgan-faces",
    paper="arXiv:1511.06434",
    title="DCGAN of drawn faces, 64x64",
    data=Spec("faces/avataaars"),
    precision="float12",
    weights=False,  # not trained yet
    **GAME,
)
def dcgan_faces() -> Recipe:
    dcgan, shape = kg.networks.dcgan, (64, 64, 3)
    return Recipe(
        model=kg.GAN(
            dcgan.generator(64, shape, 20),
            dcgan.discriminator(shape, 20, 0.1),
            average=glyphs.AVERAGE,
        ),
        optimizer=decaying(4e-4, beta_1=0.5),
        batch=64,
        epochs=15,  # 4,680 steps
    )


@entry(
    "wgan-gp-fashion",
    paper="arXiv:1704.00028",
    title="WGAN-GP on Fashion-MNIST",
    weights=False,
    **real.FASHION,
    **GAME,
)
def wgan_gp_fashion(facts=real.FACTS) -> Recipe:
    generator = real.generator(shape=facts.shape)
    critic = kg.networks.dcgan.discriminator(facts.shape, 24, normalised=False)
    return real.recipe(kg.GAN(generator, critic, **glyphs.wasserstein()))


@entry(
    "sngan-fashion",
    paper="arXiv:1802.05957",
    title="SNGAN on Fashion-MNIST, with its residual networks",
    **real.FASHION,
    **GAME,
)
def sngan_fashion(facts=real.FACTS) -> Recipe:
    resnet = kg.networks.resnet
    model = kg.GAN(
        resnet.generator(32, facts.shape, 24),
        resnet.discriminator(facts.shape, 20, last_bias=False),
        loss="hinge",
        average=glyphs.AVERAGE,
    )
    return real.recipe(model, rate=8e-4, epochs=5)


@entry(
    "dcgan-celeba-paper",
    paper="arXiv:1511.06434",
    title="DCGAN at its published size, 64x64 faces",
    data=Spec("celeb_a", size=(64, 64)),
    licence="non-commercial research only, as the data",
    weights=False,
    **GAME,
)
def dcgan_celeba_paper() -> Recipe:
    dcgan = kg.networks.dcgan
    shape, width = (64, 64, 3), 64  # 3,576,704 and 2,765,568 parameters
    return Recipe(
        model=kg.GAN(
            dcgan.generator(100, shape, width),
            dcgan.discriminator(shape, width),
        ),
        optimizer=constant(2e-4, beta_1=0.5),
        batch=128,
        epochs=25,
    )
