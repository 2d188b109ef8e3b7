"""Recipes of the variational family."""

from etils import epy

import keras_gen as kg
from keras_gen.data import Spec
from zoo.registry import Recipe, entry

with epy.lazy_imports():
    import keras


@entry(
    "vae-digits",
    system="VAE",
    paper="arXiv:1312.6114",
    title="VAE of handwritten digits, 17 grey levels",
    tasks=("generate", "encode"),
    data=Spec("digits"),
)
def vae_digits(tiny: bool = False) -> Recipe:
    mlp = kg.networks.mlp
    shape, levels = (8, 8, 1), 17
    latent = 8  # 64 pixels, 10 classes: more coordinates stay unused
    width = 8 if tiny else 256
    # 1,297 images are too few to learn 17 unrelated levels for each pixel: a mixture,
    # which knows that levels are neighbours, is .12 bits/dim better (on validation)
    # than Categorical, and a single logistic .07.
    head = kg.likelihoods.DiscretizedLogisticMixture(4, levels)
    dropout = 0.3  # or the validation ELBO turns after 60 epochs
    return Recipe(
        model=kg.VAE(
            mlp.encoder(shape, 2 * latent, width, 1, dropout=dropout),
            mlp.decoder(latent, head.parameters(shape), width, 1, dropout=dropout),
            head,
        ),
        optimizer=keras.optimizers.Adam(1e-3),
        batch=64,  # 20 steps in an epoch: 128 would leave 10
        epochs=2 if tiny else 200,  # still .005 bits/dim better in the last 10 of 120
    )


@entry(
    "vae-glyphs",
    system="VAE",
    paper="arXiv:1312.6114",
    title="VAE of rendered characters, black and white",
    tasks=("generate", "encode"),
    data=Spec("glyphs", binarise="static"),
)
def vae_glyphs(tiny: bool = False) -> Recipe:
    conv = kg.networks.conv
    shape = (28, 28, 1)
    latent = 16  # class, font, weight, slant, size, place, turn, and room to spare
    width = 2 if tiny else 32
    return Recipe(
        model=kg.VAE(
            conv.encoder(shape, 2 * latent, width),
            conv.decoder(latent, shape, width),
        ),
        optimizer=keras.optimizers.Adam(1e-3),
        batch=16 if tiny else 128,
        epochs=40,
    )


@entry(
    "vae-mnist-paper",
    system="VAE",
    paper="arXiv:1312.6114",
    title="VAE at its published size, binarised MNIST",
    tasks=("generate", "encode"),
    data=Spec("mnist", binarise="static"),
    licence="CC BY-SA 3.0, as the data",
    weights=False,
)
def vae_mnist_paper(tiny: bool = False) -> Recipe:
    mlp = kg.networks.mlp
    shape, latent = (28, 28, 1), 20
    width = 8 if tiny else 500  # 815,824 parameters
    return Recipe(
        model=kg.VAE(
            mlp.encoder(shape, 2 * latent, width, depth=1, activation="tanh"),
            mlp.decoder(latent, shape, width, depth=1, activation="tanh"),
        ),
        optimizer=keras.optimizers.Adagrad(0.01),  # the paper tried .01, .02 and .1
        batch=100,
        epochs=500,
    )
