"""Recipes of the BEGAN."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import constant
from zoo.recipes.adversarial.common import digits
from zoo.registry import Recipe, entry


@entry(
    "began-digits",
    system="BEGAN",
    paper="arXiv:1703.10717",
    title="BEGAN of handwritten digits",
    tasks=("generate",),
    data=Spec("digits"),
)
def began_digits() -> Recipe:
    import keras

    code, width = 16, 128
    x = kg.networks.mlp.encoder(digits.SHAPE, code, width, depth=1)
    decoder = kg.networks.mlp.generator(code, digits.SHAPE, width, depth=1)
    return digits.recipe(
        kg.BEGAN(
            # Of dense layers, all samples became one or two images that the
            # autoencoder finds easy, with every gamma that was tried.
            digits.transposed(),
            keras.Model(x.input, decoder(x.output), name="autoencoder"),
            # As various as a BEGAN can be. In trainings of 1,500 steps samples deviated
            # by .83 of what the data do; with .95, .9 and .7 by .65, .53 and .35.
            gamma=1.0,
            rate=0.01,  # ten times the paper's, for a shorter training
            average=digits.AVERAGE,
        )
    )


@entry(
    "began-celeba-paper",
    system="BEGAN",
    paper="arXiv:1703.10717",
    title="BEGAN at its published size, 64x64 faces",
    tasks=("generate",),
    data=Spec("celeb_a", size=(64, 64)),
    licence="non-commercial research only, as the data",
    weights=False,
)
def began_celeba_paper() -> Recipe:
    began = kg.networks.began
    shape = (64, 64, 3)
    latent, width = 64, 128  # 1,716,611 and 13,405,379 parameters
    return Recipe(
        model=kg.BEGAN(
            began.generator(latent, shape, width),
            began.autoencoder(shape, latent, width),
            gamma=0.5,  # of the paper's .3 to .7
        ),
        optimizer=constant(1e-4, beta_1=0.5),  # halved by hand as M stalls
        batch=16,
        epochs=25,
    )
