"""Recipes of the autoregressive family."""

from etils import epy

import keras_gen as kg
from keras_gen.data import Spec
from zoo.registry import Recipe, entry

with epy.lazy_imports():
    import keras


@entry(
    "made-digits",
    system="MADE",
    paper="arXiv:1502.03509",
    title="MADE of handwritten digits, 17 grey levels",
    tasks=("generate", "density"),
    data=Spec("digits"),
)
def made_digits(tiny: bool = False) -> Recipe:
    shape, levels = (8, 8, 1), 17
    # 1,297 images: a mixture, which knows that levels are neighbours, is .11 bits/dim
    # better on validation than Categorical with more units.
    head = kg.likelihoods.DiscretizedLogisticMixture(3, levels)
    network = kg.networks.made.made(
        shape,
        head.parameters(shape)[-1],
        hidden=(70,) if tiny else (400,),  # a second layer was worse: too few images
        dropout=0.5,
        direct=True,  # the linear part of the dependence, without the dropout
    )
    return Recipe(
        model=kg.MADE(network, head),
        optimizer=lambda steps: keras.optimizers.AdamW(
            keras.optimizers.schedules.CosineDecay(1e-3, steps),
            weight_decay=0.1,  # .3 is as good; with the dropout it keeps val near train
        ),
        batch=64,
        epochs=2 if tiny else 120,
    )
