"""Loops whose state is tensors of one shape: they differentiate, compile and export.

Lists of tensors that grow with the loop do not convert to every runtime. A queue does:
what is new enters at its end, by concatenation, and what is oldest leaves.
"""

import tensorflow as tf


def loop(count, body, state):
    """`body(i, *state)` for i < count; the shapes stay what they are."""
    shapes = tf.nest.map_structure(lambda t: t.shape, state)
    return tf.while_loop(
        lambda i, *_: i < count,
        body,
        (tf.constant(0), *state),
        shape_invariants=(tf.TensorShape([]), *shapes),
    )


def push(queue, new, axis):
    """The queue with `new` at its end, and as much of the oldest gone."""
    n = new.shape[axis]
    rest = queue[:, n:] if axis == 1 else queue[:, :, n:]
    pushed = tf.concat([rest, tf.cast(new, queue.dtype)], axis=axis)
    pushed.set_shape(queue.shape)
    return pushed


def at(x, row=None, column=None):
    """The row and the column of maps; what is not a map stays."""
    if row is not None and x.shape.rank == 4 and x.shape[1] > 1:
        x = tf.gather(x, [row], axis=1)
    if column is not None and x.shape.rank == 4 and x.shape[2] > 1:
        x = tf.gather(x, [column], axis=2)
    return x
