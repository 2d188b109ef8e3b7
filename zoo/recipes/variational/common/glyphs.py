"""What the VAEs of rendered characters share."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.registry import Recipe

SHAPE = (28, 28, 1)
LATENT = 16  # class, font, weight, slant, size, place, turn, and room to spare
BLACK_AND_WHITE = {
    "tasks": ("generate", "encode"),
    "data": Spec("glyphs", binarise="static"),
}


def recipe(system, latent=LATENT, **options) -> Recipe:
    """Of a small VAE: all but the parts that are given, so that they compare."""
    conv, width = kg.networks.conv, 12  # small enough to train a table of many parts
    posterior = options.get("posterior") or kg.posteriors.Diagonal()
    return Recipe(
        model=system(
            conv.encoder(SHAPE, posterior.size(latent), width),
            conv.decoder(latent, SHAPE, width),
            **options,
        ),
        optimizer=decaying(2e-3),  # as good as twice the epochs at a constant rate
        batch=128,
        epochs=10,  # minutes each; vae-glyphs takes 23 of them, and reaches 79 nats
    )
