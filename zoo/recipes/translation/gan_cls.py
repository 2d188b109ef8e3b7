"""Recipes of GAN-CLS: a face from a caption."""

import keras_gen as kg
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
    from zoo.loading import load

    shape, size, networks = (32, 32, 3), 64, kg.networks

    def optimizer(steps):
        game = decaying(5e-4, beta_1=0.0, beta_2=0.9)
        return {
            "generator": game(steps),
            "discriminator": game(steps),
            "encoder": decaying(1e-4)(steps),  # which knows its captions
        }

    return Recipe(
        model=kg.GANCLS(
            networks.gan_cls.generator(32, size, shape, 24, short=96),
            # The paper's, of half the width, knew the training images by heart after
            # ten epochs, and with dropout all captions had one face.
            networks.resnet.discriminator(shape, 24, last_bias=False, dim=size),
            load("clip-faces"),
            loss="hinge",
        ),
        optimizer=optimizer,
        batch=64,
        epochs=10,  # 3,120 steps
    )
