"""Recipes of the adversarial family."""

from etils import epy

import keras_gen as kg
from keras_gen.data import Spec
from zoo.registry import Recipe, entry

with epy.lazy_imports():
    import keras

    from keras_gen.adversarial import losses, penalties


@entry(
    "gan-ring",
    system="GAN",
    paper="arXiv:1406.2661",
    title="GAN on eight Gaussians in a ring",
    tasks=("generate",),
    data=Spec("points/ring"),
)
def gan_ring(tiny: bool = False) -> Recipe:
    # The non-saturating loss pulls hardest where the discriminator is sure, and lost
    # two or three of the eight modes with these settings.
    return _on_ring(tiny, epochs=80, loss="minimax")


def _on_ring(tiny, epochs=100, outputs=1, critic=None, critic_steps=1, **game):
    """What the games on the ring share; `critic` has options of its network."""
    mlp = kg.networks.mlp
    latent = 8  # more than the plane's 2: the map may fold less
    width = 8 if tiny else 128

    def optimizer(steps):
        return keras.optimizers.Adam(
            # The decay ends the players' circling around the equilibrium, which keeps
            # a tenth of the samples between the modes.
            keras.optimizers.schedules.CosineDecay(1e-3, steps),
            beta_1=0.5,  # as in DCGAN: momentum over a moving target overshoots
            beta_2=0.9,
        )

    return Recipe(
        model=kg.GAN(
            mlp.encoder((latent,), 2, width, depth=3),
            mlp.encoder((2,), outputs, width, depth=3, **(critic or {})),
            critic_steps=critic_steps,
            **game,
        ),
        optimizer=lambda steps: {
            "generator": optimizer(steps),
            "discriminator": optimizer(steps * critic_steps),
        },
        batch=256,  # each of the 8 modes shows about 32 times in a batch
        epochs=epochs,
    )


# Spectral norms shrink what rectified layers let through; leaks help.
_SPECTRAL = {"spectral": True, "activation": "leaky_relu"}


@entry(
    "lsgan-ring",
    system="GAN",
    paper="arXiv:1611.04076",
    title="Least squares GAN on eight Gaussians in a ring",
    tasks=("generate",),
    data=Spec("points/ring"),
)
def lsgan_ring(tiny: bool = False) -> Recipe:
    # A little flatness on the data: without it two of the eight modes were lost.
    return _on_ring(tiny, loss="least_squares", penalty=penalties.R1(0.1))


@entry(
    "geometric-gan-ring",
    system="GAN",
    paper="arXiv:1705.02894",
    title="Geometric GAN (hinge) on eight Gaussians in a ring",
    tasks=("generate",),
    data=Spec("points/ring"),
)
def geometric_gan_ring(tiny: bool = False) -> Recipe:
    # Within the margins an offset of the scores cancels, and has no gradient.
    return _on_ring(
        tiny, loss="hinge", penalty=penalties.R1(0.1), critic={"last_bias": False}
    )


@entry(
    "wgan-gp-ring",
    system="GAN",
    paper="arXiv:1704.00028",
    title="WGAN-GP on eight Gaussians in a ring",
    tasks=("generate",),
    data=Spec("points/ring"),
)
def wgan_gp_ring(tiny: bool = False) -> Recipe:
    return _on_ring(
        tiny,
        epochs=77,  # 6,000 steps of the generator
        loss="wasserstein",
        penalty=penalties.GradientPenalty(0.1),  # the authors' for toys, not images
        critic_steps=3,  # 5 cost more time than they brought
        critic={"last_bias": False},  # an offset cancels
    )


@entry(
    "sngan-ring",
    system="GAN",
    paper="arXiv:1802.05957",
    title="SNGAN on eight Gaussians in a ring",
    tasks=("generate",),
    data=Spec("points/ring"),
)
def sngan_ring(tiny: bool = False) -> Recipe:
    critic = {**_SPECTRAL, "last_bias": False}  # as geometric-gan-ring
    return _on_ring(tiny, loss="hinge", critic_steps=2, critic=critic)


