"""Published set-ups of the autoregressive family."""

from etils import epy

import keras_gen as kg
from keras_gen.data import Spec
from zoo.registry import Recipe, entry

with epy.lazy_imports():
    import keras


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
        halvings=0 if tiny else 2,  # the tiny one of digits has some
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
