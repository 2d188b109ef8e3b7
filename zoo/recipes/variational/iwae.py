"""Recipes of the IWAE."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.recipes.variational.common import real
from zoo.registry import Recipe, entry

IWAE = {"system": "IWAE", "paper": "arXiv:1509.00519"}
SAMPLES = 5  # the paper's smaller one: 50 are ten times the work


STATIC = {"tasks": ("generate", "encode"), "data": Spec("mnist", binarise="static")}


@entry(
    "iwae-mnist",
    title="IWAE of MNIST at its published size, 5 draws",
    precision="float10",
    weights=False,
    **IWAE,
    **real.SHARED,
    **STATIC,
)
def iwae_mnist() -> Recipe:
    return _published(SAMPLES, epochs=100)


@entry(
    "iwae-50-mnist",
    title="IWAE of MNIST at its published size, 50 draws",
    precision="float10",
    weights=False,
    **IWAE,
    **real.SHARED,
    **STATIC,
)
def iwae_50_mnist() -> Recipe:
    return _published(50, epochs=20)


def _published(samples, epochs) -> Recipe:
    mlp, shape = kg.networks.mlp, real.FACTS.shape
    latent, width, smooth = 50, 200, "tanh"  # 425,284 parameters
    return Recipe(
        model=kg.IWAE(
            mlp.encoder(shape, 2 * latent, width, 2, smooth),
            mlp.decoder(latent, shape, width, 2, smooth),
            samples=samples,
        ),
        # The paper's falls in eight steps over 3,280 epochs, of batches of 20.
        optimizer=decaying(1e-3),
        batch=100,
        epochs=epochs,
    )
