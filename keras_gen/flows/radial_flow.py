"""Radial flow: space drawn to centres, or pushed away from them.

    z = x + beta (x - c) / (a + r),     r = |x - c|

with beta > -a, which keeps it increasing along each ray (`parts.posteriors.flows`,
where its determinant is). The density takes one pass, and so does the way back: from
the distance R = |z - c|, the distance r is the root of

    r^2 + (a + beta - R) r - a R = 0

Reference: Rezende & Mohamed, Variational Inference with Normalizing Flows
(arXiv:1505.05770), equation 14; there it is a posterior, and never goes back.
"""

import keras
import tensorflow as tf

from keras_gen.flows.planar_flow import Bent, PlanarFlow
from keras_gen.parts.posteriors.flows import dot, radial, radial_pull


@keras.saving.register_keras_serializable("keras_gen")
class RadialStep(Bent):
    """One centre.

    Args:
        size: of the vector.
        context: numbers that it is told.

    Example:
        >>> step = RadialStep(2)
        >>> z, _ = step(tf.constant([[1.0, -2.0]]))
        >>> step.inverse(z).numpy().round(4)
        array([[ 1., -2.]], dtype=float32)
    """

    widths = (None, 1, 1)

    def forward(self, x, context=None, training=False):
        return radial(*self.parameters(context), x)

    def inverse(self, z, context=None):
        centre, free_a, free_beta = self.parameters(context)
        a, beta = radial_pull(free_a, free_beta)
        away = z - centre
        far = tf.sqrt(dot(away, away) + 1e-12)
        half = 0.5 * (a + beta - far)
        root = tf.sqrt(half * half + a * far)
        # Of two ways to write the root, the one without a difference of near numbers.
        near = tf.where(half > 0.0, a * far / (root + tf.abs(half)), root - half)
        return centre + away / (1.0 + beta / (a + near))


@keras.saving.register_keras_serializable("keras_gen")
class RadialFlow(PlanarFlow):
    """A density of points by radial steps.

    Args:
        data_shape: (size,) of a point.
        depth: how many steps.
        given: as in `Flow`.

    Example:
        >>> model = RadialFlow((2,), depth=4)
        >>> model.log_prob(tf.zeros((3, 2))).shape
        TensorShape([3])
    """

    step = RadialStep
