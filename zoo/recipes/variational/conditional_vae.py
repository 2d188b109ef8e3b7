"""Recipes of the conditional VAE."""

import keras_gen as kg
from zoo import heads
from zoo.rates import decaying
from zoo.recipes.variational.common import real
from zoo.registry import Recipe, entry


@entry(
    "cvae-mnist",
    system="ConditionalVAE",
    paper="arXiv:1406.5298",
    title="Conditional VAE of MNIST, told the class",
    **real.SHARED,
    **real.black_and_white("mnist", labels="class"),
)
def cvae_mnist(facts=real.TOLD) -> Recipe:
    return _real(facts)


@entry(
    "cvae-fashion",
    system="ConditionalVAE",
    paper="arXiv:1406.5298",
    title="Conditional VAE of Fashion-MNIST, told the class",
    **real.black_and_white("fashion_mnist", labels="class"),
)
def cvae_fashion(facts=real.TOLD) -> Recipe:
    return _real(facts)


def _real(facts) -> Recipe:
    # Dense layers of 300 would be told the class by ten more channels: three million
    # weights. Narrow ones: the class and 16 numbers are soon decoded.
    conv, latent, width, law = kg.networks.conv, 16, 16, heads.of(facts.levels)
    shape, classes = facts.shape, facts.classes
    return Recipe(
        model=kg.ConditionalVAE(
            conv.encoder((*shape[:2], shape[2] + classes), 2 * latent, width),
            conv.decoder(latent + classes, law.parameters(shape), width),
            classes=classes,
            likelihood=law,
        ),
        optimizer=decaying(2e-3),
        batch=128,
        epochs=20,
    )
