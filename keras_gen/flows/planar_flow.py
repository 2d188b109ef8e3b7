"""Planar flow: space squeezed and stretched across planes.

    z = x + u tanh(w'x + b),     log det = log(1 + w'u tanh'(w'x + b))

with w'u > -1, which keeps it increasing along w (`parts.posteriors.flows`). The density
takes one pass. The way back is one equation in one unknown, a = w'x:

    a + w'u tanh(a + b) = w'z,     x = z - u tanh(a + b)

The left side increases, and a is within |w'u| of w'z: halving that interval finds it.

Reference: Rezende & Mohamed, Variational Inference with Normalizing Flows
(arXiv:1505.05770), equations 10 to 12; there it is a posterior, and never goes back.
"""

import keras
import tensorflow as tf

from keras_gen.arguments import CountFrom0, Shape, Size
from keras_gen.flows.base import Flow, Given, single, told
from keras_gen.layers.bijections.base import Bijection
from keras_gen.layers.bijections.scaling import ActNorm
from keras_gen.layers.loops import loop
from keras_gen.parts.posteriors.flows import dot, planar, planar_direction

HALVINGS = 60  # of the interval; a double has no more digits


class Bent(Bijection):
    """A step of free parameters, to which a context may add its own.

    Args:
        size: of the vector.
        context: numbers that it is told.
    """

    widths = ()

    def __init__(self, size: Size, context: CountFrom0 = 0, **kwargs):
        super().__init__(**kwargs)
        self.size = size
        self.context = context
        numbers = sum(self.sizes())
        start = keras.initializers.RandomNormal(stddev=0.5)
        self.free = self.add_weight(name="free", shape=(numbers,), initializer=start)
        if context:
            self.told = self.add_weight(
                name="told", shape=(context, numbers), initializer=start
            )

    def sizes(self):
        """How many numbers each parameter has."""
        return [self.size if width is None else width for width in self.widths]

    def parameters(self, context):
        free = self.free.value[None]
        if context is not None:
            free += tf.matmul(context, self.told.value)
        return tf.split(free, self.sizes(), axis=-1)


@keras.saving.register_keras_serializable("keras_gen")
class PlanarStep(Bent):
    """One plane.

    Args:
        size: of the vector.
        context: numbers that it is told.

    Example:
        >>> step = PlanarStep(2)
        >>> z, _ = step(tf.constant([[1.0, -2.0]]))
        >>> step.inverse(z).numpy().round(4)
        array([[ 1., -2.]], dtype=float32)
    """

    widths = (None, None, 1)

    def forward(self, x, context=None, training=False):
        return planar(*self.parameters(context), x)

    def inverse(self, z, context=None):
        u, w, b = self.parameters(context)
        u = planar_direction(u, w)
        along, reach = dot(w, z), dot(w, u)
        low, high = along - tf.abs(reach), along + tf.abs(reach)

        def halve(i, low, high):
            middle = 0.5 * (low + high)
            above = middle + reach * tf.tanh(middle + b) > along
            return (
                i + 1,
                tf.where(above, low, middle),
                tf.where(above, middle, high),
            )

        _, low, high = loop(HALVINGS, halve, (low, high))
        return z - u * tf.tanh(0.5 * (low + high) + b)


@keras.saving.register_keras_serializable("keras_gen")
class PlanarFlow(Flow):
    """A density of points by planar steps.

    Args:
        data_shape: (size,) of a point.
        depth: how many steps.
        given: as in `Flow`.

    Example:
        >>> model = PlanarFlow((2,), depth=4)
        >>> model.log_prob(tf.zeros((3, 2))).shape
        TensorShape([3])
    """

    hands_on = False
    step = PlanarStep

    def __init__(
        self,
        data_shape: Shape,
        depth: Size = 16,
        given: Given | None = None,
        **kwargs,
    ):
        size = single(data_shape, type(self).__name__)
        steps = [ActNorm(size)]
        steps += [self.step(size, told(given)) for _ in range(depth)]
        super().__init__(data_shape, [*steps, ActNorm(size)], given=given, **kwargs)
        self.depth = depth

    @classmethod
    def small(cls):
        return {"plain": lambda: cls((2,), depth=2)}
