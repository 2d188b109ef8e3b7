"""Recurrent layers over images: the state of a pixel carries on from states before it.

Both are one cell. What the layer is given (`gates`, 4 numbers for each of its units)
comes from the image, by a causal layer before; to it the layer adds what the states
nearby say:

    i, f, g, o = gates + (what the states nearby say)
    c = sigmoid(f + 1) c' + sigmoid(i) tanh(g)
    h = sigmoid(o) tanh(c)

`RowRecurrence` goes down, row after row: a convolution of the row of h above, and c'
straight from above. `DiagonalRecurrence` goes along the row and down: h from the left
and from above, c' from the left. All pixels of one diagonal can be computed at once, so
the image is *skewed*, row r moved by r columns, which makes the diagonals columns.

A state is h and c, side by side in the channels. The incremental form is `look_up`,
what a row needs of the states above, and `cell`, one step for some of its pixels. The
whole image is a loop of the same two, so that nothing is computed in two ways: a turn
for each row, or for each diagonal.

Reference: van den Oord et al., Pixel Recurrent Neural Networks (arXiv:1601.06759),
sections 3.1 and 3.2. The forget gate begins open (Gers et al., Learning to Forget).
"""

import keras
import numpy as np
import tensorflow as tf

from keras_gen.errors import BadInput
from keras_gen.layers.loops import scan


class Recurrence(keras.layers.Layer):
    """What the recurrent layers share: the cell, and the look of its state."""

    def __init__(self, width: int, **kwargs):
        super().__init__(**kwargs)
        self.width = width

    def _weight(self, name, inputs, initializer="glorot_uniform"):
        shape = (*inputs, 4 * self.width)
        return self.add_weight(shape=shape, initializer=initializer, name=name)

    def no_state(self, gates):
        """The states before the first: zeros, one for each pixel of `gates`."""
        zeros = tf.zeros_like(tf.cast(gates, self.compute_dtype))
        return zeros[..., : 2 * self.width]

    def hidden(self, state):
        """What the layer gives of its states: h."""
        return state[..., : self.width]

    def look_up(self, states):
        """What the states above say to the row below them."""
        raise NotImplementedError

    def cell(self, gates, above, left):
        """The states of pixels, from `look_up` and from the states to their left."""
        raise NotImplementedError

    def row(self, gates, above):
        """The states of a whole row whose gates are known."""
        raise NotImplementedError

    def _step(self, gates, memory):
        i, f, g, o = tf.split(gates, 4, axis=-1)
        c = tf.sigmoid(f + 1.0) * memory + tf.sigmoid(i) * tf.tanh(g)
        return tf.concat([tf.sigmoid(o) * tf.tanh(c), c], axis=-1)

    def _cast(self, *tensors):
        return [tf.cast(t, self.compute_dtype) for t in tensors]

    def compute_output_shape(self, input_shape):
        if input_shape[-1] != 4 * self.width:
            raise BadInput(
                f'layer "{self.name}" has {self.width} units, of four gates each: its '
                f"input needs {4 * self.width} channels; received {input_shape[-1]}."
            )
        return (*input_shape[:-1], self.width)

    def get_config(self):
        return {**super().get_config(), "width": self.width}


@keras.saving.register_keras_serializable("keras_gen")
class RowRecurrence(Recurrence):
    """Down the image, a row at a time: a convolution of the states above.

    Args:
        width: number of units.
        size: how many states of the row above each reads; odd.

    Example:
        >>> RowRecurrence(2)(tf.zeros((1, 5, 4, 8))).shape
        TensorShape([1, 5, 4, 2])
    """

    def __init__(self, width: int, size: int = 3, **kwargs):
        super().__init__(width, **kwargs)
        self.size = size
        if size % 2 == 0:
            raise BadInput(f"size must be odd; received {size}.")

    def build(self, input_shape):
        self.compute_output_shape(input_shape)
        self.kernel = self._weight("kernel", (1, self.size, self.width))
        self.bias = self._weight("bias", (), "zeros")

    def look_up(self, states):
        states, kernel, bias = self._cast(states, self.kernel, self.bias)
        h, c = tf.split(states, 2, axis=-1)
        side = self.size // 2
        h = tf.pad(h, [[0, 0], [0, 0], [side, side], [0, 0]])
        return tf.concat([tf.nn.conv2d(h, kernel, 1, "VALID") + bias, c], axis=-1)

    def cell(self, gates, above, left=None):
        gates, above = self._cast(gates, above)
        said, c = above[..., : 4 * self.width], above[..., 4 * self.width :]
        return self._step(gates + said, c)

    def row(self, gates, above):
        return self.cell(gates, above)

    def call(self, gates, training=False):
        def next_row(here, before):
            return self.row(here, self.look_up(before))

        start = self.no_state(gates)
        return self.hidden(scan(next_row, [gates], start, axis=1, lists=training))

    def get_config(self):
        return {**super().get_config(), "size": self.size}


