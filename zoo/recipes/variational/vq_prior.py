"""Recipes of the priors of codes."""

import keras_gen as kg
import zoo
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.recipes.variational.common import digits, real
from zoo.registry import Recipe, entry

PRIOR = {"system": "VQPrior", "paper": "arXiv:1711.00937"}


@entry(
    "vq-prior-digits",
    title="Gated PixelCNN of the codes of vq-vae-digits",
    **PRIOR,
    **digits.GREY,
)
def vq_prior_digits() -> Recipe:
    # 1,297 maps of 16 codes are few: narrow, and much dropout.
    return _of_codes("vq-vae-digits", 24, 2, dropout=0.4, epochs=60)


@entry(
    "vq-prior-mnist",
    title="Gated PixelCNN of the codes of vq-vae-mnist",
    tasks=("generate", "encode"),
    data=Spec("mnist", binarise="static"),
    **PRIOR,
    **real.SHARED,
)
def vq_prior_mnist() -> Recipe:
    # 40 times the images: wider and deeper, with little dropout.
    return _of_codes("vq-vae-mnist", 32, 4, dropout=0.1, epochs=4)


def _of_codes(trained, width, depth, dropout, epochs) -> Recipe:
    vq_vae = zoo.load(trained)
    shape, codes = (*vq_vae.code_shape, 1), vq_vae.codebook.codes
    network = kg.networks.pixelcnn.gated_pixelcnn(
        shape,
        codes,
        width=width,
        depth=depth,
        first=7,  # half of the larger map, all of the smaller
        head=(64,),
        dropout=dropout,
        codes=codes,
    )
    head = kg.likelihoods.Categorical(codes)
    return Recipe(
        model=kg.VQPrior(vq_vae, kg.GatedPixelCNN(network, head)),
        optimizer=decaying(2e-3),
        batch=64,
        epochs=epochs,
    )
