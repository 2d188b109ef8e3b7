"""What the VAEs of rendered characters share."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo import heads
from zoo.rates import decaying
from zoo.registry import Facts, Recipe

FACTS = Facts((28, 28, 1), levels=2)
SHAPE = FACTS.shape
LATENT = 16  # class, font, weight, slant, size, place, turn, and room to spare
BLACK_AND_WHITE = {
    "tasks": ("generate", "encode"),
    "data": Spec("glyphs", binarise="static"),
}
# Small ones, whose bounds are compared; what they draw is softer than vae-glyphs.
SMALL = {**BLACK_AND_WHITE, "shown": False}


def recipe(system, facts=FACTS, latent=LATENT, **options) -> Recipe:
    """Of a small VAE: all but the parts that are given, so that they compare."""
    conv, width = kg.networks.conv, 12  # small enough to train a table of many parts
    law = heads.of(facts.levels)
    posterior = options.get("posterior") or kg.posteriors.Diagonal()
    return Recipe(
        model=system(
            conv.encoder(facts.shape, posterior.size(latent), width),
            conv.decoder(latent, law.parameters(facts.shape), width),
            likelihood=law,
            **options,
        ),
        optimizer=decaying(2e-3),  # as good as twice the epochs at a constant rate
        batch=128,
        epochs=10,  # minutes each; vae-glyphs takes 23 of them, and reaches 79 nats
    )
