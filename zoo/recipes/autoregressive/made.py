"""Recipes of MADE."""

import keras_gen as kg
from zoo import heads
from zoo.rates import decaying
from zoo.recipes.autoregressive.common import digits, glyphs
from zoo.registry import Recipe, entry


@entry(
    "made-digits",
    system="MADE",
    paper="arXiv:1502.03509",
    title="MADE of handwritten digits, 17 grey levels",
    **digits.GREY,
)
def made_digits(facts=digits.FACTS) -> Recipe:
    return digits.made(kg.MADE, facts)


@entry(
    "made-glyphs",
    system="MADE",
    paper="arXiv:1502.03509",
    title="MADE of rendered characters, black and white",
    **glyphs.BLACK_AND_WHITE,
)
def made_glyphs(facts=glyphs.FACTS) -> Recipe:
    # One hidden layer of the paper's size: 785,284 parameters.
    law = heads.each(facts)
    outputs = law.parameters(facts.shape)[-1] // facts.shape[-1]
    network = kg.networks.made.made(facts.shape, outputs, hidden=(500,))
    return Recipe(
        model=kg.MADE(network, law),
        optimizer=decaying(2e-3),
        batch=128,
        epochs=20,
    )
