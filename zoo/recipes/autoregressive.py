"""Recipes of the autoregressive family."""

from etils import epy

import keras_gen as kg
from keras_gen.data import Spec
from zoo.registry import Recipe, entry

with epy.lazy_imports():
    import keras


@entry(
    "made-digits",
    system="MADE",
    paper="arXiv:1502.03509",
    title="MADE of handwritten digits, 17 grey levels",
    tasks=("generate", "density"),
    data=Spec("digits"),
)
def made_digits(tiny: bool = False) -> Recipe:
    return _made_digits(tiny, kg.MADE)


def _made_digits(tiny, system, **options) -> Recipe:
    shape, levels = (8, 8, 1), 17
    # 1,297 images: a mixture, which knows that levels are neighbours, is .11 bits/dim
    # better on validation than Categorical with more units.
    head = kg.likelihoods.DiscretizedLogisticMixture(3, levels)
    network = kg.networks.made.made(
        shape,
        head.parameters(shape)[-1],
        hidden=(70,) if tiny else (400,),  # a second layer was worse: too few images
        dropout=0.5,
        direct=True,  # the linear part of the dependence, without the dropout
        **options,
    )
    return Recipe(
        model=system(network, head),
        optimizer=lambda steps: keras.optimizers.AdamW(
            keras.optimizers.schedules.CosineDecay(1e-3, steps),
            weight_decay=0.1,  # .3 is as good; with the dropout it keeps val near train
        ),
        batch=64,
        epochs=2 if tiny else 120,
    )


def _decaying(rate):
    """Adam whose rate falls to nothing: a short training ends at its best."""

    def optimizer(steps):
        decay = keras.optimizers.schedules.CosineDecay(rate, steps)
        return keras.optimizers.Adam(decay)

    return optimizer


@entry(
    "made-glyphs",
    system="MADE",
    paper="arXiv:1502.03509",
    title="MADE of rendered characters, black and white",
    tasks=("generate", "density"),
    data=Spec("glyphs", binarise="static"),
)
def made_glyphs(tiny: bool = False) -> Recipe:
    # One hidden layer of the paper's size: 785,284 parameters.
    network = kg.networks.made.made((28, 28, 1), hidden=(20,) if tiny else (500,))
    return Recipe(
        model=kg.MADE(network),
        optimizer=_decaying(2e-3),
        batch=16 if tiny else 128,
        epochs=20,
    )


@entry(
    "made-ensemble-digits",
    system="MADEEnsemble",
    paper="arXiv:1502.03509",
    title="MADE of handwritten digits in four orders at once",
    tasks=("generate", "density"),
    data=Spec("digits"),
)
def made_ensemble_digits(tiny: bool = False) -> Recipe:
    orders = 2 if tiny else 4
    return _made_digits(tiny, kg.MADEEnsemble, order="random", orders=orders)


@entry(
    "fvsbn-digits",
    system="FVSBN",
    paper="arXiv:1509.03650",
    title="Logistic autoregression of handwritten digits, 17 grey levels",
    tasks=("generate", "density"),
    data=Spec("digits"),
)
def fvsbn_digits(tiny: bool = False) -> Recipe:
    head = kg.likelihoods.DiscretizedLogisticMixture(2 if tiny else 3, 17)
    return Recipe(
        model=kg.FVSBN((8, 8, 1), head),
        optimizer=_decaying(5e-3),
        batch=64,
        epochs=2 if tiny else 100,
    )


@entry(
    "fvsbn-glyphs",
    system="FVSBN",
    paper="arXiv:1509.03650",
    title="Logistic autoregression of rendered characters, black and white",
    tasks=("generate", "density"),
    data=Spec("glyphs", binarise="static"),
)
def fvsbn_glyphs(tiny: bool = False) -> Recipe:
    return Recipe(
        model=kg.FVSBN((28, 28, 1)),
        optimizer=_decaying(3e-3),
        batch=16 if tiny else 128,
        epochs=20,
    )


