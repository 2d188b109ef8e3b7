"""Recipes of the logistic autoregression."""

import keras_gen as kg
from zoo import heads
from zoo.rates import decaying
from zoo.recipes.autoregressive.common import digits
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
