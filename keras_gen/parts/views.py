"""Ways to look at an image: what a translator is shown, made of what it should give.

    Grey      the mean of the colours
    Coarse    means over squares of k x k pixels, as large as the image
    Edges     how steep the brightness is: |Sobel|, 1 where black meets white

From each of them the image has to be made again: colourisation, super-resolution, and
pictures from line drawings. A view is a pure function, so a folder of images is all the
data that such a task needs.
"""

from typing import Annotated

import tensorflow as tf

from keras_gen.arguments import within
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