@entry(
    "nade-digits",
    system="NADE",
    paper="arXiv:1605.02226",
    title="NADE of handwritten digits, 17 grey levels",
    tasks=("generate", "density"),
    data=Spec("digits"),
)
def nade_digits(tiny: bool = False) -> Recipe:
    head = kg.likelihoods.DiscretizedLogisticMixture(2 if tiny else 3, 17)
    return Recipe(
        model=kg.NADE((8, 8, 1), 4 if tiny else 100, head),
        optimizer=_decaying(3e-3),
        batch=64,
        epochs=2 if tiny else 100,
    )


@entry(
    "nade-glyphs",
    system="NADE",
    paper="arXiv:1605.02226",
    title="NADE of rendered characters, black and white",
    tasks=("generate", "density"),
    data=Spec("glyphs", binarise="static"),
)
def nade_glyphs(tiny: bool = False) -> Recipe:
    return Recipe(
        # More units are better, but each costs 784 sigmoids for every image.
        model=kg.NADE((28, 28, 1), 4 if tiny else 64),
        optimizer=_decaying(5e-3),
        batch=16 if tiny else 64,
        epochs=10,
    )


def _on_digits(
    tiny,
    system,
    network,
    width=24,
    depth=4,
    rate=2e-3,
    dropout=0.2,
    epochs=100,
    **options,
) -> Recipe:
    """What the causal networks on `digits` share."""
    shape = (8, 8, 1)
    head = kg.likelihoods.DiscretizedLogisticMixture(2 if tiny else 3, 17)
    network = network(
        shape,
        head.parameters(shape)[-1],
        width=2 if tiny else width,
        depth=1 if tiny else depth,
        head=(4,) if tiny else (48,),
        dropout=0.0 if tiny else dropout,
        **options,
    )
    return Recipe(
        model=system(network, head),
        optimizer=_decaying(rate),
        batch=64,
        epochs=2 if tiny else epochs,
    )


def _on_glyphs(tiny, system, network, law=None, **options) -> Recipe:
    """What the convolutional networks on `glyphs` share."""
    network = network(
        (28, 28, 1),
        1,
        width=2 if tiny else 16,
        depth=1 if tiny else 4,
        first=3 if tiny else 15,  # one channel is cheap to see much of
        head=(4,) if tiny else (32,),
        **options,
    )
    return Recipe(
        model=system(network, embedding_law=law),
        optimizer=_decaying(3e-3),
        batch=16 if tiny else 32,
        epochs=4,
    )


@entry(
    "pixelcnn-digits",
    system="PixelCNN",
    paper="arXiv:1601.06759",
    title="PixelCNN of handwritten digits, 17 grey levels",
    tasks=("generate", "density"),
    data=Spec("digits"),
)
def pixelcnn_digits(tiny: bool = False) -> Recipe:
    return _on_digits(tiny, kg.PixelCNN, kg.networks.pixelcnn.pixelcnn)


@entry(
    "pixelcnn-glyphs",
    system="PixelCNN",
    paper="arXiv:1601.06759",
    title="PixelCNN of rendered characters, black and white",
    tasks=("generate", "density"),
    data=Spec("glyphs", binarise="static"),
)
def pixelcnn_glyphs(tiny: bool = False) -> Recipe:
    return _on_glyphs(tiny, kg.PixelCNN, kg.networks.pixelcnn.pixelcnn)


@entry(
    "gated-pixelcnn-digits",
    system="GatedPixelCNN",
    paper="arXiv:1606.05328",
    title="Gated PixelCNN of handwritten digits, 17 grey levels",
    tasks=("generate", "density"),
    data=Spec("digits"),
)
def gated_pixelcnn_digits(tiny: bool = False) -> Recipe:
    network = kg.networks.pixelcnn.gated_pixelcnn
    # Both stacks are dropped at every layer, and nothing goes around the vertical one:
    # with .2, as in PixelCNN, the training loss stayed above that of validation.
    return _on_digits(tiny, kg.GatedPixelCNN, network, dropout=0.1, epochs=120)


@entry(
    "conditional-gated-pixelcnn-digits",
    system="GatedPixelCNN",
    paper="arXiv:1606.05328",
    title="Gated PixelCNN of handwritten digits, told the class",
    tasks=("generate", "density"),
    data=Spec("digits", labels="class"),
)
def conditional_gated_pixelcnn_digits(tiny: bool = False) -> Recipe:
    network = kg.networks.pixelcnn.gated_pixelcnn
    return _on_digits(tiny, kg.GatedPixelCNN, network, classes=10)


