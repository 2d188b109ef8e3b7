"""Recipes of GAN-CLS: a face from a caption."""

import keras_gen as kg
import zoo
from keras_gen.data import Spec
from zoo.rates import decaying
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
    shape, size = (32, 32, 3), 64
    networks = kg.networks.gan_cls

    def optimizer(steps):
        # As fast as the generator, and twice as wide, the discriminator knew the
        # training images by heart after ten epochs, and one face was left.
        return {
            "generator": decaying(4e-4, beta_1=0.5)(steps),
            "discriminator": decaying(2e-4, beta_1=0.5)(steps),
            "encoder": decaying(1e-3)(steps),
        }

    return Recipe(
        model=kg.GANCLS(
            networks.generator(100, size, shape, 24),  # of the paper's 64
            networks.discriminator(shape, size, 16, dropout=0.1),
            zoo.build("clip-faces"),  # which learns beside the game
            interpolate=1.0,
        ),
        optimizer=optimizer,
        batch=64,
        epochs=12,  # 3,744 steps
    )
