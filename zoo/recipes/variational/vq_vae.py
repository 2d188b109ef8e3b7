"""Recipes of the VQ-VAE."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import constant, decaying
from zoo.recipes.variational.common import digits, real
from zoo.registry import Recipe, entry

CODES = {"system": "VQVAE", "paper": "arXiv:1711.00937"}
CODES |= {"tasks": ("reconstruct", "encode")}


@entry(
    "vq-vae-digits",
    title="VQ-VAE of handwritten digits, 4x4 codes learned by gradient",
    data=Spec("digits"),
    **CODES,
)
def vq_vae_digits() -> Recipe:
    book = kg.Codebook(32, 8, "gradient", revive=0.05)
    return Recipe(
        model=_model(
            digits.SHAPE,
            book,
            digits.head(),
            width=64,  # patches of 2x2 need no more
            halvings=1,
        ),
        optimizer=decaying(2e-3),  # the codebook settles where the encoder does
        batch=64,
        epochs=60,
    )


@entry(
    "vq-vae-mnist",
    data=Spec("mnist", binarise="static"),
    title="VQ-VAE of MNIST, 7x7 codes",
    **CODES,
    **real.SHARED,
)
def vq_vae_mnist() -> Recipe:
    # 64 kinds of 4x4 patches; more would be used, and cost the prior that is to come.
    book = kg.Codebook(64, 16, revive=0.05)
    head = kg.likelihoods.Bernoulli()
    return Recipe(
        # A quarter of the published width: one channel of ink.
        model=_model(real.FACTS.shape, book, head, width=32, halvings=2),
        optimizer=decaying(2e-3),
        batch=64,
        epochs=5,
    )


@entry(
    "vq-vae-cifar10-paper",
    title="VQ-VAE at its published size, CIFAR-10",
    data=Spec("cifar10"),
    weights=False,
    **CODES,
)
def vq_vae_cifar10_paper() -> Recipe:
    # The standard deviation of the data's values: the published code divides the
    # squared error by their variance.
    head = kg.likelihoods.Gaussian(0.25)
    # 695,491 parameters, 32,768 of them the codebook's.
    book = kg.Codebook(512, 64, "gradient")
    return Recipe(
        model=_model((32, 32, 3), book, head, width=128, halvings=2),
        optimizer=constant(3e-4),
        batch=32,
        epochs=160,  # 250,000 steps
    )


def _model(shape, book, head, width, halvings):
    """A fourth of the width inside two residual blocks, as published."""
    vqvae = kg.networks.vqvae
    side, size = shape[0] // 2**halvings, (width, width // 4, halvings, 2)
    return kg.VQVAE(
        vqvae.encoder(shape, book.dim, *size),
        vqvae.decoder((side, side, book.dim), head.parameters(shape)[-1], *size),
        book,
        head,
    )
