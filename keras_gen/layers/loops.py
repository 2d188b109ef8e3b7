"""Loops whose state is tensors of one shape: they differentiate, compile and export.

Lists of tensors do not convert to every runtime. A queue does: what is new enters at
its end, by concatenation, and what is oldest leaves.
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


def scan(step, inputs, start, kept=1, lists=False):
    """The states that follow each other: `state = step(inputs[i], *state)`.

    A queue is copied whole at every turn, and its gradient again. With `lists` the loop
    writes each state once, into a list: for training, which is not exported.

    Args:
        step: gives a tuple of tensors, of the shapes of `start`.
        inputs: a tensor whose first axis is gone along.
        start: the state before the first, a tuple.
        kept: how many tensors of the state, from the first on, to collect.
        lists: whether to collect the states in lists.

    Returns:
        For each tensor that is kept all that it was, side by side in a first axis.
    """
    count = inputs.shape[0]
    if not lists:

        def turn(i, state, queues):
            state = step(tf.gather(inputs, i), *state)
            pairs = zip(queues, state[:kept], strict=True)
            return i + 1, state, tuple(push(q, s[None], 0) for q, s in pairs)

        zeros = (tf.zeros_like(s)[None] for s in start[:kept])
        empty = tuple(tf.repeat(z, count, axis=0) for z in zeros)
        shapes = tf.nest.map_structure(lambda t: t.shape, (start, empty))
        return tf.while_loop(
            lambda i, *_: i < count,
            turn,
            (tf.constant(0), start, empty),
            shape_invariants=(tf.TensorShape([]), *shapes),
        )[2]

    given = tf.TensorArray(inputs.dtype, count).unstack(inputs)

    def write(i, state, lists):
        state = step(given.read(i), *state)
        pairs = zip(lists, state[:kept], strict=True)
        return i + 1, state, tuple(each.write(i, s) for each, s in pairs)

    empty = tuple(
        tf.TensorArray(s.dtype, count, element_shape=s.shape) for s in start[:kept]
    )
    _, _, lists = tf.while_loop(
        lambda i, *_: i < count,
        write,
        (tf.constant(0), start, empty),
        maximum_iterations=count,  # XLA must know, to differentiate it
    )
    return tuple(each.stack() for each in lists)


def push(queue, new, axis):
    """The queue with `new` at its end, and as much of the oldest gone."""
    rest = queue[(slice(None),) * axis + (slice(new.shape[axis], None),)]
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
