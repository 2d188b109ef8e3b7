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
    network = kg.networks.made.made(
        shape,
        levels,
        hidden=(70,) if tiny else (500,),
        dropout=0.0 if tiny else 0.5,  # 1,297 images are soon known by heart
    )
    return Recipe(
        model=kg.MADE(network, kg.likelihoods.Categorical(levels)),
        optimizer=keras.optimizers.Adam(1e-3),
        batch=64,
        epochs=2 if tiny else 60,
    )
