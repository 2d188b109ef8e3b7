"""What the densities of handwritten digits share."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo import heads
from zoo.rates import decaying
from zoo.registry import Facts, Recipe

FACTS = Facts((8, 8, 1), levels=17, classes=10)
SHAPE = FACTS.shape
GREY = {"tasks": ("generate", "density"), "data": Spec("digits")}


def head(levels=FACTS.levels):
    """A mixture, which knows that the 17 levels are neighbours.

    With the 1,297 images of MADE it was .11 bits/dim better on validation than
    Categorical with more units.
    """
    return heads.of(levels, components=3)


def made(system, facts=FACTS, **options) -> Recipe:
    """MADE, in one order or in several."""
    law = heads.each(facts, 3)
    network = kg.networks.made.made(
        facts.shape,
        law.parameters(facts.shape)[-1] // facts.shape[-1],
        hidden=(400,),  # a second layer was worse: too few images
        dropout=0.5,
        direct=True,  # the linear part of the dependence, without the dropout
        **options,
    )
    return Recipe(
        model=system(network, law),
        # A decay of .3 is as good; with the dropout it keeps validation near training.
        optimizer=decaying(1e-3, "AdamW", weight_decay=0.1),
        batch=64,
        epochs=120,
    )


def causal(
    system,
    network,
    facts=FACTS,
    width=24,
    depth=4,
    rate=2e-3,
    dropout=0.2,
    epochs=100,
    **options,
) -> Recipe:
    """A causal network of the image at its one size."""
    law = head(facts.levels)
    network = network(
        facts.shape,
        law.parameters(facts.shape)[-1],
        width=width,
        depth=depth,
        head=(48,),
        dropout=dropout,
        **options,
    )
    return Recipe(
        model=system(network, law), optimizer=decaying(rate), batch=64, epochs=epochs
    )
