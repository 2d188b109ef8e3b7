"""Recipe of the ensemble of MADEs."""

import keras_gen as kg
from zoo.recipes.autoregressive.common import digits
from zoo.registry import Recipe, entry


@entry(
    "made-ensemble-digits",
    system="MADEEnsemble",
    paper="arXiv:1502.03509",
    title="MADE of handwritten digits in four orders at once",
    **digits.GREY,
)
def made_ensemble_digits(facts=digits.FACTS) -> Recipe:
    return digits.made(kg.MADEEnsemble, facts, order="random", orders=4)
