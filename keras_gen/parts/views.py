"""Ways to look at an image: what a translator is shown, made of what it should give.

    Grey      the mean of the colours
    Coarse    means over squares of k x k pixels, as large as the image
    Edges     how steep the brightness is: |Sobel|, 1 where black meets white
    Rain      the image behind bright streaks, which fall elsewhere in each image

From each of them the image has to be made again: colourisation, super-resolution,
pictures from line drawings, photographs without rain. A view is a pure function, so a
folder of images is all the data that such a task needs.
"""

from typing import Annotated

import tensorflow as tf

from keras_gen.arguments import Share, Size, within
from keras_gen.errors import BadInput
from keras_gen.parts import Part, part


class View(Part):
    """`view(x)` is what is shown of images in [0, 1]; `shape` is that of one view."""

    def shape(self, data_shape) -> tuple[int, ...]:
        return (*data_shape[:2], 1)

    def __call__(self, x):
        raise NotImplementedError


@part
class Grey(View):
    """The mean of the colours.

    Example:
        >>> Grey()(tf.constant([[[[0.0, 0.5, 1.0]]]])).numpy().tolist()
        [[[[0.5]]]]
    """

    def __call__(self, x):
        return tf.reduce_mean(x, -1, keepdims=True)


@part
class Coarse(View):
    """Means over squares, each of which is shown as one colour.

    Args:
        factor: the side of a square.
    """

    factor: Annotated[int, within("[2, 64]")] = 4

    def shape(self, data_shape):
        if any(side and side % self.factor for side in data_shape[:2]):
            raise BadInput(
                f"Coarse({self.factor}) takes images whose sides are multiples of "
                f"{self.factor}; received {tuple(data_shape[:2])}."
            )
        return tuple(data_shape)

    def __call__(self, x):
        small = tf.nn.avg_pool2d(x, self.factor, self.factor, "VALID")
        return tf.repeat(tf.repeat(small, self.factor, 1), self.factor, 2)


@part
class Edges(View):
    """The length of Sobel's gradient of the brightness, an upright edge's being 1."""

    def __call__(self, x):
        slope = tf.image.sobel_edges(tf.reduce_mean(x, -1, keepdims=True)) / 4
        return tf.minimum(tf.sqrt(tf.reduce_sum(slope**2, -1)), 1.0)


@part
class Rain(View):
    """Bright streaks that fall, a little to the left.

    Where they begin decides the image alone, by arithmetic on whole numbers: it is the
    same rain in every epoch, and in any batch.

    Args:
        drops: the share of the pixels where a streak begins.
        length: of a streak, in rows.
        light: how much of the way to white a streak is.
    """

    drops: Share = 0.03
    length: Size = 5
    light: Share = 0.7

    def shape(self, data_shape):
        return tuple(data_shape)

    def __call__(self, x):
        height, width = tf.shape(x)[1], tf.shape(x)[2]
        levels = tf.cast(tf.round(255 * x), "int64")
        places = tf.reshape(tf.range(tf.size(x[0]), dtype="int64"), tf.shape(x)[1:])
        number = tf.reduce_sum(levels * (1 + places), [1, 2, 3])
        pixel = tf.reshape(tf.range(height * width, dtype="int64"), (height, width, 1))
        u = _scattered(number[:, None, None, None] + 69_069 * pixel)
        wet = begins = tf.cast(u < self.drops, "float32")
        for row in range(1, self.length):
            left = (row + 1) // 2
            fallen = tf.pad(begins, [[0, 0], [row, 0], [0, left], [0, 0]])
            wet = tf.maximum(wet, fallen[:, :height, left:])
        return x + self.light * wet * (1 - x)


def _scattered(number):
    """Of whole numbers other ones in [0, 1), without order."""
    prime = 2**31 - 1
    for _ in range(4):
        number %= prime
        number = number * number + 48_271 * number + 11
    return tf.cast(number % prime, "float32") / prime
