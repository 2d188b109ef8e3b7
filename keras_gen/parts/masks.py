"""Holes in images, as pure functions of noise: 1 where a pixel is lost.

    Rectangle    one box of random sides and place
    Scribble     strokes that wander about, as a brush or a scratch does

Reference for the second: Yu et al., Free-Form Image Inpainting with Gated Convolution
(arXiv:1806.03589).
"""

import math
from typing import Annotated

import numpy as np
import tensorflow as tf

from keras_gen.arguments import NotNegative, within
from keras_gen.errors import BadInput
from keras_gen.parts import Part, part


@part
class Rectangle(Part):
    """A box whose sides are uniform shares of the image's, anywhere inside it.

    Args:
        smallest, largest: the shares.

    Example:
        >>> int(tf.reduce_sum(Rectangle(0.5, 0.5)(tf.zeros((1, 4)), (4, 4, 1))))
        4
    """

    smallest: Annotated[float, within("(0, 1]")] = 0.25
    largest: Annotated[float, within("(0, 1]")] = 0.5

    def __post_init__(self):
        if self.smallest > self.largest:
            raise BadInput(
                "the sides of a box are shares of the image's, 0 < smallest <= largest "
                f"<= 1; received {self.smallest} and {self.largest}."
            )

    def noise_shape(self, data_shape) -> tuple[int, ...]:
        """Uniform: height, width, and how far down and to the right."""
        return (4,)

    def __call__(self, noise, data_shape):
        inside = [
            self._interval(noise[:, i], noise[:, 2 + i], data_shape[i]) for i in (0, 1)
        ]
        return (inside[0][:, :, None] * inside[1][:, None, :])[..., None]

    def _interval(self, size, place, side):
        """1 on the pixels of a row (or column) that the box covers."""
        share = self.smallest + (self.largest - self.smallest) * size
        length = tf.maximum(tf.round(share * side), 1.0)[:, None]
        start = tf.floor(place[:, None] * (side - length + 1))
        at = np.arange(side, dtype="float32")[None]
        return tf.cast((at >= start) & (at < start + length), "float32")


@part
class Scribble(Part):
    """Strokes from corner to corner of random walks; lengths are in pixels.

    Args:
        strokes: how many.
        corners: of each stroke.
        step: the longest way from one corner to the next.
        width: of a stroke.
    """

    strokes: Annotated[int, within("[1, 1000]")] = 2
    corners: Annotated[int, within("[2, 1000]")] = 4
    step: NotNegative = 10.0
    width: Annotated[float, within("[1.5, inf)", "in pixels")] = 4.0

    def noise_shape(self, data_shape) -> tuple[int, ...]:
        """Uniform: of each stroke the start, then angle and length of each step."""
        return (self.strokes, self.corners, 2)

    def __call__(self, noise, data_shape):
        sides = np.array(data_shape[:2], "float32")
        angle, length = 2 * math.pi * noise[:, :, 1:, 0], self.step * noise[:, :, 1:, 1]
        steps = tf.stack([length * tf.sin(angle), length * tf.cos(angle)], -1)
        start = noise[:, :, :1] * sides
        corners = tf.cumsum(tf.concat([start, steps], 2), axis=2)
        corners = tf.clip_by_value(corners, 0.0, sides)
        ends = [
            tf.reshape(corner, (-1, self.strokes * (self.corners - 1), 2))
            for corner in (corners[:, :, :-1], corners[:, :, 1:])
        ]
        nearest = tf.reduce_min(distances(*ends, data_shape), 1)
        return tf.cast(nearest <= self.width / 2, "float32")[..., None]


def distances(a, b, data_shape):
    """From the middle of every pixel to the segments from a to b.

    Args:
        a, b: (batch, segments, 2), down and to the right from the top left corner.
        data_shape: of the image.

    Returns:
        Shape (batch, segments, height, width).
    """
    height, width = data_shape[:2]
    grid = np.stack(np.mgrid[:height, :width], -1).astype("float32") + 0.5
    a, b = a[:, :, None, None], b[:, :, None, None]
    along, way = b - a, grid - a
    length = tf.reduce_sum(along**2, -1) + 1e-6
    share = tf.clip_by_value(tf.reduce_sum(way * along, -1) / length, 0.0, 1.0)
    return tf.norm(way - share[..., None] * along, axis=-1)
