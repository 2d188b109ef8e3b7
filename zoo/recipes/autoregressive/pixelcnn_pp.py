"""Recipes of the PixelCNN++."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import constant, decaying
from zoo.recipes.autoregressive.common import digits
from zoo.registry import Recipe, entry

PIXELCNN_PP = {"system": "PixelCNNPP", "paper": "arXiv:1701.05517"}


def _model(shape, head, **sizes):
    network = kg.networks.pixelcnn_pp.pixelcnn_pp
    return kg.PixelCNNPP(network(shape, head.parameters(shape)[-1], **sizes), head)


def _of_levels(shape):
    """A small one of 256 levels."""
    return _model(
        shape,
        kg.likelihoods.DiscretizedLogisticMixture(5),
        width=16,
        depth=1,
        halvings=2,  # of 28 pixels to 7, of 32 to 8
        dropout=0.0,  # a few epochs are too short to learn images by heart
    )


@entry(
    "pixelcnn-pp-digits",
    title="PixelCNN++ of handwritten digits, 17 grey levels",
    **PIXELCNN_PP,
    **digits.GREY,
)
def pixelcnn_pp_digits(facts=digits.FACTS) -> Recipe:
    return Recipe(
        model=_model(
            facts.shape,
            digits.head(facts.levels),
            width=16,
            depth=1,
            halvings=1,  # a digit of 4x4 is the last that has a form
            dropout=0.2,
        ),
        optimizer=decaying(2e-3),
        batch=64,
        epochs=60,
    )


@entry(
    "pixelcnn-pp-photos",
    title="PixelCNN++ of crops of two photographs, in colour",
    tasks=("generate", "density"),
    data=Spec("photos"),
    licence="CC BY 2.0, as the data",
    weights=False,  # 3.87 bits/dim, and nothing in its crops that one can name
    **PIXELCNN_PP,
)
def pixelcnn_pp_photos() -> Recipe:
    return Recipe(
        model=_of_levels((16, 16, 3)),
        optimizer=decaying(3e-3),
        batch=16,
        epochs=1,  # in which each pixel is met in 16 crops
    )


@entry(
    "pixelcnn-pp-fashion",
    title="PixelCNN++ of Fashion-MNIST, 256 grey levels",
    tasks=("generate", "density"),
    data=Spec("fashion_mnist"),
    weights=False,
    **PIXELCNN_PP,
)
def pixelcnn_pp_fashion() -> Recipe:
    return Recipe(
        model=_of_levels((28, 28, 1)),
        optimizer=decaying(3e-3),
        batch=32,
        epochs=2,  # some ten minutes each
    )


@entry(
    "pixelcnn-pp-faces",
    title="PixelCNN++ of drawn faces at 32x32, in colour",
    tasks=("generate", "density"),
    data=Spec("faces/avataaars", size=(32, 32)),
    weights=False,  # not trained yet
    **PIXELCNN_PP,
)
def pixelcnn_pp_faces() -> Recipe:
    return Recipe(
        model=_of_levels((32, 32, 3)),
        optimizer=decaying(3e-3),
        batch=32,
        epochs=4,
    )


@entry(
    "pixelcnn-pp-cifar-paper",
    title="PixelCNN++ at its published size",
    tasks=("generate", "density"),
    data=Spec("cifar10"),
    licence="research use, as the data",
    weights=False,
    **PIXELCNN_PP,
)
def pixelcnn_pp_cifar_paper() -> Recipe:
    import keras

    rate = keras.optimizers.schedules.ExponentialDecay(1e-3, 1, 0.999995)
    return Recipe(
        # 53,617,860 weights; 53,659,080 with those that it has no use for: a gain for
        # each filter (weight normalisation), and one tap of the first layer twice.
        model=_model(
            (32, 32, 3),
            kg.likelihoods.DiscretizedLogisticMixture(10),
            width=160,
            depth=5,
            halvings=2,
            dropout=0.5,
        ),
        optimizer=constant(rate, beta_1=0.95, beta_2=0.9995),
        batch=128,  # 16 on each of 8 GPUs
        epochs=5000,
    )
