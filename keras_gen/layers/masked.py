"""Dense layers that may look only at what comes before.

Every unit carries a *degree*: the number of a step in the order in which the dimensions
of the data are drawn. A connection exists only if it does not look ahead:

    y = b + (W . M)^T x,     M[i, j] = 1  if  out_degree[j] >= in_degree[i]  else 0

with ">" instead of ">=" where the layer's outputs say something about the dimension of
their own degree, which they must not see. A chain of such layers is autoregressive
whatever the weights are: M is applied each time that W is used, so there is no moment
(before the first step of training, after weights were loaded) when it does not hold.
M is not stored: it is the inequality itself, and two vectors of degrees are all that a
file keeps of it.

Reference: Germain et al., MADE (arXiv:1502.03509), equations 9 to 12.
"""

import typing
from typing import Annotated

import keras
import numpy as np
import tensorflow as tf

from keras_gen.arguments import Checked, Rule
from keras_gen.errors import BadInput

Degrees = Annotated[
    typing.Any,
    Rule(
        "a list of whole numbers, or one of such lists",
        lambda value: (
            np.asarray(value).ndim in (1, 2) and np.asarray(value).dtype.kind in "iu"
        ),
    ),
]


@keras.saving.register_keras_serializable("keras_gen")
class MaskedDense(Checked, keras.layers.Layer):
    """Dense layer between units with degrees.

    Args:
        in_degrees: degree of each input; or, for several orders of drawing that share
            the weights, a list of such lists. A call says which `order` it is for.
        out_degrees: degree of each output; or a list of such lists.
        strict: whether an output sees only inputs of degrees below its own.

    Example:
        >>> layer = MaskedDense([1, 2, 3], [1, 2, 3], strict=True)
        >>> layer.mask().numpy()
        array([[0., 1., 1.],
               [0., 0., 1.],
               [0., 0., 0.]], dtype=float32)
    """

    def __init__(
        self,
        in_degrees: Degrees,
        out_degrees: Degrees,
        strict: bool = False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.in_degrees = np.asarray(in_degrees, int).tolist()
        self.out_degrees = np.asarray(out_degrees, int).tolist()
        self.strict = strict

    def build(self, input_shape):
        inputs, outputs = np.shape(self.in_degrees)[-1], np.shape(self.out_degrees)[-1]
        if input_shape[-1] != inputs:
            raise BadInput(
                f"MaskedDense was given the degrees of {inputs} inputs, but its input "
                f"has {input_shape[-1]}; every input needs its degree."
            )
        self.kernel = self.add_weight(
            shape=(inputs, outputs), initializer="glorot_uniform", name="kernel"
        )
        self.bias = self.add_weight(shape=(outputs,), initializer="zeros", name="bias")

    def mask(self, order: int = 0):
        """M, of shape (inputs, outputs), in the layer's own precision."""
        inputs = tf.constant(_of(self.in_degrees, order), tf.int32)[:, None]
        outputs = tf.constant(_of(self.out_degrees, order), tf.int32)[None, :]
        seen = outputs > inputs if self.strict else outputs >= inputs
        return tf.cast(seen, self.compute_dtype)

    def seen(self):
        """1 where a weight is used in some order; elsewhere its value is no matter."""
        orders = max(len(np.atleast_2d(d)) for d in (self.in_degrees, self.out_degrees))
        return np.max([self.mask(order) for order in range(orders)], axis=0)

    def call(self, x, order: int = 0):
        return tf.matmul(x, self.kernel * self.mask(order)) + self.bias

    def get_config(self):
        own = {
            "in_degrees": self.in_degrees,
            "out_degrees": self.out_degrees,
            "strict": self.strict,
        }
        return {**super().get_config(), **own}


def _of(degrees, order):
    return degrees[order] if np.ndim(degrees) == 2 else degrees
