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


def truncated_normal(shape, seed, limit: float):
    """Standard normal numbers, those beyond `limit` drawn again until they are not.

    By the inverse of the distribution function, which needs no second draw.
    """
    low = math.erfc(limit / math.sqrt(2)) / 2  # the share below -limit
    share = low + (1 - 2 * low) * draw("uniform", shape, seed)
    return tf.clip_by_value(tf.math.ndtri(share), -limit, limit)


def _gumbel(uniform):
    tiny = 1.17549435e-38  # the smallest normal float32: log(0) would be -inf
    return -tf.math.log(-tf.math.log(tf.maximum(uniform, tiny)))


# What is drawn, and what is made of it.
LAWS = {
    "normal": ("normal", tf.identity),
    "uniform": ("uniform", tf.identity),
    "gumbel": ("uniform", _gumbel),
}
_WHOLE = {
    "normal": tf.random.stateless_normal,
    "uniform": tf.random.stateless_uniform,
}
_ONWARDS = {
    "normal": tf.raw_ops.StatelessRandomNormalV2,
    "uniform": tf.raw_ops.StatelessRandomUniformV2,
}
_PHILOX, _AT_ONCE = 1, 4  # its number in TensorFlow; what one count of it gives


def draw(law: str, shape, seed):
    """Noise of the given law and shape; the same `seed` (int or pair) gives the same.

    Example:
        >>> draw("normal", (2, 3), seed=1).shape
        TensorShape([2, 3])
    """
    kind, made = lookup(LAWS, law, "noise law")
    return made(_WHOLE[kind](shape, _pair(seed), alg="philox"))


class Rows:
    """What `draw` gives, a slice at a time: none but its rows are ever in memory.

    Philox counts. Numbers from any count on are drawn without those before.

    Example:
        >>> rows, whole = Rows("normal", (5, 3), 1)[2:], draw("normal", (5, 3), 1)[2:]
        >>> bool(tf.reduce_all(rows == whole))
        True
    """

    def __init__(self, law: str, shape, seed):
        self.kind, self.made = lookup(LAWS, law, "noise law")
        self.shape = tuple(shape)
        with tf.device("CPU"):
            self.key, self.counter = tf.raw_ops.StatelessRandomGetKeyCounter(
                seed=tf.constant(_pair(seed), tf.int64)
            )

    def __getitem__(self, rows: slice):
        start, stop, _ = rows.indices(self.shape[0])
        size = math.prod(self.shape[1:])
        counts, more = divmod(start * size, _AT_ONCE)
        drawn = _ONWARDS[self.kind](
            shape=[more + (stop - start) * size],
            key=self.key,
            counter=self.counter + tf.constant([counts, 0], tf.uint64),
            alg=_PHILOX,
        )
        return self.made(tf.reshape(drawn[more:], (-1, *self.shape[1:])))


def _pair(seed):
    return (seed & 0x7FFFFFFF, seed >> 31) if isinstance(seed, int) else seed
