"""Recipes of the logistic autoregression."""

import keras_gen as kg
from zoo import heads
from zoo.rates import decaying
from zoo.recipes.autoregressive.common import digits, glyphs
from zoo.registry import Recipe, entry


@entry(
    "fvsbn-digits",
    system="FVSBN",
    paper="arXiv:1509.03650",
    title="Logistic autoregression of handwritten digits, 17 grey levels",
    **digits.GREY,
)
def fvsbn_digits(facts=digits.FACTS) -> Recipe:
    return Recipe(
        model=kg.FVSBN(facts.shape, heads.each(facts, 3)),
        optimizer=decaying(5e-3),
        batch=64,
        epochs=100,
    )


@entry(
    "fvsbn-glyphs",
    system="FVSBN",
    paper="arXiv:1509.03650",
    title="Logistic autoregression of rendered characters, black and white",
    **glyphs.BLACK_AND_WHITE,
)
def fvsbn_glyphs(facts=glyphs.FACTS) -> Recipe:
    return Recipe(
        model=kg.FVSBN(facts.shape, heads.each(facts)),
        optimizer=decaying(3e-3),
        batch=128,
        epochs=20,
    )
