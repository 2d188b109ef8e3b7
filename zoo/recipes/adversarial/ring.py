"""Games on eight Gaussians in a ring."""

from etils import epy

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying, of_players
from zoo.registry import Recipe, entry

with epy.lazy_imports():
    from keras_gen.parts import losses, penalties


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
    return _on_ring(
        tiny,
        epochs=150,  # after 100 a tenth still lay between the modes
        # From the width of a mode to more than that of the ring.
        loss=losses.MMD((0.05, 0.1, 0.3, 1.0, 3.0)),
        outputs=8,  # features, of which the plane needs 2
        # Spectral norms instead of clipping: features no farther apart than points,
        # and an offset of all features cancels.
        critic={**_SPECTRAL, "last_bias": False},
    )


@entry(
    "f-gan-ring",
    system="GAN",
    paper="arXiv:1606.00709",
    title="f-GAN (Pearson's divergence) on eight Gaussians in a ring",
    tasks=("generate",),
    data=Spec("points/ring"),
)
def f_gan_ring(tiny: bool = False) -> Recipe:
    # The name of any of the eight will do. The conjugate of this one grows as a square:
    # with an exponential, as of Kullback-Leibler, one outlier owns the whole batch.
    return _on_ring(tiny, loss="pearson", penalty=penalties.R1(0.1))


@entry(
    "boundary-seeking-ring",
    system="GAN",
    paper="arXiv:1702.08431",
    title="Boundary-seeking GAN on eight Gaussians in a ring",
    tasks=("generate",),
    data=Spec("points/ring"),
)
def boundary_seeking_ring(tiny: bool = False) -> Recipe:
    # From a mode that it does not fill the generator goes away: there the best critic
    # is on the real side of the boundary. More of its steps keep it near its best; a
    # flatter one (a penalty of 1), or one at four times the generator's rate, found no
    # more modes.
    return _on_ring(
        tiny,
        loss="boundary_seeking",
        penalty=penalties.R1(0.1),  # as lsgan-ring
        critic_steps=3,
    )


@entry(
    "relativistic-ring",
    system="GAN",
    paper="arXiv:1807.00734",
    title="Relativistic average GAN on eight Gaussians in a ring",
    tasks=("generate",),
    data=Spec("points/ring"),
)
def relativistic_ring(tiny: bool = False) -> Recipe:
    return _on_ring(
        tiny,
        loss="relativistic_average",
        penalty=penalties.R1(0.1),  # as lsgan-ring
        critic={"last_bias": False},  # scores are only compared: an offset cancels
    )
