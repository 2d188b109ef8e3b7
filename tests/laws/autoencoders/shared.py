"""What the laws of autoencoders share."""

import numpy as np

from keras_gen.noise import draw

SHAPE = (6, 5, 1)


def images(n, shape=SHAPE, seed=0):
    return np.random.default_rng(seed).random((n, *shape)).astype("float32")


def cut(holes, n, seed=0, shape=SHAPE):
    return holes(draw("uniform", (n, *holes.noise_shape(shape)), seed), shape)
