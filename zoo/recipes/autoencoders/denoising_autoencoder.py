"""Recipes of the denoising autoencoder: one for each kind of noise."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.registry import Facts, Recipe, entry

DENOISING = {"system": "DenoisingAutoencoder", "tasks": ("denoise", "encode")}
DENOISING |= {"data": Spec("digits")}

DIGITS, MNIST = Facts((8, 8, 1), 17), Facts((28, 28, 1), 256)


@entry(
    "dae-gaussian-digits",
    paper="doi:10.1162/NECO_a_00142",
    title="Denoising autoencoder, Gaussian noise on handwritten digits",
    **DENOISING,
)
def dae_gaussian_digits(facts=DIGITS) -> Recipe:
    # As much noise as the pixels themselves vary.
    return _on_digits(facts, kg.corruption.GaussianNoise(0.3))


@entry(
    "dae-gaussian-mnist",
    system="DenoisingAutoencoder",
    paper="doi:10.1162/NECO_a_00142",
    title="Denoising autoencoder, Gaussian noise on MNIST",
    tasks=("denoise", "encode"),
    data=Spec("mnist"),
    licence="CC BY-SA 3.0, as the data",
)
def dae_gaussian_mnist(facts=MNIST) -> Recipe:
    conv, codes, width = kg.networks.conv, 64, 24
    return Recipe(
        model=kg.DenoisingAutoencoder(
            conv.encoder(facts.shape, codes, width),
            conv.decoder(codes, facts.shape, width),
            kg.corruption.GaussianNoise(0.3),
        ),
        optimizer=decaying(2e-3),
        batch=64,
        epochs=10,
    )


@entry(
    "dae-gaussian-faces",
    system="DenoisingAutoencoder",
    paper="doi:10.1162/NECO_a_00142",
    title="Denoising autoencoder, Gaussian noise on drawn faces",
    tasks=("denoise", "encode"),
    data=Spec("faces/avataaars", size=(32, 32)),
)
def dae_gaussian_faces() -> Recipe:
    conv, codes, width = kg.networks.conv, 128, 24
    return Recipe(
        model=kg.DenoisingAutoencoder(
            conv.encoder((32, 32, 3), codes, width),
            conv.decoder(codes, (32, 32, 3), width),
            kg.corruption.GaussianNoise(0.3),
        ),
        optimizer=decaying(2e-3),
        batch=64,
        epochs=20,
    )


def _on_digits(facts, spoil) -> Recipe:
    deep = kg.networks.deep
    shape, units = facts.shape, (256,)
    codes = 64  # no bottleneck: the noise forbids the identity
    return Recipe(
        model=kg.DenoisingAutoencoder(
            deep.encoder(shape, codes, units), deep.decoder(codes, shape, units), spoil
        ),
        optimizer=decaying(2e-3),
        batch=64,
        epochs=300,  # fresh noise in every epoch
    )
