"""Recipes of the plain autoencoder."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import constant, decaying
from zoo.registry import Facts, Recipe, entry

PLAIN = {"system": "Autoencoder", "tasks": ("reconstruct", "encode")}
DEEP = {**PLAIN, "paper": "doi:10.1126/science.1127647"}

DIGITS, GLYPHS = Facts((8, 8, 1), 17), Facts((28, 28, 1), 256)


@entry(
    "ae-linear-digits",
    paper="doi:10.1016/0893-6080(89)90014-2",
    title="Linear autoencoder of handwritten digits: PCA by gradient descent",
    data=Spec("digits"),
    **PLAIN,
)
def ae_linear_digits(facts=DIGITS) -> Recipe:
    deep = kg.networks.deep
    shape, codes = facts.shape, 10  # three quarters of the variance
    return Recipe(
        model=kg.Autoencoder(deep.encoder(shape, codes), deep.decoder(codes, shape)),
        optimizer=decaying(1e-2),  # the optimum is one plane, and nothing overfits
        batch=64,
        epochs=150,
    )


def _deep(shape, codes, units, activation="relu"):
    """A stack of dense layers and its mirror image.

    Of the cross-entropy, unlike the squared error, the gradient survives outputs near
    0 and 1.
    """
    deep = kg.networks.deep
    return kg.Autoencoder(
        deep.encoder(shape, codes, units, activation),
        deep.decoder(codes, shape, units, activation),
        loss="cross_entropy",
    )


@entry(
    "ae-deep-mnist",
    title="Deep autoencoder of ReLU units, MNIST, 30 codes",
    data=Spec("mnist"),
    licence="CC BY-SA 3.0, as the data",
    precision="float12",
    **DEEP,
)
def ae_deep_mnist(facts=GLYPHS) -> Recipe:
    # The paper's codes, and a sixth of its weights: its layers have 1,000, 500 and 250.
    return Recipe(
        model=_deep(facts.shape, 30, (256, 128)),
        optimizer=decaying(1e-3),
        batch=100,
        epochs=40,
    )


@entry(
    "ae-conv-mnist",
    title="Convolutional autoencoder of MNIST, 16 codes",
    data=Spec("mnist"),
    licence="CC BY-SA 3.0, as the data",
    **DEEP,
)
def ae_conv_mnist(facts=GLYPHS) -> Recipe:
    conv = kg.networks.conv
    # The codes of arXiv:1903.12436, which fits laws to them; a fraction of its width.
    shape, codes, width = facts.shape, 16, 16
    return Recipe(
        model=kg.Autoencoder(
            conv.encoder(shape, codes, width), conv.decoder(codes, shape, width)
        ),
        optimizer=decaying(2e-3),
        batch=100,
        epochs=15,
    )


@entry(
    "ae-deep-mnist-paper",
    title="Deep autoencoder at its published size, MNIST",
    data=Spec("mnist"),
    licence="CC BY-SA 3.0, as the data",
    weights=False,
    **DEEP,
)
def ae_deep_mnist_paper() -> Recipe:
    return Recipe(
        # 2,837,314 parameters.
        model=_deep((28, 28, 1), 30, (1000, 500, 250), "sigmoid"),
        # In the place of its layer-wise pretraining and conjugate gradients.
        optimizer=constant(1e-3),
        batch=100,
        epochs=200,
    )
