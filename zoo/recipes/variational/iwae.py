"""Recipes of the IWAE."""

import keras_gen as kg
from zoo.recipes.variational.common import digits, glyphs
from zoo.registry import Recipe, entry

IWAE = {"system": "IWAE", "paper": "arXiv:1509.00519"}
SAMPLES = 5  # the paper's smaller one: 50 are ten times the work


@entry("iwae-digits", title="IWAE of digits, 5 draws", **IWAE, **digits.GREY)
def iwae_digits(facts=digits.FACTS) -> Recipe:
    return digits.recipe(kg.IWAE, facts, samples=SAMPLES)


@entry(
    "iwae-glyphs",
    title="IWAE of rendered characters, 5 draws",
    **IWAE,
    **glyphs.BLACK_AND_WHITE,
)
def iwae_glyphs(facts=glyphs.FACTS) -> Recipe:
    return glyphs.recipe(kg.IWAE, facts, samples=SAMPLES)
