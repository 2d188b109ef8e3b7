"""Recipes of GAN-CLS: a face from a caption."""

import keras_gen as kg
import zoo
from keras_gen.data import Spec
from zoo.rates import constant, decaying
from zoo.registry import Recipe, entry


@entry(
    "gan-cls-faces",
    system="GANCLS",
    paper="arXiv:1605.05396",
    title="Drawn faces from a caption, 32x32",
    tasks=("generate",),
    data=Spec("faces/avataaars", size=(32, 32), labels="caption"),
    precision="float12",
    weights=False,  # not trained yet
)
def gan_cls_faces() -> Recipe:
    shape, size, width = (32, 32, 3), 64, 24  # of the paper's 64 seven times the work
    networks = kg.networks.gan_cls

    def optimizer(steps):
        return {
            "generator": constant(2e-4, beta_1=0.5),
            "discriminator": constant(2e-4, beta_1=0.5),
            "encoder": decaying(1e-3)(steps),
        }

    return Recipe(
        model=kg.GANCLS(
            networks.generator(100, size, shape, width),
            networks.discriminator(shape, size, width),
            zoo.build("clip-faces"),  # which learns beside the game
            interpolate=1.0,
        ),
        optimizer=optimizer,
        batch=64,
        epochs=20,  # 6,240 steps of .24 s, 2e8 operations for each of 400,000 images
    )
