"""Loops whose state is tensors of one shape: they differentiate, compile and export.

Lists of tensors do not convert to every runtime. A queue does: what is new enters at its
end, by concatenation, and what is oldest leaves.
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
        maximum_iterations=count,  # which XLA must know to differentiate it
    )


def scan(step, maps, start, axis, lists=False):
    """The states `step(*here, before)` along one axis of maps, side by side.

    A queue is copied whole at every turn, and its gradient again. With `lists` the loop
    writes each state once, into a list: for training, which is not exported.

    Args:
        step: from what the maps hold at one place, and from the state before, to the
            state, all with an axis of size 1 there.
        maps: of one size along the axis.
        start: the state before the first, at all places.
        axis: 1 goes down the rows, 2 along the columns.
        lists: whether to collect the states in a list.
    """
    count = start.shape[axis]
    if not lists:

        def turn(i, done):
            here = [at(m, i) if axis == 1 else at(m, None, i) for m in maps]
            before = done[:, -1:] if axis == 1 else done[:, :, -1:]
            return i + 1, push(done, step(*here, before), axis)

        return loop(count, turn, (start,))[1]

    def write(i, before, done):
        here = [tf.expand_dims(array.read(i), axis) for array in arrays]
        state = step(*here, before)
        return i + 1, state, done.write(i, tf.squeeze(state, axis))

    order = (axis, 0, 3 - axis, 3)
    arrays = [
        tf.TensorArray(m.dtype, count).unstack(tf.transpose(m, order)) for m in maps
    ]
    first = start[:, :1] if axis == 1 else start[:, :, :1]
    _, _, done = tf.while_loop(
        lambda i, *_: i < count,
        write,
        (tf.constant(0), first, tf.TensorArray(start.dtype, count)),
        maximum_iterations=count,
    )
    back = (1, 0, 2, 3) if axis == 1 else (1, 2, 0, 3)
    states = tf.transpose(done.stack(), back)
    states.set_shape(start.shape)
    return states


def push(queue, new, axis):
    """The queue with `new` at its end, and the oldest gone."""
    rest = queue[:, 1:] if axis == 1 else queue[:, :, 1:]
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
