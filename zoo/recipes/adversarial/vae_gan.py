"""Recipes of the VAE-GAN: of digits, and of drawn faces."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.registry import Recipe, entry


@entry(
    "vae-gan-digits",
    system="VAEGAN",
    paper="arXiv:1512.09300",
    title="VAE-GAN of handwritten digits",
    tasks=("generate", "encode", "reconstruct"),
    data=Spec("digits"),
    weights=False,  # a third of what it drew was grey haze
)
def vae_gan_digits() -> Recipe:
    mlp, dcgan = kg.networks.mlp, kg.networks.dcgan
    shape, latent = (8, 8, 1), 8
    return Recipe(
        model=kg.VAEGAN(
            mlp.encoder(shape, 2 * latent, 256),
            dcgan.generator(latent, shape, 64),
            dcgan.discriminator(shape, 64),
            deviation=0.1,  # of the features; with the paper's 1 the codes said nothing
            gamma=0.01,  # 1,024 features are compared, and their squares summed
        ),
        optimizer=decaying(4e-4, beta_1=0.5),
        batch=64,
        epochs=120,
    )


@entry(
    "vae-gan-faces",
    system="VAEGAN",
    paper="arXiv:1512.09300",
    title="VAE-GAN of drawn faces at 32x32",
    tasks=("generate", "encode", "reconstruct"),
    data=Spec("faces/avataaars", size=(32, 32)),
    precision="float12",
    weights=False,  # not trained yet
)
def vae_gan_faces() -> Recipe:
    conv, dcgan = kg.networks.conv, kg.networks.dcgan
    shape, latent, width = (32, 32, 3), 64, 24
    return Recipe(
        model=kg.VAEGAN(
            conv.encoder(shape, 2 * latent, width),
            dcgan.generator(latent, shape, width),
            dcgan.discriminator(shape, width),
            deviation=0.1,  # as for digits
            gamma=0.01,
        ),
        optimizer=decaying(4e-4, beta_1=0.5),
        batch=64,
        epochs=20,
    )
