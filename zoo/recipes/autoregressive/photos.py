"""Densities of photographs."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.registry import Recipe, entry


@entry(
    "pixelcnn-pp-photos",
    system="PixelCNNPP",
    paper="arXiv:1701.05517",
    title="PixelCNN++ of crops of two photographs, in colour",
    tasks=("generate", "density"),
    data=Spec("photos"),
    licence="CC BY 2.0, as the data",
)
def pixelcnn_pp_photos(tiny: bool = False) -> Recipe:
    shape = (16, 16, 3)
    head = kg.likelihoods.DiscretizedLogisticMixture(2 if tiny else 5)
    network = kg.networks.pixelcnn_pp.pixelcnn_pp(
        shape,
        head.parameters(shape)[-1],
        width=2 if tiny else 16,
        depth=0 if tiny else 1,
        halvings=0 if tiny else 2,  # the tiny one of digits has some
        dropout=0.0,  # one epoch is too short to learn the crops by heart
    )
    return Recipe(
        model=kg.PixelCNNPP(network, head),
        optimizer=decaying(3e-3),
        batch=16,
        epochs=1,  # in which each pixel is met in 16 crops
    )