@entry(
    "mmd-gan-ring",
    system="GAN",
    paper="arXiv:1705.08584",
    title="MMD-GAN on eight Gaussians in a ring",
    tasks=("generate",),
    data=Spec("points/ring"),
)
def mmd_gan_ring(tiny: bool = False) -> Recipe:
    # From the width of a mode to more than that of the ring. In tiny they are wide:
    # narrow ones have slopes of 1 / width, which overflow with the first scales of the
    # loss in float16, and a model of a few steps would have skipped most of them.
    bandwidths = (1.0, 3.0) if tiny else (0.05, 0.1, 0.3, 1.0, 3.0)
    return _on_ring(
        tiny,
        epochs=150,  # after 100 a tenth still lay between the modes
        loss=losses.MMD(bandwidths),
        outputs=8,  # features, of which the plane needs 2
        # Spectral norms instead of clipping: features no farther apart than points,
        # and an offset of all features cancels.
        critic={**_SPECTRAL, "last_bias": False},
    )


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
        optimizer=lambda steps: keras.optimizers.Adam(
            # Twice the paper's rate, for the training is short; decaying to nothing,
            # for strokes become smooth when the players stop circling.
            keras.optimizers.schedules.CosineDecay(4e-4, steps),
            beta_1=0.5,  # the paper's; .9 oscillates
        ),
        batch=batch,
        epochs=45,
    )


@entry(
    "conditional-gan-digits",
    system="ConditionalGAN",
    paper="arXiv:1411.1784",
    title="Conditional GAN of handwritten digits",
    tasks=("generate",),
    data=Spec("digits", labels="class"),
)
def conditional_gan_digits(tiny: bool = False) -> Recipe:
    told = kg.networks.labelled.told
    return _on_digits(
        kg.ConditionalGAN(
            told(_generator(tiny, 10), 10),
            told(_critic(tiny, 1, told=10), 10),
            classes=10,
            **_game(),
        )
    )


@entry(
    "ac-gan-digits",
    system="ACGAN",
    paper="arXiv:1610.09585",
    title="AC-GAN of handwritten digits",
    tasks=("generate", "classify"),
    data=Spec("digits", labels="class"),
)
def ac_gan_digits(tiny: bool = False) -> Recipe:
    generator = kg.networks.labelled.told(_generator(tiny, 10), 10)
    return _on_digits(kg.ACGAN(generator, _critic(tiny, 1 + 10), classes=10, **_game()))


@entry(
    "infogan-digits",
    system="InfoGAN",
    paper="arXiv:1606.03657",
    title="InfoGAN of handwritten digits, ten categories and two numbers",
    tasks=("generate", "encode"),
    data=Spec("digits"),
)
def infogan_digits(tiny: bool = False) -> Recipe:
    code = 10 + 2  # as the paper's for MNIST
    return _on_digits(
        kg.InfoGAN(
            _generator(tiny, code),
            _critic(tiny, 1 + code),
            categories=10,
            codes=2,
            **_game(),
        )
    )


@entry(
    "improved-gan-digits",
    system="ImprovedGAN",
    paper="arXiv:1606.03498",
    title="Improved GAN of handwritten digits, which classifies them",
    tasks=("generate", "classify"),
    data=Spec("digits", labels="class"),
)
def improved_gan_digits(tiny: bool = False) -> Recipe:
    # With the others' critic it classified as well, but told real from generated so
    # surely (its loss was .015) that the images were poorer. Matching features is for
    # classifying: of these games it draws the worst.
    critic = _critic(tiny, 10, dropout=0.3)
    features = [y.name for y in critic.layers if "dense" in y.name][-2]
    return _on_digits(
        kg.ImprovedGAN(
            _generator(tiny),
            critic,
            features,
            loss=losses.Minimax(smoothing=0.1),
            penalty=penalties.R1(0.1),
            average=0.998,
        )
    )


@entry(
    "cat-gan-digits",
    system="CatGAN",
    paper="arXiv:1511.06390",
    title="CatGAN of handwritten digits, ten categories without labels",
    tasks=("generate",),
    data=Spec("digits"),
)
def cat_gan_digits(tiny: bool = False) -> Recipe:
    return _on_digits(kg.CatGAN(_generator(tiny), _critic(tiny, 10), **_game()))


def _game():
    # With ten times the penalty, and dropout of .3, the critic could tell nothing (its
    # loss stayed at 2 log 2), and one digit in seven looked like another than asked.
    return {
        "penalty": penalties.R1(0.03),
        "average": 0.998,  # over 500 steps
    }


def _generator(tiny, told=0):
    """Of digits; `told` of its inputs are what it is told."""
    latent, width, depth = (2, 8, 1) if tiny else (24, 256, 3)
    return kg.networks.mlp.generator(latent + told, (8, 8, 1), width, depth)


