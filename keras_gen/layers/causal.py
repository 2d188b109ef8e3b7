"""Convolutions that see only what was drawn before, in raster order.

What comes before a pixel is the rows above it and the pixels to its left. Each has a
convolution of its own, and every causal network of this library is made of the two:

    above[r, c] = sum_{i, j} K[i, j] x[r - i, c + j]     rows up to r - 1, or up to r
    left[r, c]  = sum_j      K[j]    x[r, c - j]         columns up to c - 1, or up to c

Nothing is masked: the image is shifted and padded, so that a weight that would look
ahead does not exist. Either sum is a plain convolution of a window (`window`), and that
is the incremental form: the same expression on the few rows, or the few pixels, that
the sampler (autoregressive/sampler.py) remembers.

Channels have an order, too, if a network has `groups` > 1: feature i belongs to group
i % groups, and within a pixel group g sees groups up to g (mask "B") or below g (mask
"A", for the first layer). These masks are applied in the expression, at each use.

References: van den Oord et al., Pixel Recurrent Neural Networks (arXiv:1601.06759) for
the masks; Salimans et al., PixelCNN++ (arXiv:1701.05517) for shifting instead.
"""

import keras
import numpy as np
import tensorflow as tf

from keras_gen.errors import BadInput


class Causal(keras.layers.Layer):
    """What the causal layers share: a kernel, and groups of features."""

    def __init__(self, filters: int, groups: int = 1, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.groups = groups

    def _weights(self, kernel_shape, bias=True):
        self.kernel = self.add_weight(
            shape=kernel_shape, initializer="glorot_uniform", name="kernel"
        )
        if bias:
            self.bias = self.add_weight(
                shape=(self.filters,), initializer="zeros", name="bias"
            )

    def _cast(self, *tensors):
        """In the layer's precision, outside of `__call__` too."""
        return [tf.cast(t, self.compute_dtype) for t in tensors]

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.filters)

    def get_config(self):
        own = {"filters": self.filters, "groups": self.groups}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable("keras_gen")
class RowsAbove(Causal):
    """Convolution of the rows above, as wide to the right as to the left.

    Args:
        filters: number of output channels.
        size: (rows, columns) of the kernel; an odd number of columns.
        strict: whether the row of the output itself is excluded. A layer that is not
            strict may only be fed by one that is, for its input must be known before
            the row is drawn.

    Example:
        >>> RowsAbove(8, (2, 3), strict=True)(tf.zeros((1, 5, 4, 1))).shape
        TensorShape([1, 5, 4, 8])
    """

    def __init__(self, filters: int, size, strict: bool = False, **kwargs):
        super().__init__(filters, **kwargs)
        self.size = tuple(size)
        self.strict = strict
        if self.size[1] % 2 == 0:
            raise BadInput(f"the number of columns must be odd; received {size}.")
        self.rows = self.size[0] - (not strict)  # remembered from before this one

    def build(self, input_shape):
        self._weights((*self.size, input_shape[-1], self.filters))

    def window(self, rows):
        """The output from `rows` that begin `self.rows` above the first of it."""
        rows, kernel, bias = self._cast(rows, self.kernel, self.bias)
        side = self.size[1] // 2
        rows = tf.pad(rows, [[0, 0], [0, 0], [side, side], [0, 0]])
        return tf.nn.conv2d(rows, kernel, 1, "VALID") + bias

    def call(self, x):
        x = x[:, :-1] if self.strict else x
        return self.window(tf.pad(x, [[0, 0], [self.rows, 0], [0, 0], [0, 0]]))

    def get_config(self):
        return {**super().get_config(), "size": self.size, "strict": self.strict}


