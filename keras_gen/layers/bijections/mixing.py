"""Steps that give the numbers other neighbours: orders, squares, mixtures of channels.

    Permutation     z_i = x_(order i)                           log det = 0
    Squeeze         each square of 2x2 pixels becomes one pixel           0
    InvertibleConv  z = x W at each place, W = P L (U + diag)   places * sum log |diag|
    FactorOut       half of the channels leaves, the rest goes on

W is kept as the factors of its LU decomposition, so that its determinant is a product
of c numbers: P, a permutation, and the signs of the diagonal stay as they are drawn;
below the diagonal L, above it U, and on it the logarithms share one matrix. A unit
triangular matrix is inverted by halves, and a small one is a finite product,

    [A 0; C B]^-1 = [A^-1 0; -B^-1 C A^-1 B^-1]
    (I + N)^-1 = (I - N) (I + N^2) (I + N^4) ...,    for N^c = 0

which needs no solver, and a runtime folds it into a constant. (The product alone is off
by 1e-2 for 96 channels: its powers grow, and cancel.)

The half that is factored out may be told what it looks like by the half that goes on:
then it leaves as (x - mean) / deviation, and is standard normal as everything else.

References: Dinh et al., Density estimation using Real NVP (arXiv:1605.08803), sections
3.6 and 3.7; Kingma & Dhariwal, Glow (arXiv:1807.03039), sections 3.2 and 3.3.
"""

import math
import random

import keras
import numpy as np
import tensorflow as tf

from keras_gen.arguments import ImageShape, Size
from keras_gen.errors import BadInput
from keras_gen.layers.bijections.base import Bijection, back, forth, total


@keras.saving.register_keras_serializable("keras_gen")
class Permutation(Bijection):
    """Another order of the numbers of the last axis.

    Args:
        order: which number comes first, second, ...

    Example:
        >>> Permutation([1, 0])(tf.constant([[3.0, 4.0]]))[0].numpy()
        array([[4., 3.]], dtype=float32)
    """

    def __init__(self, order, **kwargs):
        super().__init__(**kwargs)
        self.order = np.asarray(order, int).tolist()
        if sorted(self.order) != list(range(len(self.order))):
            raise BadInput(
                f"an order is the numbers 0 to {len(self.order) - 1}, each once; "
                f"received {order!r:.60}."
            )

    def forward(self, x, context=None, training=False):
        return tf.gather(x, self.order, axis=-1), tf.zeros_like(total(x))

    def inverse(self, z, context=None):
        return tf.gather(z, np.argsort(self.order).tolist(), axis=-1)


@keras.saving.register_keras_serializable("keras_gen")
class Squeeze(Bijection):
    """Half of the height and of the width, four times the channels.

    Example:
        >>> Squeeze()(tf.zeros((1, 4, 4, 3)))[0].shape
        TensorShape([1, 2, 2, 12])
    """

    def forward(self, x, context=None, training=False):
        return tf.nn.space_to_depth(x, 2), tf.zeros_like(total(x))

    def inverse(self, z, context=None):
        return tf.nn.depth_to_space(z, 2)


