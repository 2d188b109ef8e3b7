"""Recipe of the conditional VAE."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.recipes.variational.common import digits
from zoo.registry import Recipe, entry


@entry(
    "cvae-digits",
    system="ConditionalVAE",
    paper="arXiv:1406.5298",
    title="Conditional VAE of digits, told the class",
    tasks=("generate", "encode"),
    data=Spec("digits", labels="class"),
)
def cvae_digits(facts=digits.FACTS) -> Recipe:
    return digits.recipe(kg.ConditionalVAE, facts, classes=facts.classes)
