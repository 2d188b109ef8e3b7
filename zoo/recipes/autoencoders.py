"""Recipes of the autoencoders."""

from etils import epy

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.registry import Recipe, entry

with epy.lazy_imports():
    import keras

    from keras_gen.parts import corruption, masks, scenes


PLAIN = {"system": "Autoencoder", "tasks": ("reconstruct", "encode")}
DEEP = {**PLAIN, "paper": "doi:10.1126/science.1127647"}


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
    "ae-linear-digits",
    paper="doi:10.1016/0893-6080(89)90014-2",
    title="Linear autoencoder of handwritten digits: PCA by gradient descent",
    data=Spec("digits"),
    **PLAIN,
)
def ae_linear_digits(tiny: bool = False) -> Recipe:
    deep = kg.networks.deep
    shape, codes = (8, 8, 1), 10  # three quarters of the variance
    return Recipe(
        model=kg.Autoencoder(deep.encoder(shape, codes), deep.decoder(codes, shape)),
        optimizer=decaying(1e-2),  # the optimum is one plane, and nothing overfits
        batch=64,
        epochs=2 if tiny else 150,
    )


@entry(
    "ae-sigmoid-digits",
    title="Deep autoencoder of sigmoid units, handwritten digits",
    data=Spec("digits"),
    **DEEP,
)
def ae_sigmoid_digits(tiny: bool = False) -> Recipe:
    units = (8, 6) if tiny else (256, 128)
    return Recipe(
        # As many codes as ae-linear-digits, to be compared with it.
        model=_deep((8, 8, 1), 10, units, "sigmoid"),
        optimizer=decaying(3e-3),
        batch=64,
        epochs=2 if tiny else 300,
    )


@entry(
    "ae-deep-glyphs",
    title="Deep autoencoder of ReLU units, rendered characters",
    data=Spec("glyphs"),
    **DEEP,
)
def ae_deep_glyphs(tiny: bool = False) -> Recipe:
    codes = 16  # eight factors vary, and room to unfold them
    return Recipe(
        model=_deep((28, 28, 1), codes, (8,) if tiny else (256, 128)),
        optimizer=decaying(2e-3),
        batch=128,
        epochs=40,
    )


@entry(
    "ae-conv-glyphs",
    title="Convolutional autoencoder of rendered characters",
    data=Spec("glyphs"),
    **DEEP,
)
def ae_conv_glyphs(tiny: bool = False) -> Recipe:
    conv = kg.networks.conv
    shape, codes = (28, 28, 1), 16  # as ae-deep-glyphs
    width = 2 if tiny else 16
    return Recipe(
        model=kg.Autoencoder(
            conv.encoder(shape, codes, width),
            conv.decoder(codes, shape, width),
            loss="cross_entropy",
        ),
        optimizer=decaying(2e-3),
        batch=16 if tiny else 128,
        epochs=20,
    )


@entry(
    "ae-deep-mnist-paper",
    title="Deep autoencoder at its published size, MNIST",
    data=Spec("mnist"),
    licence="CC BY-SA 3.0, as the data",
    weights=False,
    **DEEP,
)
def ae_deep_mnist_paper(tiny: bool = False) -> Recipe:
    units = (8,) if tiny else (1000, 500, 250)  # 2,837,314 parameters
    return Recipe(
        model=_deep((28, 28, 1), 30, units, "sigmoid"),
        # In the place of its layer-wise pretraining and conjugate gradients.
        optimizer=keras.optimizers.Adam(1e-3),
        batch=100,
        epochs=200,
    )


DENOISING = {"system": "DenoisingAutoencoder", "tasks": ("denoise", "encode")}
DENOISING |= {"data": Spec("digits")}


@entry(
    "dae-gaussian-digits",
    paper="doi:10.1162/NECO_a_00142",
    title="Denoising autoencoder, Gaussian noise on handwritten digits",
    **DENOISING,
)
def dae_gaussian_digits(tiny: bool = False) -> Recipe:
    # As much noise as the pixels themselves vary.
    return _dae_digits(tiny, corruption.GaussianNoise(0.3))


@entry(
    "dae-masking-digits",
    paper="doi:10.1145/1390156.1390294",
    title="Denoising autoencoder, lost pixels of handwritten digits",
    **DENOISING,
)
def dae_masking_digits(tiny: bool = False) -> Recipe:
    return _dae_digits(tiny, corruption.Masking(0.25))  # the paper tried .1 to .4


@entry(
    "dae-pepper-digits",
    paper="doi:10.1145/1390156.1390294",
    title="Denoising autoencoder, salt and pepper on handwritten digits",
    **DENOISING,
)
def dae_pepper_digits(tiny: bool = False) -> Recipe:
    return _dae_digits(tiny, corruption.SaltAndPepper(0.25))


