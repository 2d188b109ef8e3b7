"""Random numbers as a pure function of a seed.

The generator is Philox by name: the automatic choice depends on the device, and the
same seed must give the same picture on all of them. (One exception cannot be helped:
code compiled by XLA orders Philox's numbers in its own way, so a *training* with
`jit_compile=True` meets other noise than one without. `sample` draws its noise outside
of what it compiles.)
"""

import math

import tensorflow as tf

from keras_gen.errors import lookup


def _uniform(shape, seed):
    return tf.random.stateless_uniform(shape, seed, alg="philox")


def _normal(shape, seed):
    return tf.random.stateless_normal(shape, seed, alg="philox")


def _gumbel(shape, seed):
    tiny = 1.17549435e-38  # the smallest normal float32: log(0) would be -inf
    return -tf.math.log(-tf.math.log(tf.maximum(_uniform(shape, seed), tiny)))


def truncated_normal(shape, seed, limit: float):
    """Standard normal numbers, those beyond `limit` drawn again until they are not.

    By the inverse of the distribution function, which needs no second draw.
    """
    low = math.erfc(limit / math.sqrt(2)) / 2  # the share below -limit
    share = low + (1 - 2 * low) * draw("uniform", shape, seed)
    return tf.clip_by_value(tf.math.ndtri(share), -limit, limit)


LAWS = {"normal": _normal, "uniform": _uniform, "gumbel": _gumbel}


def draw(law: str, shape, seed):
    """Noise of the given law and shape; the same `seed` (int or pair) gives the same.

    Example:
        >>> draw("normal", (2, 3), seed=1).shape
        TensorShape([2, 3])
    """
    if isinstance(seed, int):
        seed = (seed & 0x7FFFFFFF, seed >> 31)
    return lookup(LAWS, law, "noise law")(shape, seed)
