"""Couplings: one part of the numbers moves, as a network says that sees the other part.

    z_a = x_a,     z_b = f(x_b; network(x_a)),     log det = sum log df/dx_b

The part that the network sees is still there after the step, so the way back asks the
same network the same. The parts are the first and the last numbers of the last axis
(channels of an image), or the white and the black fields of a checkerboard.

References: Dinh et al., NICE (arXiv:1410.8516), section 3; Dinh et al., Density
estimation using Real NVP (arXiv:1605.08803), sections 3.3 and 3.4.
"""

import keras
import numpy as np
import tensorflow as tf

from keras_gen.arguments import CountFrom0
from keras_gen.errors import BadInput
from keras_gen.layers.bijections.base import Bijection, total
from keras_gen.layers.bijections.transforms import Transform


@keras.saving.register_keras_serializable("keras_gen")
class Coupling(Bijection):
    """The numbers from `first` on move, the others stay; or, swapped, these.

    Args:
        network: from the part that stays (and the context, if there is one) to
            `transform.numbers` for each number of the other.
        transform: f.
        first: how many numbers the first part has.
        swap: whether it is the first part that moves.

    Example:
        >>> from keras_gen.layers.bijections.transforms import Affine
        >>> step = Coupling(networks.flows.dense(1, 2), Affine(), first=1)
        >>> z, log_det = step(tf.ones((3, 2)))
        >>> log_det.shape
        TensorShape([3])
    """

    def __init__(
        self,
        network: keras.Model,
        transform: Transform,
        first: CountFrom0,
        swap: bool = False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.network = network
        self.transform = transform
        self.first = first
        self.swap = swap

    def parameters(self, seen, context, training=False):
        """What the network says, for each number that moves."""
        told = seen if context is None else [seen, context]
        params = tf.cast(self.network(told, training=training), self.compute_dtype)
        *grid, channels = params.shape[1:]
        k = self.transform.numbers
        return tf.reshape(params, (-1, *grid, channels // k, k))

    def parts(self, x):
        """What stays, and what moves."""
        a, b = x[..., : self.first], x[..., self.first :]
        return (b, a) if self.swap else (a, b)

    def whole(self, stays, moved):
        return tf.concat([moved, stays] if self.swap else [stays, moved], axis=-1)

    def forward(self, x, context=None, training=False):
        stays, moves = self.parts(x)
        params = self.parameters(stays, context, training)
        moved, log_slope = self.transform.forward(moves, params)
        return self.whole(stays, moved), total(log_slope)

    def inverse(self, z, context=None):
        stays, moved = self.parts(z)
        moves = self.transform.inverse(moved, self.parameters(stays, context))
        return self.whole(stays, moves)


@keras.saving.register_keras_serializable("keras_gen")
class CheckerboardCoupling(Coupling):
    """The fields of one colour move; the network sees the others, and zeros.

    Args:
        network: from an image to `transform.numbers` for each of its numbers.
        transform: f.
        swap: whether it is the fields whose row and column have an even sum that move.
    """

    def __init__(
        self,
        network: keras.Model,
        transform: Transform,
        swap: bool = False,
        **kwargs,
    ):
        super().__init__(network, transform, 0, swap, **kwargs)
        height, width, *_ = network.inputs[0].shape[1:]
        if height * width < 2:
            raise BadInput("a checkerboard needs two pixels or more; this has one.")
        even = np.indices((height, width)).sum(0) % 2 == 0
        self.mask = (even != self.swap)[None, :, :, None].astype("float32")

    def forward(self, x, context=None, training=False):
        stays = tf.constant(self.mask, x.dtype)
        params = self.parameters(stays * x, context, training)
        moved, log_slope = self.transform.forward(x, params)
        return stays * x + (1 - stays) * moved, total((1 - stays) * log_slope)

    def inverse(self, z, context=None):
        stays = tf.constant(self.mask, z.dtype)
        moved = self.transform.inverse(z, self.parameters(stays * z, context))
        return stays * z + (1 - stays) * moved
