"""Recipes of DiscoGAN: things of one class, as things of another."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import constant, decaying
from zoo.registry import Facts, Recipe, entry

DISCO = {"system": "DiscoGAN", "paper": "arXiv:1703.05192", "tasks": ("translate",)}
SHOES = ("class", "Sandal", "Sneaker", "Ankle boot")
CLOTHES = Facts((28, 28, 1), levels=256, other=(28, 28, 1))


@entry(
    "discogan-shoes-bags",
    title="Handbags for shoes, and shoes for handbags, without pairs",
    data=Spec(
        "fashion_mnist",
        only=SHOES,
        other=Spec("fashion_mnist", only=("class", "Bag")),
    ),
    **DISCO,
)
def discogan_shoes_bags(facts=CLOTHES) -> Recipe:
    a, b = facts.shape, facts.other
    width, depth = 32, 2
    return Recipe(
        model=kg.DiscoGAN(
            _translator(a, b[-1], width, depth),
            _translator(b, a[-1], width, depth),
            *(
                kg.networks.dcgan.discriminator(shape, width, normalised=False)
                for shape in (a, b)
            ),
            early_steps=300,  # of 1,300: a fifth, as in the paper's code
        ),
        optimizer=decaying(5e-4, beta_1=0.5),
        batch=64,
        epochs=15,
    )


@entry(
    "discogan-shoes-bags-paper",
    title="DiscoGAN at its published size, on classes of clothing",
    data=Spec(
        "fashion_mnist",
        size=(64, 64),
        channels=3,
        only=SHOES,
        other=Spec("fashion_mnist", size=(64, 64), channels=3, only=("class", "Bag")),
    ),
    weights=False,
    **DISCO,
)
def discogan_shoes_bags_paper() -> Recipe:
    shape = (64, 64, 3)
    return Recipe(
        model=kg.DiscoGAN(
            *(_translator(shape, 3, 64, 4, "batch") for _ in "ab"),
            *(kg.networks.dcgan.discriminator(shape, 64) for _ in "ab"),
        ),
        optimizer=constant(2e-4, beta_1=0.5, weight_decay=1e-5),
        batch=64,
        epochs=600,
    )


def _translator(shape, channels, width, depth, norm="instance"):
    """Convolutions down and up: all that is kept comes through the middle."""
    return kg.networks.pix2pix.generator(
        shape, channels, width, depth, norm, dropout=0.0, skips=False
    )
