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

With a `stride` a convolution gives every second row and column only, at the places of
the first of each pair; `Enlarge` is the way back. What it computes of a pair of rows
and columns is known with the first of them, so that nothing looks ahead.

References: van den Oord et al., Pixel Recurrent Neural Networks (arXiv:1601.06759) for
the masks; Salimans et al., PixelCNN++ (arXiv:1701.05517) for shifting instead.
"""

from typing import Literal

import keras
import numpy as np
import tensorflow as tf

from keras_gen.arguments import Checked, CountFrom0, Size


class Causal(Checked, keras.layers.Layer):
    """What the causal layers share: a kernel, and groups of features."""

    stride = 1

    def __init__(self, filters: Size, groups: Size = 1, **kwargs):
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

    def _masked(self):
        """The kernel, in the layer's precision, without what would look ahead."""
        (kernel,) = self._cast(self.kernel)
        return kernel * self._cast(self.seen())[0] if self.groups > 1 else kernel

    def compute_output_shape(self, input_shape):
        sides = [-(-side // self.stride) for side in input_shape[1:-1]]
        return (input_shape[0], *sides, self.filters)

    def get_config(self):
        own = {"filters": self.filters, "groups": self.groups}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable("keras_gen")
class RowsAbove(Causal):
    """Convolution of the rows above, to both sides of the pixel.

    Args:
        filters: number of output channels.
        size: (rows, columns) of the kernel, centred; of an even number of columns, one
            more is to the left.
        strict: whether the row of the output itself is excluded. A layer that is not
            strict may only be fed by one that is, for its input must be known before
            the row is drawn.
        stride: of the output, in rows and in columns.

    Example:
        >>> RowsAbove(8, (2, 3), strict=True)(tf.zeros((1, 5, 4, 1))).shape
        TensorShape([1, 5, 4, 8])
    """

    def __init__(
        self,
        filters: Size,
        size: tuple[CountFrom0, Size],
        strict: bool = False,
        stride: Size = 1,
        **kwargs,
    ):
        super().__init__(filters, **kwargs)
        self.size = tuple(size)
        self.strict = strict
        self.stride = stride
        self.rows = self.size[0] - (not strict)  # remembered from before this one

    def build(self, input_shape):
        self._weights((*self.size, input_shape[-1], self.filters))

    def window(self, rows):
        """The output from `rows` that begin `self.rows` above the first of it."""
        rows, kernel, bias = self._cast(rows, self.kernel, self.bias)
        sides = [self.size[1] // 2, (self.size[1] - 1) // 2]
        rows = tf.pad(rows, [[0, 0], [0, 0], sides, [0, 0]])
        return tf.nn.conv2d(rows, kernel, self.stride, "VALID") + bias

    def call(self, x):
        x = x[:, :-1] if self.strict else x
        return self.window(tf.pad(x, [[0, 0], [self.rows, 0], [0, 0], [0, 0]]))

    def get_config(self):
        own = {"size": self.size, "strict": self.strict, "stride": self.stride}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable("keras_gen")
class LeftOf(Causal):
    """Convolution of the pixels to the left, in the same row.

    It has no bias, for it is added to what comes from above, which has one.

    Args:
        filters: number of output channels.
        columns: how many pixels to the left.
        mask: "A" excludes the pixel itself, but for the channels before one's own;
            "B" includes it, up to one's own group.
        stride: of the output, in rows and in columns.

    Example:
        >>> LeftOf(8, 1, "B")(tf.zeros((1, 5, 4, 1))).shape
        TensorShape([1, 5, 4, 8])
    """

    def __init__(
        self,
        filters: Size,
        columns: CountFrom0,
        mask: Literal["A", "B"],
        stride: Size = 1,
        **kwargs,
    ):
        super().__init__(filters, **kwargs)
        self.columns = columns
        self.mask = mask
        self.stride = stride
        self.sees_itself = mask == "B" or self.groups > 1

    def build(self, input_shape):
        columns = self.columns + self.sees_itself
        self._weights((1, columns, input_shape[-1], self.filters), bias=False)

    def seen(self):
        """1 where a weight is used; in the pixel itself, its later channels are not."""
        seen = np.ones(self.kernel.shape, "float32")
        if self.groups > 1:
            inputs, strict = self.kernel.shape[2], self.mask == "A"
            seen[0, -1] = group_mask(inputs, self.filters, self.groups, strict)
        return seen

    def window(self, pixels):
        """The output from `pixels` that begin `columns` to the left of it."""
        (pixels,), kernel = self._cast(pixels), self._masked()
        size, inputs = kernel.shape[1:3]
        if pixels.shape[1] == 1 and pixels.shape[2] == size:  # one step of the sampler
            flat = tf.reshape(pixels, (-1, size * inputs))
            y = tf.matmul(flat, tf.reshape(kernel, (size * inputs, self.filters)))
            return tf.reshape(y, (-1, 1, 1, self.filters))
        return tf.nn.conv2d(pixels, kernel, (1, self.stride), "VALID")

    def call(self, x):
        x = x[:, :: self.stride]
        x = x if self.sees_itself else x[:, :, :-1]
        return self.window(tf.pad(x, [[0, 0], [0, 0], [self.columns, 0], [0, 0]]))

    def get_config(self):
        own = {"columns": self.columns, "mask": self.mask, "stride": self.stride}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable("keras_gen")
class Pointwise(Causal):
    """1x1 convolution, which respects the groups.

    Args:
        filters: number of output channels.
        last: whether the outputs are parameters of the data's channels, one channel
            after the other, rather than features.
        use_bias: not if it is added to what has one.

    Example:
        >>> Pointwise(6, groups=3, last=True)(tf.zeros((1, 5, 4, 9))).shape
        TensorShape([1, 5, 4, 6])
    """

    def __init__(
        self, filters: Size, last: bool = False, use_bias: bool = True, **kwargs
    ):
        super().__init__(filters, **kwargs)
        self.last = last
        self.use_bias = use_bias

    def build(self, input_shape):
        self._weights((input_shape[-1], self.filters), self.use_bias)

    def seen(self):
        """1 where a weight is used, 0 from the channels after one's own."""
        return group_mask(*self.kernel.shape, self.groups, last=self.last)

    def call(self, x):
        (x,), kernel = self._cast(x), self._masked()
        y = tf.matmul(tf.reshape(x, (-1, x.shape[-1])), kernel)
        y = y + self._cast(self.bias)[0] if self.use_bias else y
        return tf.reshape(y, (-1, *x.shape[1:-1], self.filters))

    def get_config(self):
        own = {"last": self.last, "use_bias": self.use_bias}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable("keras_gen")
class Enlarge(Causal):
    """Transposed convolution of stride 2: a block of 2 x 2 pixels from each.

    Args:
        filters: number of output channels.
        beside: whether a block is also made from the pixel to the right, which must be
            known already: in a stack that sees rows above only.

    Example:
        >>> Enlarge(8)(tf.zeros((1, 5, 4, 2))).shape
        TensorShape([1, 10, 8, 8])
    """

    def __init__(self, filters: Size, beside: bool = False, **kwargs):
        super().__init__(filters, **kwargs)
        self.beside = beside

    def build(self, input_shape):
        self._weights((2, 2 + self.beside, self.filters, input_shape[-1]))

    def seen(self):
        """1 where a weight is used, 0 from the channels after one's own."""
        seen = group_mask(self.kernel.shape[-1], self.filters, self.groups)
        return np.broadcast_to(seen.T, self.kernel.shape)

    def call(self, x):
        (x, bias), kernel = self._cast(x, self.bias), self._masked()
        height, width, inputs = x.shape[1:]
        if (height, width) == (1, 1) and not self.beside:  # one step of the sampler
            kernel = tf.reshape(kernel, (-1, inputs))
            y = tf.matmul(tf.reshape(x, (-1, inputs)), kernel, transpose_b=True)
            return tf.reshape(y, (-1, 2, 2, self.filters)) + bias
        shape = (tf.shape(x)[0], 2 * height, 2 * width + self.beside, self.filters)
        y = tf.nn.conv2d_transpose(x, kernel, tf.stack(shape), 2, "VALID")
        return y[:, :, int(self.beside) :] + bias

    def compute_output_shape(self, input_shape):
        batch, height, width, _ = input_shape
        return (batch, 2 * height, 2 * width, self.filters)

    def get_config(self):
        return {**super().get_config(), "beside": self.beside}


@keras.saving.register_keras_serializable("keras_gen")
class Gate(Checked, keras.layers.Layer):
    """tanh of one half of the features times sigmoid of the other.

    Args:
        linear: leaves the tanh out, as in a residual branch.

    Example:
        >>> Gate()(tf.zeros((1, 5, 4, 8))).shape
        TensorShape([1, 5, 4, 4])
    """

    def __init__(self, linear: bool = False, **kwargs):
        super().__init__(**kwargs)
        self.linear = linear

    def call(self, x):
        value, gate = tf.split(x, 2, axis=-1)
        return (value if self.linear else tf.tanh(value)) * tf.sigmoid(gate)

    def get_config(self):
        return {**super().get_config(), "linear": self.linear}


@keras.saving.register_keras_serializable("keras_gen")
class ConcatELU(keras.layers.Layer):
    """elu of the features and of their negatives: twice as many.

    Example:
        >>> ConcatELU()(tf.zeros((1, 5, 4, 8))).shape
        TensorShape([1, 5, 4, 16])
    """

    def call(self, x):
        last = len(x.shape) - 1  # in a loop, ONNX knows no axis from the end
        return tf.nn.elu(tf.concat([x, -x], axis=last))


@keras.saving.register_keras_serializable("keras_gen")
class Inside(keras.layers.Layer):
    """Adds a channel of ones, which tells the image from the zeros that pad it.

    Example:
        >>> Inside()(tf.zeros((1, 5, 4, 3))).shape
        TensorShape([1, 5, 4, 4])
    """

    def call(self, x):
        return tf.concat([x, tf.ones_like(x[..., :1])], axis=len(x.shape) - 1)


def group_mask(inputs: int, outputs: int, groups: int, strict=False, last=False):
    """M[i, j] = 1 if, within a pixel, output j may see input i."""
    of_input = np.arange(inputs) % groups
    j = np.arange(outputs)
    of_output = j * groups // outputs if last else j % groups
    seen = of_output[None, :] - of_input[:, None]
    return (seen > 0 if strict else seen >= 0).astype("float32")
