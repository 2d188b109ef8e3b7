"""Recipe of the CatGAN."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.recipes.adversarial.common import digits
from zoo.registry import Recipe, entry


@entry(
    "cat-gan-digits",
    system="CatGAN",
    paper="arXiv:1511.06390",
    title="CatGAN of handwritten digits, ten categories without labels",
    tasks=("generate",),
    data=Spec("digits"),
)
def cat_gan_digits() -> Recipe:
    critic = digits.critic(10)
    return digits.recipe(kg.CatGAN(digits.generator(), critic, **digits.game()))