@entry(
    "row-lstm-digits",
    system="RowLSTM",
    paper="arXiv:1601.06759",
    title="PixelRNN (Row LSTM) of handwritten digits, 17 grey levels",
    tasks=("generate", "density"),
    data=Spec("digits"),
)
def row_lstm_digits(tiny: bool = False) -> Recipe:
    network = kg.networks.pixelrnn.row_lstm
    # The second layer sees further to the left, and no wider triangle.
    return _on_digits(tiny, kg.RowLSTM, network, depth=2, rate=3e-3, epochs=80)


@entry(
    "diagonal-bilstm-digits",
    system="DiagonalBiLSTM",
    paper="arXiv:1601.06759",
    title="PixelRNN (Diagonal BiLSTM) of handwritten digits, 17 grey levels",
    tasks=("generate", "density"),
    data=Spec("digits"),
)
def diagonal_bilstm_digits(tiny: bool = False) -> Recipe:
    network = kg.networks.pixelrnn.diagonal_bilstm
    # One layer sees everything. After 36 epochs it was still learning.
    return _on_digits(
        tiny, kg.DiagonalBiLSTM, network, width=32, depth=1, rate=3e-3, epochs=100
    )


@entry(
    "gated-pixelcnn-glyphs",
    system="GatedPixelCNN",
    paper="arXiv:1606.05328",
    title="Gated PixelCNN of rendered characters, black and white",
    tasks=("generate", "density"),
    data=Spec("glyphs", binarise="static"),
)
def gated_pixelcnn_glyphs(tiny: bool = False) -> Recipe:
    return _on_glyphs(tiny, kg.GatedPixelCNN, kg.networks.pixelcnn.gated_pixelcnn)


@entry(
    "embedding-gated-pixelcnn-glyphs",
    system="GatedPixelCNN",
    paper="arXiv:1606.05328",
    title="Gated PixelCNN of characters, told their size, place and turn",
    tasks=("generate", "density"),
    data=Spec("glyphs", binarise="static", embedding=("size", "x", "y", "rotation")),
)
def embedding_gated_pixelcnn_glyphs(tiny: bool = False) -> Recipe:
    # The factors are independent and uniform, and so is what is not given.
    network = kg.networks.pixelcnn.gated_pixelcnn
    return _on_glyphs(tiny, kg.GatedPixelCNN, network, "uniform", embedding=(4,))


@entry(
    "nade-mnist-paper",
    system="NADE",
    paper="arXiv:1605.02226",
    title="NADE at its published size, binarised MNIST",
    tasks=("generate", "density"),
    data=Spec("mnist", binarise="static"),
    licence="CC BY-SA 3.0, as the data",
    weights=False,
)
def nade_mnist_paper(tiny: bool = False) -> Recipe:
    return Recipe(
        model=kg.NADE((28, 28, 1), 4 if tiny else 500),  # 785,284 parameters
        optimizer=keras.optimizers.SGD(0.005),
        batch=10,
        epochs=100,
    )


@entry(
    "pixelcnn-cifar-paper",
    system="PixelCNN",
    paper="arXiv:1601.06759",
    title="PixelCNN at its published size, colour, channel after channel",
    tasks=("generate", "density"),
    data=Spec("cifar10"),
    licence="research use, as the data",
    weights=False,
)
def pixelcnn_cifar_paper(tiny: bool = False) -> Recipe:
    head = kg.likelihoods.Categorical(256)
    network = kg.networks.pixelcnn.pixelcnn(
        (32, 32, 3),
        head.parameters((32, 32, 3))[-1],
        width=3 if tiny else 128,
        depth=1 if tiny else 15,
        head=(3,) if tiny else (1024, 1024),
        groups=3,
    )
    return Recipe(
        # 4,338,944 live weights; with those that masks would hide, 5,340,416.
        model=kg.PixelCNN(network, head),
        optimizer=keras.optimizers.RMSprop(1e-3),
        batch=8 if tiny else 16,
        epochs=100,
    )


