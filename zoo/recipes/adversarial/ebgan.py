"""Recipe of the energy-based GAN."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.recipes.adversarial.common import digits
from zoo.registry import Recipe, entry


@entry(
    "ebgan-digits",
    system="EBGAN",
    paper="arXiv:1609.03126",
    title="Energy-based GAN of handwritten digits",
    tasks=("generate",),
    data=Spec("digits"),
)
def ebgan_digits() -> Recipe:
    mlp = kg.networks.mlp
    # Of a few codes the directions, which pull away, turn too fast for float16.
    codes, width = 16, 128
    return digits.recipe(
        kg.EBGAN(
            digits.generator(width=width),
            mlp.encoder(digits.SHAPE, codes, width, depth=1),
            mlp.generator(codes, digits.SHAPE, width, depth=1),
            # The energy of one who knows the mean image alone is .073, of a good
            # autoencoder .01: what is worse than this is bad enough.
            margin=0.05,
            pull_away=0.1,  # the paper's
            average=digits.AVERAGE,
        )
    )
