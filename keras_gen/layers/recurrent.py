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
whole image is a loop over its rows, or its diagonals, with the same step.

Reference: van den Oord et al., Pixel Recurrent Neural Networks (arXiv:1601.06759),
sections 3.1 and 3.2. The forget gate begins open (Gers et al., Learning to Forget).
"""

import keras
import numpy as np
import tensorflow as tf

from keras_gen.arguments import Checked, Size
from keras_gen.errors import BadInput
from keras_gen.layers.loops import scan


class Recurrence(Checked, keras.layers.Layer):
    """What the recurrent layers share: the cell, and the look of its state."""

    def __init__(self, width: Size, **kwargs):
        super().__init__(**kwargs)
        self.width = width

    def _weight(self, name, inputs, initializer="glorot_uniform"):
        shape = (*inputs, 4 * self.width)
        return self.add_weight(shape=shape, initializer=initializer, name=name)

    def _start(self, gates):
        """The h and c before the first, for the pixels that `gates` begins with."""
        zeros = tf.zeros_like(gates[0])[..., : self.width]
        return zeros, zeros

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
        """The new h and c."""
        i, f, g, o = tf.split(gates, 4, axis=-1)
        c = tf.sigmoid(f + 1.0) * memory + tf.sigmoid(i) * tf.tanh(g)
        return tf.sigmoid(o) * tf.tanh(c), c

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

    def __init__(self, width: Size, size: Size = 3, **kwargs):
        super().__init__(width, **kwargs)
        self.size = size
        if size % 2 == 0:
            raise BadInput(f"size must be odd; received {size}.")

    def build(self, input_shape):
        self.compute_output_shape(input_shape)
        self.kernel = self._weight("kernel", (1, self.size, self.width))
        self.bias = self._weight("bias", (), "zeros")

    def look_up(self, states):
        h, c = tf.split(*self._cast(states), 2, axis=-1)
        return tf.concat([self._said(h), c], axis=-1)

    def cell(self, gates, above, left=None):
        gates, above = self._cast(gates, above)
        said, c = above[..., : 4 * self.width], above[..., 4 * self.width :]
        return tf.concat(self._step(gates + said, c), axis=-1)

    def row(self, gates, above):
        return self.cell(gates, above)

    def _said(self, h):
        """By a row of h, of shape (batch, 1, columns, width)."""
        kernel, bias = self._cast(self.kernel, self.bias)
        side = self.size // 2
        h = tf.pad(h, [[0, 0], [0, 0], [side, side], [0, 0]])
        return tf.nn.conv2d(h, kernel, 1, "VALID") + bias

    def call(self, gates, training=False):
        rows = tf.transpose(*self._cast(gates), (1, 0, 2, 3))[:, :, None]

        def next_row(here, h, c):
            return self._step(here + self._said(h), c)

        (h,) = scan(next_row, rows, self._start(rows), lists=training)
        return tf.transpose(h[:, :, 0], (1, 0, 2, 3))

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

    def __init__(self, width: Size, reverse: bool = False, **kwargs):
        super().__init__(width, **kwargs)
        self.reverse = reverse

    def build(self, input_shape):
        self.compute_output_shape(input_shape)
        self.above_kernel = self._weight("above_kernel", (self.width,))
        self.left_kernel = self._weight("left_kernel", (self.width,), "orthogonal")

    def look_up(self, states):
        return self._said(self.hidden(states), self.above_kernel)

    def cell(self, gates, above, left):
        gates, above, left = self._cast(gates, above, left)
        said = self._said(self.hidden(left), self.left_kernel)
        memory = left[..., self.width :]
        return tf.concat(self._step(gates + above + said, memory), axis=-1)

    def _said(self, h, kernel):
        h, kernel = self._cast(h, kernel)
        flat = tf.matmul(tf.reshape(h, (-1, self.width)), kernel)
        return tf.reshape(flat, tf.concat([tf.shape(h)[:-1], [4 * self.width]], 0))

    def row(self, gates, above):
        known = sum(self._cast(gates, above))
        columns = tf.transpose(self._turned(known)[:, 0], (1, 0, 2))

        def next_pixel(here, h, c):
            return self._step(here + self._said(h, self.left_kernel), c)

        states = scan(next_pixel, columns, self._start(columns), kept=2)
        states = tf.transpose(tf.concat(states, axis=-1), (1, 0, 2))
        return self._turned(states[:, None])

    def call(self, gates, training=False):
        skewed = skew(self._turned(*self._cast(gates)))
        diagonals = tf.transpose(skewed, (2, 1, 0, 3))  # rows first: they move down one

        def next_diagonal(here, h, c):
            above = tf.pad(h[:-1], [[1, 0], [0, 0], [0, 0]])
            said = here + self._said(above, self.above_kernel)
            return self._step(said + self._said(h, self.left_kernel), c)

        # Left of the image gates are 0, and from a state of 0 they make one of 0; what
        # comes after the end of a row is read by what comes after the end of the next.
        start = self._start(diagonals)
        (h,) = scan(next_diagonal, diagonals, start, lists=training)
        return self._turned(unskew(tf.transpose(h, (2, 1, 0, 3))))

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
