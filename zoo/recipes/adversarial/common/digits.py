"""What the games on handwritten digits share."""

import keras_gen as kg
from zoo.rates import decaying
from zoo.registry import Facts, Recipe

FACTS = Facts((8, 8, 1), levels=17)
TOLD = Facts(FACTS.shape, FACTS.levels, classes=10)
SHAPE, CLASSES = TOLD.shape, TOLD.classes
AVERAGE = 0.998  # over 500 steps


def recipe(model, optimizer=None, batch=64, epochs=200) -> Recipe:
    """The training of `model`; 4,000 steps where nothing else is said."""
    optimizer = optimizer or decaying(5e-4, beta_1=0.5)  # as DCGAN
    return Recipe(model=model, optimizer=optimizer, batch=batch, epochs=epochs)


def game():
    """The rest of a plain game."""
    # With ten times the penalty, and dropout of .3, the critic could tell nothing (its
    # loss stayed at 2 log 2), and one digit in seven looked like another than asked.
    return {"penalty": kg.penalties.R1(0.03), "average": AVERAGE}


def generator(width=256):
    """Of dense layers."""
    return kg.networks.mlp.generator(24, SHAPE, width, depth=3)


def transposed(shape=SHAPE):
    """A generator that ends in a transposed convolution, as DCGAN's."""
    latent, width = 24, 16
    return kg.networks.dcgan.generator(latent, shape, width)


def critic(outputs, dropout=0.1):
    """Of dense layers."""
    return kg.networks.mlp.encoder(SHAPE, outputs, 256, 2, "leaky_relu", dropout)
