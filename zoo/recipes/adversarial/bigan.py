"""Recipes of the BiGAN, and of ALI, which is one with a law of codes."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.registry import Recipe, entry

BIGAN = {"system": "BiGAN", "tasks": ("generate", "encode", "reconstruct")}
BIGAN |= {"data": Spec("digits")}


@entry(
    "bigan-digits",
    paper="arXiv:1605.09782",
    title="BiGAN of handwritten digits",
    **BIGAN,
)
def bigan_digits() -> Recipe:
    # With the rate of the other games the images were worse (Frechet 1.5 against .9).
    return _on_digits(rate=2e-3)


@entry(
    "ali-digits",
    paper="arXiv:1606.00704",
    title="Adversarially learned inference of handwritten digits",
    **BIGAN,
)
def ali_digits() -> Recipe:
    return _on_digits(rate=5e-4, law=True)


def _on_digits(rate, law=False) -> Recipe:
    """With `law` the encoder gives means and scales, as in ALI."""
    mlp = kg.networks.mlp
    shape, width, depth = (8, 8, 1), 128, 2
    # Fewer than without an encoder: each has to be found again in the image.
    latent = 16
    model = kg.BiGAN(
        mlp.generator(latent, shape, width, depth),
        mlp.encoder(shape, 2 * latent if law else latent, width, depth),
        mlp.joint(shape, latent, 1, width, depth, dropout=0.1),
        penalty=kg.penalties.R1(0.03),  # as the other games on digits
    )
    return Recipe(
        model=model,
        optimizer=decaying(rate, beta_1=0.5),
        batch=64,
        epochs=500,  # 10,000 steps: pairs take longer than images
    )
