"""What TFLite is slow at, said in other words: the same numbers, sooner.

LiteRT computes each pixel of a transposed convolution from every tap of the kernel,
whether or not a pixel of the input is under it. Where a DCGAN begins, one pixel becomes
a map of the kernel's size, and of h w products for a number all but one are with
nothing. What is left is a matrix product:

    y[i, j, out]  =  sum_in  x[in] kernel[i, j, out, in]

The kernels of the other formats scatter instead of gathering, and need no such help.
Not here: that few channels are computed as slowly as many. The last layer could be a
convolution and a depth_to_space, but LiteRT breaks down at its integers.
"""

import contextlib

import tensorflow as tf


@contextlib.contextmanager
def rewriting():
    """Herein, transposed convolutions of one pixel are traced as matrix products."""
    original = tf.nn.conv_transpose

    def conv_transpose(input, filters, output_shape, strides, **how):
        *kernel, _, channels = filters.shape
        if set(input.shape[1:-1]) != {1} or list(output_shape[1:-1]) != kernel:
            return original(input, filters, output_shape, strides, **how)
        weights = tf.reshape(filters, (-1, channels))
        y = tf.matmul(tf.reshape(input, (-1, channels)), weights, transpose_b=True)
        return tf.reshape(y, output_shape)

    tf.nn.conv_transpose = conv_transpose
    try:
        yield
    finally:
        tf.nn.conv_transpose = original
