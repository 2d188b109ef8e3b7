"""Recipes of DDPM, told the class."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.registry import Recipe, entry

DDPM = {"system": "DDPM", "tasks": ("generate",), "paper": "arXiv:2006.11239"}
DDPM["precision"] = "float12"


@entry(
    "ddpm-mnist",
    title="DDPM of handwritten digits, asked by class",
    data=Spec("mnist", labels="class"),
    **DDPM,
)
def ddpm_mnist() -> Recipe:
    # Patches of 2: the maps have sides of 14 and 7.
    network = kg.networks.denoiser.unet((28, 28, 1), (40, 64), classes=10)
    # Told alone, 89 % of the digits are the one that was asked for.
    return _recipe(network, classes=10, guidance=2.0)


@entry(
    "ddpm-fashion",
    title="DDPM of clothes, asked by kind",
    data=Spec("fashion_mnist", labels="class"),
    **DDPM,
)
def ddpm_fashion() -> Recipe:
    network = kg.networks.denoiser.unet((28, 28, 1), (48, 72), classes=10)
    return _recipe(network, classes=10, guidance=1.5)


def _recipe(network, **options) -> Recipe:
    return Recipe(
        model=kg.DDPM(
            network,
            # After 2,947 steps with the noise as the target a digit was the one that
            # was asked for in one of five: where all is noise, it tells no class.
            target=kg.targets.V(),
            steps=50,  # of 1000: so many for 10,000 samples take a quarter of an hour
            average=0.998,  # over 500 steps
            **options,
        ),
        optimizer=decaying(1.5e-3),
        batch=128,
        epochs=7,
    )
