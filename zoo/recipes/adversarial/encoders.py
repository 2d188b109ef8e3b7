"""Games of handwritten digits with an encoder."""

from etils import epy

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.registry import Recipe, entry

with epy.lazy_imports():
    from keras_gen.parts import penalties


@entry(
    "aae-digits",
    system="AdversarialAutoencoder",
    paper="arXiv:1511.05644",
    title="Adversarial autoencoder of handwritten digits",
    tasks=("generate", "encode", "reconstruct"),
    data=Spec("digits"),
)
def aae_digits(tiny: bool = False) -> Recipe:
    mlp = kg.networks.mlp
    shape, latent = (8, 8, 1), 2 if tiny else 8
    width = 4 if tiny else 256
    return Recipe(
        model=kg.AdversarialAutoencoder(
            mlp.encoder(shape, latent, width),
            mlp.decoder(latent, shape, width),
            mlp.encoder((latent,), 1, width),
            weight=0.01,  # of logs near .7, beside squared errors near .02
        ),
        optimizer=decaying(1e-3, beta_1=0.5),
        batch=64,
        epochs=2 if tiny else 200,
    )


@entry(
    "vae-gan-digits",
    system="VAEGAN",
    paper="arXiv:1512.09300",
    title="VAE-GAN of handwritten digits",
    tasks=("generate", "encode", "reconstruct"),
    data=Spec("digits"),
)
def vae_gan_digits(tiny: bool = False) -> Recipe:
    mlp, dcgan = kg.networks.mlp, kg.networks.dcgan
    shape, latent = (8, 8, 1), 2 if tiny else 8
    return Recipe(
        model=kg.VAEGAN(
            mlp.encoder(shape, 2 * latent, 4 if tiny else 256),
            dcgan.generator(latent, shape, 2 if tiny else 64),
            dcgan.discriminator(shape, 2 if tiny else 64),
            deviation=0.1,  # of the features; with the paper's 1 the codes said nothing
            gamma=0.01,  # 1,024 features are compared, and their squares summed
        ),
        optimizer=decaying(4e-4, beta_1=0.5),
        batch=64,
        epochs=2 if tiny else 120,
    )


@entry(
    "bigan-digits",
    system="BiGAN",
    paper="arXiv:1605.09782",
    title="BiGAN of handwritten digits",
    tasks=("generate", "encode", "reconstruct"),
    data=Spec("digits"),
)
def bigan_digits(tiny: bool = False) -> Recipe:
    # With the rate of the others the images were worse (Frechet 1.5 against .9).
    return _with_encoder(tiny, rate=2e-3)


@entry(
    "ali-digits",
    system="BiGAN",
    paper="arXiv:1606.00704",
    title="Adversarially learned inference of handwritten digits",
    tasks=("generate", "encode", "reconstruct"),
    data=Spec("digits"),
)
def ali_digits(tiny: bool = False) -> Recipe:
    return _with_encoder(tiny, law=True)


def _with_encoder(tiny, law=False, rate=5e-4):
    """BiGAN; with `law` the encoder gives means and scales, as in ALI."""
    mlp = kg.networks.mlp
    shape, latent = (8, 8, 1), 2 if tiny else 16  # fewer than without an encoder: each
    # has to be found again in the image
    width, depth = (8, 1) if tiny else (128, 2)
    model = kg.BiGAN(
        mlp.generator(latent, shape, width, depth),
        mlp.encoder(shape, 2 * latent if law else latent, width, depth),
        mlp.joint(shape, latent, 1, width, depth, dropout=0.0 if tiny else 0.1),
        penalty=penalties.R1(0.03),  # as the other games on digits
    )
    return Recipe(
        model=model,
        optimizer=decaying(rate, beta_1=0.5),
        batch=64,
        epochs=2 if tiny else 500,  # 10,000 steps: pairs take longer than images
    )
