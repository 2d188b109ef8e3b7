"""Published set-ups of the adversarial family."""

from etils import epy

import keras_gen as kg
from keras_gen.data import Spec
from zoo.registry import Recipe, entry

with epy.lazy_imports():
    import keras


@entry(
    "dcgan-celeba-paper",
    system="GAN",
    paper="arXiv:1511.06434",
    title="DCGAN at its published size, 64x64 faces",
    tasks=("generate",),
    data=Spec("celeb_a", size=(64, 64)),
    licence="non-commercial research only, as the data",
    weights=False,
)
def dcgan_celeba_paper(tiny: bool = False) -> Recipe:
    dcgan = kg.networks.dcgan
    shape = (64, 64, 3)
    width = 2 if tiny else 64  # 3,576,704 and 2,765,568 parameters
    return Recipe(
        model=kg.GAN(
            dcgan.generator(100, shape, width),
            dcgan.discriminator(shape, width),
        ),
        optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5),
        batch=8 if tiny else 128,
        epochs=25,
    )


@entry(
    "began-celeba-paper",
    system="BEGAN",
    paper="arXiv:1703.10717",
    title="BEGAN at its published size, 64x64 faces",
    tasks=("generate",),
    data=Spec("celeb_a", size=(64, 64)),
    licence="non-commercial research only, as the data",
    weights=False,
)
def began_celeba_paper(tiny: bool = False) -> Recipe:
    began = kg.networks.began
    shape = (64, 64, 3)
    latent, width = (2, 1) if tiny else (64, 128)  # 1,716,611 and 13,405,379 parameters
    return Recipe(
        model=kg.BEGAN(
            began.generator(latent, shape, width),
            began.autoencoder(shape, latent, width),
            gamma=0.5,  # of the paper's .3 to .7
        ),
        optimizer=keras.optimizers.Adam(1e-4, beta_1=0.5),  # halved by hand as M stalls
        batch=16,
        epochs=25,
    )