@keras.saving.register_keras_serializable("keras_gen")
class LeftOf(Causal):
    """Convolution of the pixels to the left, in the same row.

    It has no bias, for it is added to what comes from above, which has one.

    Args:
        filters: number of output channels.
        columns: how many pixels to the left.
        mask: "A" excludes the pixel itself, but for the channels before one's own;
            "B" includes it, up to one's own group.

    Example:
        >>> LeftOf(8, 1, "B")(tf.zeros((1, 5, 4, 1))).shape
        TensorShape([1, 5, 4, 8])
    """

    def __init__(self, filters: int, columns: int, mask: str, **kwargs):
        super().__init__(filters, **kwargs)
        if mask not in ("A", "B"):
            raise BadInput(f'mask is "A" or "B"; received {mask!r}.')
        self.columns = columns
        self.mask = mask
        self.sees_itself = mask == "B" or self.groups > 1

    def build(self, input_shape):
        columns = self.columns + self.sees_itself
        self._weights((1, columns, input_shape[-1], self.filters), bias=False)

    def window(self, pixels):
        """The output from `pixels` that begin `columns` to the left of it."""
        pixels, kernel = self._cast(pixels, self.kernel)
        if self.groups > 1:
            inputs = self.kernel.shape[2]
            strict = self.mask == "A"
            seen = np.ones(self.kernel.shape)
            seen[0, -1] = group_mask(inputs, self.filters, self.groups, strict)
            kernel *= tf.constant(seen, self.compute_dtype)
        size, inputs = kernel.shape[1:3]
        if pixels.shape[1] == 1 and pixels.shape[2] == size:  # one step of the sampler
            flat = tf.reshape(pixels, (-1, size * inputs))
            y = tf.matmul(flat, tf.reshape(kernel, (size * inputs, self.filters)))
            return tf.reshape(y, (-1, 1, 1, self.filters))
        return tf.nn.conv2d(pixels, kernel, 1, "VALID")

    def call(self, x):
        x = x if self.sees_itself else x[:, :, :-1]
        return self.window(tf.pad(x, [[0, 0], [0, 0], [self.columns, 0], [0, 0]]))

    def get_config(self):
        own = {"columns": self.columns, "mask": self.mask}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable("keras_gen")
class Pointwise(Causal):
    """1x1 convolution, which respects the groups.

    Args:
        filters: number of output channels.
        last: whether the outputs are parameters of the data's channels, one channel
            after the other, rather than features.

    Example:
        >>> Pointwise(6, groups=3, last=True)(tf.zeros((1, 5, 4, 9))).shape
        TensorShape([1, 5, 4, 6])
    """

    def __init__(self, filters: int, last: bool = False, **kwargs):
        super().__init__(filters, **kwargs)
        self.last = last

    def build(self, input_shape):
        self._weights((input_shape[-1], self.filters))

    def call(self, x):
        x, kernel, bias = self._cast(x, self.kernel, self.bias)
        if self.groups > 1:
            seen = group_mask(x.shape[-1], self.filters, self.groups, last=self.last)
            kernel *= tf.constant(seen, self.compute_dtype)
        y = tf.matmul(tf.reshape(x, (-1, x.shape[-1])), kernel) + bias
        return tf.reshape(y, (-1, *x.shape[1:-1], self.filters))

    def get_config(self):
        return {**super().get_config(), "last": self.last}


@keras.saving.register_keras_serializable("keras_gen")
class Gate(keras.layers.Layer):
    """tanh of one half of the features times sigmoid of the other.

    Example:
        >>> Gate()(tf.zeros((1, 5, 4, 8))).shape
        TensorShape([1, 5, 4, 4])
    """

    def call(self, x):
        value, gate = tf.split(x, 2, axis=-1)
        return tf.tanh(value) * tf.sigmoid(gate)


def group_mask(inputs: int, outputs: int, groups: int, strict=False, last=False):
    """M[i, j] = 1 if, within a pixel, output j may see input i."""
    of_input = np.arange(inputs) % groups
    j = np.arange(outputs)
    of_output = j * groups // outputs if last else j % groups
    seen = of_output[None, :] - of_input[:, None]
    return (seen > 0 if strict else seen >= 0).astype("float32")
