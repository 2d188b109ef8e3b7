"""One number moved by parameters that a network gives: what couplings are made of.

    additive   z = x + t                                         log dz/dx = 0
    affine     z = x exp(s) + t,  s = c tanh(raw / c)                        s
    gated      z = (x + t) sigmoid(s + 2),  s as above          log sigmoid(s + 2)

The bound c keeps a product of many scales finite, there and back. Each is elementwise,
and increasing.

References: Dinh et al., NICE (arXiv:1410.8516); Dinh et al., Density estimation using
Real NVP (arXiv:1605.08803), equation 7; Kingma & Dhariwal, Glow (arXiv:1807.03039), its
code for the gate. There s is raw, and a sample's way back may overflow: Behrmann et
al., Understanding and mitigating exploding inverses in invertible neural networks
(arXiv:2006.09347).
"""

import keras
import tensorflow as tf

from keras_gen.arguments import Positive, checked_class


class Transform:
    """Base: an increasing map of each number, with `numbers` parameters of its own.

    `params` has one axis more than x, of that length.
    """

    numbers: int = 1

    def forward(self, x, params):
        """z, and log dz/dx, elementwise."""
        raise NotImplementedError

    def inverse(self, z, params):
        """The x that this z comes from, elementwise."""
        raise NotImplementedError

    def get_config(self):
        return {}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


@keras.saving.register_keras_serializable("keras_gen")
class Additive(Transform):
    """A shift, which leaves volumes as they are.

    Example:
        >>> Additive().inverse(tf.constant([3.0]), tf.constant([[1.0]])).numpy()
        array([2.], dtype=float32)
    """

    def forward(self, x, params):
        return x + params[..., 0], tf.zeros_like(x)

    def inverse(self, z, params):
        return z - params[..., 0]


class Bounded(Transform):
    """Base: of two parameters, the first is squeezed into (-bound, bound)."""

    numbers = 2

    def __init__(self, bound):
        self.bound = bound

    def squeezed(self, params):
        """c tanh(raw / c)."""
        return self.bound * tf.tanh(params[..., 0] / self.bound)

    def get_config(self):
        return {"bound": self.bound}


@keras.saving.register_keras_serializable("keras_gen")
@checked_class
class Affine(Bounded):
    """A scale and a shift.

    Args:
        bound: c, of the logarithm of the scale.

    Example:
        >>> Affine().inverse(tf.constant([3.0]), tf.constant([[0.0, 1.0]])).numpy()
        array([2.], dtype=float32)
    """

    def __init__(self, bound: Positive = 3.0):
        super().__init__(bound)

    def forward(self, x, params):
        log_scale = self.squeezed(params)
        return x * tf.exp(log_scale) + params[..., 1], log_scale

    def inverse(self, z, params):
        return (z - params[..., 1]) * tf.exp(-self.squeezed(params))


@keras.saving.register_keras_serializable("keras_gen")
@checked_class
class Gated(Bounded):
    """Glow's: a shift, and a scale below one.

    Args:
        bound: c; with 2 the way back stretches by less than two. A sample of faces was
            no number after one epoch without a bound.

    Example:
        >>> z, log_scale = Gated().forward(tf.ones(1), tf.zeros((1, 2)))
        >>> abs(float(z[0] - tf.sigmoid(2.0))) < 1e-6
        True
    """

    def __init__(self, bound: Positive = 2.0):
        super().__init__(bound)

    def forward(self, x, params):
        gate = self.squeezed(params) + 2.0
        return (x + params[..., 1]) * tf.sigmoid(gate), -tf.nn.softplus(-gate)

    def inverse(self, z, params):
        # 1 / sigmoid(a) = 1 + exp(-a)
        return z * (1.0 + tf.exp(-self.squeezed(params) - 2.0)) - params[..., 1]
