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
)
def gan_cls_faces() -> Recipe:
    from zoo.loading import load

    shape, size, networks = (32, 32, 3), 64, kg.networks

    def optimizer(steps):
        return {
            "generator": decaying(4e-4, beta_1=0.5)(steps),
            "discriminator": decaying(2e-4, beta_1=0.5)(steps),
            "encoder": decaying(1e-4)(steps),  # which knows its captions
        }

    return Recipe(
        model=kg.GANCLS(
            networks.gan_cls.generator(32, size, shape, 24, short=96),
            # As fast as the generator, and twice as wide, it knew the training images
            # by heart after ten epochs; dropout of .1 made the grounds noisy.
            networks.gan_cls.discriminator(shape, size, 20),
            load("clip-faces"),
            # Without, all images of a caption were one.
            diversity=0.05,
        ),
        optimizer=optimizer,
        batch=64,
        epochs=22,  # 6,864 steps
    )