@keras.saving.register_keras_serializable("keras_gen")
class InvertibleConv(Bijection):
    """A 1x1 convolution from c channels to c; begun at a random rotation.

    Args:
        channels: c.

    Example:
        >>> z, log_det = InvertibleConv(4)(tf.ones((1, 2, 2, 4)))
        >>> abs(float(log_det[0])) < 1e-5  # a rotation
        True
    """

    def __init__(self, channels: Size, **kwargs):
        from scipy.linalg import lu  # takes its time, and one step of one system has it

        super().__init__(**kwargs)
        self.channels = channels
        # As all initialisers: by the generator that keras.utils.set_random_seed sets.
        rng = np.random.default_rng(random.randrange(2**31 - 1))
        rotation = np.linalg.qr(rng.normal(size=(channels, channels)))[0]
        p, lower, upper = lu(rotation)
        diagonal = np.diag(upper)
        factors = np.tril(lower, -1) + np.triu(upper, 1)
        factors += np.diag(np.log(np.abs(diagonal)))
        self.factors = self._weight("factors", factors)
        self.signs = self._weight("signs", np.sign(diagonal), False)
        self.order = self._weight("order", np.argmax(p, 1), False, dtype="int32")

    def _weight(self, name, value, trainable=True, **kwargs):
        def start(shape, dtype=None):
            return tf.constant(value, dtype)

        return self.add_weight(
            name=name,
            shape=value.shape,
            initializer=start,
            trainable=trainable,
            **kwargs,
        )

    def triangles(self):
        """L, U and the diagonal."""
        f = self.factors.value
        below = np.tril(np.ones(f.shape), -1)
        above = tf.constant(below.T, f.dtype)
        diagonal = self.signs.value * tf.exp(tf.linalg.diag_part(f))
        eye = tf.eye(self.channels, dtype=f.dtype)
        return eye + f * tf.constant(below, f.dtype), f * above, diagonal

    def matrix(self):
        """W."""
        lower, upper, diagonal = self.triangles()
        upper += tf.eye(self.channels, dtype=upper.dtype) * diagonal
        return tf.gather(lower @ upper, self.order.value)

    def inverse_matrix(self):
        """W^-1 = (I + diag^-1 U)^-1 diag^-1 L^-1 P'."""
        lower, upper, diagonal = self.triangles()
        eye = tf.eye(self.channels, dtype=lower.dtype)
        right = tf.gather(self._unit_inverse(lower - eye), self.order.value, axis=1)
        d = diagonal[:, None]
        left = tf.transpose(self._unit_inverse(tf.transpose(upper / d)))
        return left @ (right / d)

    def _unit_inverse(self, n):
        """(I + n)^-1, of n strictly lower triangular."""
        c = n.shape[0]
        if c > 8:
            half = c // 2
            first = self._unit_inverse(n[:half, :half])
            last = self._unit_inverse(n[half:, half:])
            corner = -last @ n[half:, :half] @ first
            above = tf.zeros((half, c - half), n.dtype)
            rows = [tf.concat([first, above], 1), tf.concat([corner, last], 1)]
            return tf.concat(rows, axis=0)
        eye = tf.eye(c, dtype=n.dtype)
        found, power = eye - n, n
        for _ in range(math.ceil(math.log2(max(2, c))) - 1):
            power = power @ power
            found = found @ (eye + power)
        return found

    def _at_each_place(self, x, matrix):
        flat = tf.reshape(x, (-1, self.channels)) @ matrix
        return tf.reshape(flat, (-1, *x.shape[1:]))

    def forward(self, x, context=None, training=False):
        places = math.prod(x.shape[1:-1])
        log_det = places * tf.reduce_sum(tf.linalg.diag_part(self.factors.value))
        z = self._at_each_place(x, self.matrix())
        return z, log_det * tf.ones_like(total(x))

    def inverse(self, z, context=None):
        return self._at_each_place(z, self.inverse_matrix())


@keras.saving.register_keras_serializable("keras_gen")
class FactorOut(Bijection):
    """The last half of the channels leaves, the first half takes more steps.

    What comes out is a vector: first what left, then what came out of the steps.

    Args:
        shape: of the images that come in.
        steps: those of the half that goes on; their last gives a vector.
        network: from that half to a mean and a log-scale for each number that leaves;
            without one it leaves as it is.
    """

    def __init__(
        self,
        shape: ImageShape,
        steps: list,
        network: keras.Model | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.shape = tuple(shape)
        self.steps = list(steps)
        self.network = network
        height, width, channels = shape
        self.stays = channels - channels // 2
        self.left = (height, width, channels // 2)

    def _law(self, stays, training=False):
        params = tf.cast(self.network(stays, training=training), self.compute_dtype)
        return tf.split(params, 2, axis=-1)

    def forward(self, x, context=None, training=False):
        stays, leaves = x[..., : self.stays], x[..., self.stays :]
        log_det = tf.zeros_like(total(x))
        if self.network is not None:
            mean, log_scale = self._law(stays, training)
            leaves = (leaves - mean) * tf.exp(-log_scale)
            log_det -= total(log_scale)
        rest, more = forth(self.steps, stays, context, training)
        leaves = tf.reshape(leaves, (-1, math.prod(self.left)))
        return tf.concat([leaves, rest], axis=-1), log_det + more

    def inverse(self, z, context=None):
        size = math.prod(self.left)
        stays = back(self.steps, z[:, size:], context)
        leaves = tf.reshape(z[:, :size], (-1, *self.left))
        if self.network is not None:
            mean, log_scale = self._law(stays)
            leaves = leaves * tf.exp(log_scale) + mean
        return tf.concat([stays, leaves], axis=-1)
