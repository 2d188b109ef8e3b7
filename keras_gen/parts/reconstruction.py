"""What it costs to give back another example than was wanted.

    squared_error    (y - x)^2, of the decoder's numbers as they are
    cross_entropy    -x log s(y) - (1 - x) log(1 - s(y)), of logits; s is the sigmoid

Both are least where the reconstruction, y or s(y), is the mean of what is wanted. They
are means over the values of an example, so that a rate suits images of all sizes.
"""

from collections.abc import Callable
from typing import Annotated, NamedTuple

import tensorflow as tf

from keras_gen.arguments import named


class Loss(NamedTuple):
    """`errors(output, x)` for each value, and the example that `output` stands for."""

    errors: Callable
    example: Callable


def _as_it_is(output):
    """Values of images are clipped to [0, 1]; those of points are not."""
    return tf.clip_by_value(output, 0.0, 1.0) if output.shape.rank == 4 else output


LOSSES = {
    "squared_error": Loss(lambda y, x: (y - x) ** 2, _as_it_is),
    "cross_entropy": Loss(lambda y, x: tf.nn.softplus(y) - x * y, tf.sigmoid),
}


LossName = Annotated[str, named(LOSSES, "loss")]


def absolute(y, x):
    """The mean absolute difference of each example."""
    return per_example(tf.abs(y - x))


def per_example(errors, where=None):
    """Their mean over an example, or over its values where `where` is 1; 0 of none."""
    axes = range(1, errors.shape.rank)
    if where is None:
        return tf.reduce_mean(errors, axes)
    where = tf.broadcast_to(where, tf.shape(errors))
    total, counted = (tf.reduce_sum(v, axes) for v in (errors * where, where))
    return tf.math.divide_no_nan(total, counted)
