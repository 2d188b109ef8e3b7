"""A monotone curve of rational quadratic pieces: a coupling that can bend.

Between the knots (x_k, y_k) and (x_k+1, y_k+1), of slopes d_k and d_k+1, with
t = (x - x_k) / w_k, the slope s_k = h_k / w_k of the chord, and r = t (1 - t),

    z        = y_k + h_k (s_k t^2 + d_k r) / D,      D = s_k + (d_k + d_k+1 - 2 s_k) r
    dz/dx    = s_k^2 (d_k+1 t^2 + 2 s_k r + d_k (1 - t)^2) / D^2

and back, t is a root of a quadratic. Outside of [-B, B] the map is the identity, which
the curve meets with slope one. Far outside, the pieces are asked at the edge (x is
clamped first): a `where` around a formula that overflows there would still have a
gradient of infinity times zero.

Reference: Durkan et al., Neural Spline Flows (arXiv:1906.04032), equations 4 to 8 and
appendix A. The piece is found by comparisons and a sum, which every runtime has.
"""

import math
from typing import Annotated

import keras
import tensorflow as tf

from keras_gen.arguments import Positive, checked_class, within
from keras_gen.layers.bijections.transforms import Transform

LEAST = 1e-3  # of a bin's share of the width and of the height, and of a slope
ONE = math.log(math.expm1(1 - LEAST))  # softplus of it, and the least, is one

Bins = Annotated[int, within("[2, 500]")]


@keras.saving.register_keras_serializable("keras_gen")
@checked_class
class Spline(Transform):
    """Rational quadratic pieces within [-bound, bound], the identity outside.

    Args:
        bins: how many pieces; one would be the identity.
        bound: B.

    Example:
        >>> spline, zeros = Spline(bins=4), tf.zeros((1, Spline(bins=4).numbers))
        >>> z, _ = spline.forward(tf.constant([0.5]), zeros)  # all pieces alike
        >>> round(float(z[0]), 6)
        0.5
    """

    def __init__(self, bins: Bins = 8, bound: Positive = 4.0):
        self.bins = bins
        self.bound = bound
        self.numbers = 3 * bins - 1

    def forward(self, x, params):
        knots = self._knots(params)
        inside = tf.clip_by_value(x, -self.bound, self.bound)
        left, width, low, height, d, d_next = self._piece(inside, knots, 0)
        slope, t = height / width, (inside - left) / width
        r = t * (1.0 - t)
        below = slope + (d + d_next - 2.0 * slope) * r
        z = low + height * (slope * t * t + d * r) / below
        rise = d_next * t * t + 2.0 * slope * r + d * (1.0 - t) ** 2
        log_slope = (
            2.0 * tf.math.log(slope) + tf.math.log(rise) - 2.0 * tf.math.log(below)
        )
        here = tf.abs(x) <= self.bound
        return tf.where(here, z, x), tf.where(here, log_slope, tf.zeros_like(x))

    def inverse(self, z, params):
        knots = self._knots(params)
        inside = tf.clip_by_value(z, -self.bound, self.bound)
        left, width, low, height, d, d_next = self._piece(inside, knots, 1)
        slope, up = height / width, inside - low
        bend = up * (d + d_next - 2.0 * slope)
        a = height * (slope - d) + bend
        b = height * d - bend
        c = -slope * up
        root = tf.sqrt(tf.maximum(b * b - 4.0 * a * c, 0.0))
        x = left + width * 2.0 * c / (-b - root)
        return tf.where(tf.abs(z) <= self.bound, x, z)

    def _knots(self, params):
        """Left edges, widths, lower edges, heights, and slopes at both ends."""
        widths, heights, slopes = tf.split(
            params, [self.bins, self.bins, self.bins - 1], axis=-1
        )
        edges = []
        for shares in (widths, heights):
            share = LEAST + (1.0 - LEAST * self.bins) * tf.nn.softmax(shares)
            sizes = 2.0 * self.bound * share
            edges += [tf.cumsum(sizes, axis=-1, exclusive=True) - self.bound, sizes]
        slopes = LEAST + tf.nn.softplus(slopes + ONE)
        one = tf.ones_like(widths[..., :1])
        ends = tf.concat([one, slopes], -1), tf.concat([slopes, one], -1)
        return [*edges, *ends]

    def _piece(self, value, knots, axis):
        """What the knots are in the piece where the value is, along x (0) or z (1)."""
        beyond = value[..., None] >= knots[2 * axis][..., 1:]
        beyond = tf.cast(beyond, value.dtype)
        one = tf.ones_like(value)[..., None]
        here = tf.concat([one, beyond], -1) - tf.concat([beyond, 0.0 * one], -1)
        return [tf.reduce_sum(here * knot, axis=-1) for knot in knots]

    def get_config(self):
        return {"bins": self.bins, "bound": self.bound}
