"""What the laws of parts of games share."""

from keras_gen.adversarial.gan import GAN
from keras_gen.networks import mlp


def toy(**kwargs):
    return GAN(mlp.encoder((2,), 1, 8), mlp.encoder((1,), 1, 8), **kwargs)