def _dae_digits(tiny, spoil) -> Recipe:
    deep = kg.networks.deep
    shape = (8, 8, 1)
    codes = 4 if tiny else 64  # no bottleneck: the noise forbids the identity
    units = (8,) if tiny else (256,)
    return Recipe(
        model=kg.DenoisingAutoencoder(
            deep.encoder(shape, codes, units), deep.decoder(codes, shape, units), spoil
        ),
        optimizer=decaying(2e-3),
        batch=64,
        epochs=2 if tiny else 300,  # fresh noise in every epoch
    )


INPAINTING = {"system": "InpaintingAutoencoder", "tasks": ("inpaint", "encode")}
INPAINTING |= {"paper": "arXiv:1604.07379", "data": Spec("glyphs")}


@entry(
    "inpainting-box-glyphs",
    title="Inpainting of boxes cut out of rendered characters",
    **INPAINTING,
)
def inpainting_box_glyphs(tiny: bool = False) -> Recipe:
    return _inpainting_glyphs(tiny, masks.Rectangle(0.25, 0.5))  # up to a quarter


@entry(
    "inpainting-scribble-glyphs",
    title="Inpainting of free-form scratches in rendered characters",
    **INPAINTING,
)
def inpainting_scribble_glyphs(tiny: bool = False) -> Recipe:
    return _inpainting_glyphs(tiny, masks.Scribble(1 if tiny else 3))


def _inpainting_glyphs(tiny, holes) -> Recipe:
    conv = kg.networks.conv
    shape, codes = (28, 28, 1), 4 if tiny else 48  # place and style, to the pixel
    width = 2 if tiny else 16
    return Recipe(
        model=kg.InpaintingAutoencoder(
            conv.encoder((28, 28, 2), codes, width),
            conv.decoder(codes, shape, width),
            holes,
            loss="cross_entropy",
        ),
        optimizer=decaying(2e-3),
        batch=16 if tiny else 128,
        epochs=12,  # fresh holes in every epoch
    )


SEGMENTING = {"system": "Segmenter", "tasks": ("segment",), "data": Spec("glyphs")}


@entry(
    "segmenter-glyphs",
    paper="arXiv:1511.00561",
    title="Encoder-decoder that finds characters in clutter",
    **SEGMENTING,
)
def segmenter_glyphs(tiny: bool = False) -> Recipe:
    return _segmenter(tiny, skips=False)


@entry(
    "unet-glyphs",
    paper="arXiv:1505.04597",
    title="U-Net that finds characters in clutter",
    **SEGMENTING,
)
def unet_glyphs(tiny: bool = False) -> Recipe:
    return _segmenter(tiny, skips=True)


def _segmenter(tiny, skips) -> Recipe:
    network = kg.networks.unet.unet(
        (28, 28, 1),
        2,
        width=2 if tiny else 8,
        depth=1 if tiny else 2,  # 28, 14, 7: the coarsest sees the whole character
        skips=skips,
    )
    return Recipe(
        model=kg.Segmenter(network, scenes.Clutter(1 if tiny else 4)),
        optimizer=decaying(3e-3),
        batch=8 if tiny else 64,
        epochs=5,  # 1,600 steps, each on scenes that were never seen
    )


CLASSIFYING = {"system": "Classifier", "tasks": ("classify",)}
CLASSIFYING |= {"paper": "arXiv:1312.6034"}


@entry(
    "classifier-digits",
    title="Classifier of handwritten digits, whose features measure distances",
    data=Spec("digits", labels="class"),
    **CLASSIFYING,
)
def classifier_digits(tiny: bool = False) -> Recipe:
    return _classifier((8, 8, 1), 10, tiny, epochs=60)  # 1,140 steps


@entry(
    "classifier-glyphs",
    title="Classifier of characters, whose features measure distances",
    data=Spec("glyphs", labels="class"),
    **CLASSIFYING,
)
def classifier_glyphs(tiny: bool = False) -> Recipe:
    return _classifier((28, 28, 1), 36, tiny, epochs=6)


def _classifier(shape, classes, tiny, epochs) -> Recipe:
    # The last layer but one has 4 x 16 = 64 units: as many features as the principal
    # components of other cards, and few enough for covariances of some hundred images.
    width = 1 if tiny else 16
    return Recipe(
        model=kg.Classifier(kg.networks.conv.encoder(shape, classes, width)),
        optimizer=decaying(2e-3),
        batch=16 if tiny else 64,
        epochs=epochs,
    )


@entry(
    "unet-glyphs-paper",
    paper="arXiv:1505.04597",
    title="U-Net at its published size",
    weights=False,
    **SEGMENTING,
)
def unet_glyphs_paper(tiny: bool = False) -> Recipe:
    width, depth = (2, 1) if tiny else (64, 4)  # 31,030,658 parameters
    network = kg.networks.unet.unet((28, 28, 1), 2, width, depth)
    return Recipe(
        model=kg.Segmenter(network, scenes.Clutter()),
        # The paper's momentum, for batches of one large image.
        optimizer=keras.optimizers.SGD(1e-3, momentum=0.99),
        batch=8 if tiny else 32,
        epochs=20,
    )
