"""A VAE of points, whose decoder says how far they scatter."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.registry import Recipe, entry


@entry(
    "vae-ring",
    system="VAE",
    paper="arXiv:1312.6114",
    title="VAE of eight Gaussians in a ring, Gaussian decoder of learned scales",
    tasks=("generate", "encode"),
    data=Spec("points/ring"),
)
def vae_ring(tiny: bool = False) -> Recipe:
    mlp = kg.networks.mlp
    latent = 2  # as many as the plane: a map of the plane onto itself
    width, depth = (8, 1) if tiny else (96, 3)
    smooth = "tanh"  # .07 nats better than ReLU, which cuts the plane into flat pieces
    head = kg.likelihoods.Gaussian("pixel")  # mean and scale of each coordinate
    return Recipe(
        model=kg.VAE(
            mlp.encoder((2,), 2 * latent, width, depth, smooth),
            mlp.decoder(latent, head.parameters((2,)), width, depth, smooth),
            head,
            # A sixth of the training. Without it, one coordinate dies in the first
            # steps: five of the eight modes, and 1.6 nats worse.
            warm_up=3000,
        ),
        optimizer=decaying(2e-3),  # small networks: twice the usual rate is stable
        batch=128,
        epochs=120,  # 18,840 steps: half a minute
    )
