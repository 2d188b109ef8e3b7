"""VQ-VAEs, and the priors of their codes."""

from etils import epy

import keras_gen as kg
import zoo
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.registry import Recipe, entry

with epy.lazy_imports():
    import keras


CODES = {"system": "VQVAE", "paper": "arXiv:1711.00937"}


CODES |= {"tasks": ("reconstruct", "encode")}


@entry(
    "vq-vae-glyphs",
    title="VQ-VAE of rendered characters, 7x7 codes",
    data=Spec("glyphs", binarise="static"),
    **CODES,
)
def vq_vae_glyphs(tiny: bool = False) -> Recipe:
    width = 4 if tiny else 32  # a quarter of the published: one channel of ink
    # 64 kinds of 4x4 patches; more would be used, and cost the prior that is to come.
    book = kg.Codebook(4 if tiny else 64, 2 if tiny else 16, revive=0.05)
    return _vq_vae((28, 28, 1), book, width, 2, tiny, batch=64, epochs=6)


@entry(
    "vq-vae-digits",
    title="VQ-VAE of handwritten digits, 4x4 codes learned by gradient",
    data=Spec("digits"),
    **CODES,
)
def vq_vae_digits(tiny: bool = False) -> Recipe:
    width = 4 if tiny else 64  # patches of 2x2 need no more
    book = kg.Codebook(4 if tiny else 32, 2 if tiny else 8, "gradient", revive=0.05)
    # As the other entries on digits have it, for their reasons.
    head = kg.likelihoods.DiscretizedLogisticMixture(4, 17)
    return _vq_vae((8, 8, 1), book, width, 1, tiny, head, batch=64, epochs=60)


def _vq_vae(shape, book, width, halvings, tiny, head=None, **training) -> Recipe:
    """A fourth of the width inside the residual blocks, as published."""
    vqvae = kg.networks.vqvae
    side = shape[0] // 2**halvings
    head = head or kg.likelihoods.Bernoulli()
    size = (width, max(1, width // 4), halvings, 1 if tiny else 2)
    training["batch"] = 8 if tiny else training["batch"]
    return Recipe(
        model=kg.VQVAE(
            vqvae.encoder(shape, book.dim, *size),
            vqvae.decoder((side, side, book.dim), head.parameters(shape)[-1], *size),
            book,
            head,
        ),
        optimizer=decaying(2e-3),  # the codebook settles where the encoder does
        **training,
    )


@entry(
    "vq-vae-cifar10-paper",
    title="VQ-VAE at its published size, CIFAR-10",
    data=Spec("cifar10"),
    weights=False,
    **CODES,
)
def vq_vae_cifar10_paper(tiny: bool = False) -> Recipe:
    vqvae = kg.networks.vqvae
    # 695,491 parameters, 32,768 of them the codebook's.
    book = kg.Codebook(4 if tiny else 512, 2 if tiny else 64, "gradient")
    size = (4, 1) if tiny else (128, 32)
    return Recipe(
        model=kg.VQVAE(
            vqvae.encoder((32, 32, 3), book.dim, *size),
            vqvae.decoder((8, 8, book.dim), 3, *size),
            book,
            # The standard deviation of the data's values: the published code divides
            # the squared error by their variance.
            kg.likelihoods.Gaussian(0.25),
        ),
        optimizer=keras.optimizers.Adam(3e-4),
        batch=8 if tiny else 32,
        epochs=160,  # 250,000 steps
    )


PRIOR = {"system": "VQPrior", "paper": "arXiv:1711.00937"}


PRIOR |= {"tasks": ("generate", "encode")}


@entry(
    "vq-prior-digits",
    title="Gated PixelCNN of the codes of vq-vae-digits",
    data=Spec("digits"),
    **PRIOR,
)
def vq_prior_digits(tiny: bool = False) -> Recipe:
    # 1,297 maps of 16 codes are few: narrow, and much dropout.
    return _vq_prior(tiny, "vq-vae-digits", 24, 2, dropout=0.4, batch=64, epochs=60)


@entry(
    "vq-prior-glyphs",
    title="Gated PixelCNN of the codes of vq-vae-glyphs",
    data=Spec("glyphs", binarise="static"),
    **PRIOR,
)
def vq_prior_glyphs(tiny: bool = False) -> Recipe:
    # 16 times the images: wider and deeper, with little dropout.
    return _vq_prior(tiny, "vq-vae-glyphs", 32, 4, dropout=0.1, batch=64, epochs=6)


def _vq_prior(tiny, codes_of, width, depth, dropout, **training) -> Recipe:
    vq_vae = zoo.build(codes_of, tiny=True) if tiny else zoo.load(codes_of)
    shape, codes = (*vq_vae.code_shape, 1), vq_vae.codebook.codes
    network = kg.networks.pixelcnn.gated_pixelcnn(
        shape,
        codes,
        width=2 if tiny else width,
        depth=1 if tiny else depth,
        first=3 if tiny else 7,  # half of the larger map, all of the smaller
        head=(4,) if tiny else (64,),
        dropout=0.0 if tiny else dropout,
        codes=codes,
    )
    head = kg.likelihoods.Categorical(codes)
    training["batch"] = 8 if tiny else training["batch"]
    return Recipe(
        model=kg.VQPrior(vq_vae, kg.GatedPixelCNN(network, head)),
        optimizer=decaying(2e-3),
        **training,
    )
