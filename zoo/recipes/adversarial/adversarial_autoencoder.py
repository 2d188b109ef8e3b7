"""Recipes of the adversarial autoencoder."""

import keras_gen as kg
from zoo.rates import decaying
from zoo.recipes.adversarial.common import real
from zoo.registry import Recipe, entry


@entry(
    "aae-mnist",
    system="AdversarialAutoencoder",
    paper="arXiv:1511.05644",
    title="Adversarial autoencoder of MNIST",
    tasks=("generate", "encode", "reconstruct"),
    precision="float12",
    **real.MNIST,
)
def aae_mnist() -> Recipe:
    mlp = kg.networks.mlp
    # The latents are the paper's; its 1,000 units would be 4.6 million weights.
    shape, latent, width = real.SHAPE, 8, 300
    return Recipe(
        model=kg.AdversarialAutoencoder(
            mlp.encoder(shape, latent, width),
            mlp.decoder(latent, shape, width),
            mlp.encoder((latent,), 1, width),
            weight=0.01,  # of logs near .7, beside squared errors near .02
        ),
        optimizer=decaying(4e-4, beta_1=0.5),
        batch=100,
        epochs=30,
    )
