"""Recipes of the InfoGAN."""

import keras_gen as kg
from zoo.recipes.adversarial.common import glyphs, real
from zoo.registry import Recipe, entry


@entry(
    "infogan-mnist",
    system="InfoGAN",
    paper="arXiv:1606.03657",
    title="InfoGAN of MNIST, ten categories and two numbers",
    tasks=("generate", "encode"),
    precision="float12",
    **real.MNIST,
)
def infogan_mnist() -> Recipe:
    code = 10 + 2  # the paper's
    model = kg.InfoGAN(
        real.generator(code),
        real.critic(1 + code),
        categories=10,
        codes=2,
        # The paper's. At a tenth of it the purity of its categories was .36; here .53.
        weight=1.0,
        **glyphs.wasserstein(),
    )
    return real.recipe(model)
