"""What the VAEs of MNIST and Fashion-MNIST share: the sizes of the comparisons.

Two layers of 300 units and 40 latents are what the figures in docs/published.md were
measured with.
"""

import keras_gen as kg
from keras_gen.data import Spec
from zoo import heads
from zoo.rates import decaying
from zoo.registry import Facts, Recipe

FACTS = Facts((28, 28, 1), levels=2)
TOLD = Facts(FACTS.shape, FACTS.levels, classes=10)
SHARED = {"licence": "CC BY-SA 3.0, as the data"}  # of MNIST
COMPONENTS = 500  # the published number of pseudo-inputs


def black_and_white(name: str, **form) -> dict:
    """Drawn anew in each epoch, as where the figures come from."""
    data = Spec(name, binarise="dynamic", **form)
    return {"tasks": ("generate", "encode"), "data": data}


def recipe(system, facts=FACTS, latent=40, width=300, epochs=100, **options) -> Recipe:
    """All but the parts that are given, so that they compare."""
    mlp, shape, law = kg.networks.mlp, facts.shape, heads.of(facts.levels)
    return Recipe(
        model=system(
            mlp.encoder(shape, 2 * latent, width, depth=2),
            mlp.decoder(latent, law.parameters(shape), width, depth=2),
            likelihood=law,
            **options,
        ),
        optimizer=decaying(1e-3),
        batch=100,
        epochs=epochs,
    )
