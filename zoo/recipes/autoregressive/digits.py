"""Densities of handwritten digits."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.registry import Recipe, entry


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
        # A decay of .3 is as good; with the dropout it keeps validation near training.
        optimizer=decaying(1e-3, "AdamW", weight_decay=0.1),
        batch=64,
        epochs=2 if tiny else 120,
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
        optimizer=decaying(5e-3),
        batch=64,
        epochs=2 if tiny else 100,
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
        optimizer=decaying(3e-3),
        batch=64,
        epochs=2 if tiny else 100,
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
        optimizer=decaying(rate),
        batch=64,
        epochs=2 if tiny else epochs,
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
        optimizer=decaying(2e-3),
        batch=64,
        epochs=2 if tiny else 60,
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
        optimizer=decaying(2e-3),
        batch=64,
        epochs=2 if tiny else 100,
    )