@keras.saving.register_keras_serializable("keras_gen")
class DiagonalRecurrence(Recurrence):
    """Along the rows and down: the states to the left and above.

    Args:
        width: number of units.
        reverse: whether it goes from right to left. Then a row must be known before its
            states are: feed it from a strict `RowsAbove`.

    Example:
        >>> DiagonalRecurrence(2)(tf.zeros((1, 5, 4, 8))).shape
        TensorShape([1, 5, 4, 2])
    """

    def __init__(self, width: int, reverse: bool = False, **kwargs):
        super().__init__(width, **kwargs)
        self.reverse = reverse

    def build(self, input_shape):
        self.compute_output_shape(input_shape)
        self.above_kernel = self._weight("above_kernel", (self.width,))
        self.left_kernel = self._weight("left_kernel", (self.width,), "orthogonal")

    def look_up(self, states):
        return self._said(states, self.above_kernel)

    def cell(self, gates, above, left):
        gates, above, left = self._cast(gates, above, left)
        gates = gates + above + self._said(left, self.left_kernel)
        return self._step(gates, left[..., self.width :])

    def _said(self, states, kernel):
        states, kernel = self._cast(states, kernel)
        flat = tf.reshape(self.hidden(states), (-1, self.width))
        return tf.reshape(
            tf.matmul(flat, kernel), (-1, *states.shape[1:3], 4 * self.width)
        )

    def row(self, gates, above):
        gates, above = self._turned(gates), self._turned(above)

        start = self.no_state(gates)
        return self._turned(scan(self.cell, [gates, above], start, axis=2))

    def call(self, gates, training=False):
        skewed = skew(self._turned(gates))

        def next_diagonal(here, left):  # the same row, a column before
            above = tf.pad(left[:, :-1], [[0, 0], [1, 0], [0, 0], [0, 0]])
            return self.cell(here, self.look_up(above), left)

        # Left of the image gates are 0, and from a state of 0 they make one of 0; what
        # comes after the end of a row is read by what comes after the end of the next.
        start = self.no_state(skewed)
        done = scan(next_diagonal, [skewed], start, axis=2, lists=training)
        return self._turned(unskew(self.hidden(done)))

    def _turned(self, x):
        """From right to left, if that is this layer's way."""
        if not self.reverse:
            return x
        return tf.gather(x, np.arange(x.shape[2])[::-1].copy(), axis=2)

    def get_config(self):
        return {**super().get_config(), "reverse": self.reverse}


def skew(x):
    """Row r moved r columns to the right, in a map of width + height - 1 columns."""
    height, width, channels = x.shape[1:]
    x = tf.pad(x, [[0, 0], [0, 0], [0, height], [0, 0]])
    x = tf.reshape(x, (-1, height * (width + height), channels))[:, :-height]
    return tf.reshape(x, (-1, height, width + height - 1, channels))


def unskew(x):
    """The map that was skewed."""
    height, columns, channels = x.shape[1:]
    x = tf.reshape(x, (-1, height * columns, channels))
    x = tf.pad(x, [[0, 0], [0, height], [0, 0]])
    x = tf.reshape(x, (-1, height, columns + 1, channels))
    return x[:, :, : columns + 1 - height]
