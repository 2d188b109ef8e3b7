"""What TFLite is slow or wrong at, said in other words: the same numbers.

LiteRT computes each pixel of a transposed convolution from every tap of the kernel,
whether or not a pixel of the input is under it. Where a DCGAN begins, one pixel becomes
a map of the kernel's size, and of h w products for a number all but one are with
nothing. What is left is a matrix product:

    y[i, j, out]  =  sum_in  x[in] kernel[i, j, out, in]

The kernels of the other formats scatter instead of gathering, and need no such help.
Not here: that few channels are computed as slowly as many. The last layer could be a
convolution and a depth_to_space, but LiteRT breaks down at its integers.

It computes log(1 + e^x) as written, too, which is infinite from 89 on:

    softplus(x)  =  max(x, 0) + softplus(-|x|)
"""

import contextlib

import tensorflow as tf


@contextlib.contextmanager
def rewriting():
    """Herein, both are traced like that."""
    convolve, soften = tf.nn.conv_transpose, tf.nn.softplus

    def conv_transpose(input, filters, output_shape, strides, **how):
        *kernel, _, channels = filters.shape
        if set(input.shape[1:-1]) != {1} or list(output_shape[1:-1]) != kernel:
            return convolve(input, filters, output_shape, strides, **how)
        weights = tf.reshape(filters, (-1, channels))
        y = tf.matmul(tf.reshape(input, (-1, channels)), weights, transpose_b=True)
        return tf.reshape(y, output_shape)

    def softplus(features, name=None):
        return tf.nn.relu(features) + soften(-tf.abs(features), name)

    tf.nn.conv_transpose, tf.nn.softplus = conv_transpose, softplus
    try:
        yield
    finally:
        tf.nn.conv_transpose, tf.nn.softplus = convolve, soften