def _critic(tiny, outputs, told=0, dropout=0.1):
    width, depth, dropout = (8, 1, 0.0) if tiny else (256, 2, dropout)
    return kg.networks.mlp.encoder(
        (8, 8, 1 + told), outputs, width, depth, "leaky_relu", dropout
    )


def _on_digits(model) -> Recipe:
    """What the games on digits share."""
    return Recipe(
        model=model,
        optimizer=lambda steps: keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(5e-4, steps),  # as dcgan-glyphs
            beta_1=0.5,
        ),
        batch=64,
        epochs=200,  # 4,000 steps
    )


@entry(
    "aae-digits",
    system="AdversarialAutoencoder",
    paper="arXiv:1511.05644",
    title="Adversarial autoencoder of handwritten digits",
    tasks=("generate", "encode", "reconstruct"),
    data=Spec("digits"),
)
def aae_digits(tiny: bool = False) -> Recipe:
    mlp = kg.networks.mlp
    shape, latent = (8, 8, 1), 2 if tiny else 8
    width = 4 if tiny else 256
    return Recipe(
        model=kg.AdversarialAutoencoder(
            mlp.encoder(shape, latent, width),
            mlp.decoder(latent, shape, width),
            mlp.encoder((latent,), 1, width),
            weight=0.01,  # of logs near .7, beside squared errors near .02
        ),
        optimizer=lambda steps: keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(1e-3, steps), beta_1=0.5
        ),
        batch=64,
        epochs=2 if tiny else 200,
    )


@entry(
    "vae-gan-digits",
    system="VAEGAN",
    paper="arXiv:1512.09300",
    title="VAE-GAN of handwritten digits",
    tasks=("generate", "encode", "reconstruct"),
    data=Spec("digits"),
)
def vae_gan_digits(tiny: bool = False) -> Recipe:
    mlp, dcgan = kg.networks.mlp, kg.networks.dcgan
    shape, latent = (8, 8, 1), 2 if tiny else 8
    return Recipe(
        model=kg.VAEGAN(
            mlp.encoder(shape, 2 * latent, 4 if tiny else 256),
            dcgan.generator(latent, shape, 2 if tiny else 64),
            dcgan.discriminator(shape, 2 if tiny else 64),
            deviation=0.1,  # of the features; with the paper's 1 the codes said nothing
            gamma=0.01,  # 1,024 features are compared, and their squares summed
        ),
        optimizer=lambda steps: keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(4e-4, steps), beta_1=0.5
        ),
        batch=64,
        epochs=2 if tiny else 120,
    )


@entry(
    "dcgan-celeba-paper",
    system="GAN",
    paper="arXiv:1511.06434",
    title="DCGAN at its published size, 64x64 faces",
    tasks=("generate",),
    data=Spec("celeb_a", size=(64, 64)),
    licence="non-commercial research only, as the data",
    weights=False,
)
def dcgan_celeba_paper(tiny: bool = False) -> Recipe:
    dcgan = kg.networks.dcgan
    shape = (64, 64, 3)
    width = 2 if tiny else 64  # 3,576,704 and 2,765,568 parameters
    return Recipe(
        model=kg.GAN(
            dcgan.generator(100, shape, width),
            dcgan.discriminator(shape, width),
        ),
        optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5),
        batch=8 if tiny else 128,
        epochs=25,
    )


@entry(
    "began-celeba-paper",
    system="BEGAN",
    paper="arXiv:1703.10717",
    title="BEGAN at its published size, 64x64 faces",
    tasks=("generate",),
    data=Spec("celeb_a", size=(64, 64)),
    licence="non-commercial research only, as the data",
    weights=False,
)
def began_celeba_paper(tiny: bool = False) -> Recipe:
    began = kg.networks.began
    shape = (64, 64, 3)
    latent, width = (2, 1) if tiny else (64, 128)  # 1,716,611 and 13,405,379 parameters
    return Recipe(
        model=kg.BEGAN(
            began.generator(latent, shape, width),
            began.autoencoder(shape, latent, width),
            gamma=0.5,  # of the paper's .3 to .7
        ),
        optimizer=keras.optimizers.Adam(1e-4, beta_1=0.5),  # halved by hand as M stalls
        batch=16,
        epochs=25,
    )
