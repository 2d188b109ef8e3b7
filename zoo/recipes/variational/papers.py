"""Published set-ups of the variational family."""

from etils import epy

import keras_gen as kg
from keras_gen.data import Spec
from zoo.registry import Recipe, entry

with epy.lazy_imports():
    import keras


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