@entry(
    "pixelcnn-pp-digits",
    system="PixelCNNPP",
    paper="arXiv:1701.05517",
    title="PixelCNN++ of handwritten digits, 17 grey levels",
    tasks=("generate", "density"),
    data=Spec("digits"),
)
def pixelcnn_pp_digits(tiny: bool = False) -> Recipe:
    shape = (8, 8, 1)
    head = kg.likelihoods.DiscretizedLogisticMixture(2 if tiny else 3, 17)
    network = kg.networks.pixelcnn_pp.pixelcnn_pp(
        shape,
        head.parameters(shape)[-1],
        width=2 if tiny else 16,
        depth=0 if tiny else 1,
        halvings=1,  # a digit of 4x4 is the last that has a form
        dropout=0.0 if tiny else 0.2,
    )
    return Recipe(
        model=kg.PixelCNNPP(network, head),
        optimizer=_decaying(2e-3),
        batch=64,
        epochs=2 if tiny else 60,
    )


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
        halvings=1 if tiny else 2,
        dropout=0.0,  # one epoch is too short to learn the crops by heart
    )
    return Recipe(
        model=kg.PixelCNNPP(network, head),
        optimizer=_decaying(3e-3),
        batch=16,
        epochs=1,  # in which each pixel is met in 16 crops
    )


@entry(
    "multi-scale-pixelcnn-digits",
    system="MultiScalePixelCNN",
    paper="arXiv:1601.06759",
    title="Multi-scale PixelCNN of handwritten digits, 4x4 and then 8x8",
    tasks=("generate", "density"),
    data=Spec("digits"),
)
def multi_scale_pixelcnn_digits(tiny: bool = False) -> Recipe:
    small, shape = (4, 4, 1), (8, 8, 1)
    head = kg.likelihoods.DiscretizedLogisticMixture(2 if tiny else 3, 17)
    networks, width = kg.networks.pixelcnn, 2 if tiny else 16
    sizes = {
        "outputs": head.parameters(shape)[-1],
        "width": 2 if tiny else 24,
        "first": 3 if tiny else 5,
        "head": (4,) if tiny else (48,),
        "dropout": 0.0 if tiny else 0.1,
    }
    return Recipe(
        model=kg.MultiScalePixelCNN(
            # Two layers see all of 4x4.
            networks.gated_pixelcnn(small, depth=1 if tiny else 2, **sizes),
            networks.guide(small, width=width),
            networks.gated_pixelcnn(
                shape, depth=1 if tiny else 3, embedding=(8, 8, width), **sizes
            ),
            head,
        ),
        optimizer=_decaying(2e-3),
        batch=64,
        epochs=2 if tiny else 100,
    )


@entry(
    "pixelcnn-pp-cifar-paper",
    system="PixelCNNPP",
    paper="arXiv:1701.05517",
    title="PixelCNN++ at its published size",
    tasks=("generate", "density"),
    data=Spec("cifar10"),
    licence="research use, as the data",
    weights=False,
)
def pixelcnn_pp_cifar_paper(tiny: bool = False) -> Recipe:
    shape = (32, 32, 3)
    head = kg.likelihoods.DiscretizedLogisticMixture(2 if tiny else 10)
    network = kg.networks.pixelcnn_pp.pixelcnn_pp(
        shape,
        head.parameters(shape)[-1],
        width=2 if tiny else 160,
        depth=0 if tiny else 5,
        halvings=1 if tiny else 2,
        dropout=0.0 if tiny else 0.5,
    )
    rate = keras.optimizers.schedules.ExponentialDecay(1e-3, 1, 0.999995)
    return Recipe(
        # 53,617,860 weights; 53,659,080 with those that it has no use for: a gain for
        # each filter (weight normalisation), and one tap of the first layer twice.
        model=kg.PixelCNNPP(network, head),
        optimizer=keras.optimizers.Adam(rate, beta_1=0.95, beta_2=0.9995),
        batch=8 if tiny else 128,  # 16 on each of 8 GPUs
        epochs=5000,
    )
