"""What a discriminator can see of a batch: how near its examples are, how they spread.

A generator that has collapsed makes the same example many times. A discriminator that
sees one example at a time cannot tell; one that sees how near they are can. Minibatch
discrimination:

    o_ib  =  sum over j of  exp( -|M_ib - M_jb|_1 ),     M_i = T x_i

with a matrix M_i for each example, whose rows M_ib are as many measures of nearness.

The sum runs over the whole batch, i itself included, and o_i is appended to x_i.
Minibatch deviation needs no weights, and appends one number to all of them:

    o  =  mean over places and channels of the standard deviation over the batch

What such a network says of an example depends on the others, so nobody can ask it about
one.

References: Salimans et al., Improved Techniques for Training GANs (arXiv:1606.03498),
section 3.2; Karras et al., Progressive Growing of GANs (arXiv:1710.10196), section 3.
Not here: deviations over groups of four, as in the authors' later code.
"""

import keras
import tensorflow as tf

from keras_gen.arguments import Checked, Size
from keras_gen.training.distribute import whole_batch


def closeness(m):
    """o, of the matrices of a batch: (batch, kernels, dims) to (batch, kernels)."""
    m = tf.cast(m, "float32")
    apart = tf.reduce_sum(tf.abs(m[:, None] - whole_batch(m)[None]), -1)
    return tf.reduce_sum(tf.exp(-apart), 1)


@keras.saving.register_keras_serializable("keras_gen")
class MinibatchDiscrimination(Checked, keras.layers.Layer):
    """Appends to each vector how near it is to the others, by several measures.

    Args:
        kernels: how many measures.
        dims: of the space in which each of them compares.

    Example:
        >>> MinibatchDiscrimination(kernels=3, dims=2)(tf.ones((4, 5))).shape
        TensorShape([4, 8])
    """

    compares = True  # examples with each other

    def __init__(self, kernels: Size = 16, dims: Size = 5, **kwargs):
        super().__init__(**kwargs)
        self.kernels = kernels
        self.dims = dims

    def build(self, input_shape):
        self.tensor = self.add_weight(
            name="tensor",
            shape=(input_shape[-1], self.kernels * self.dims),
            initializer=keras.initializers.RandomNormal(stddev=0.05),
        )

    def call(self, x):
        m = tf.reshape(tf.matmul(x, self.tensor), (-1, self.kernels, self.dims))
        return tf.concat([x, tf.cast(closeness(m), x.dtype)], axis=-1)

    def compute_output_shape(self, shape):
        return (*shape[:-1], shape[-1] + self.kernels)

    def get_config(self):
        config = {"kernels": self.kernels, "dims": self.dims}
        return {**super().get_config(), **config}


def deviation(x):
    """o, of a batch: one number, in float32."""
    everyone = whole_batch(tf.cast(x, "float32"))
    return tf.reduce_mean(tf.sqrt(tf.math.reduce_variance(everyone, 0) + 1e-8))


@keras.saving.register_keras_serializable("keras_gen")
class MinibatchDeviation(keras.layers.Layer):
    """Appends a channel to maps or vectors, which says how much they differ.

    Example:
        >>> MinibatchDeviation()(tf.constant([[1.0], [3.0]])).numpy().tolist()
        [[1.0, 1.0], [3.0, 1.0]]
    """

    compares = True  # examples with each other

    def call(self, x):
        channel = tf.ones_like(x[..., :1]) * tf.cast(deviation(x), x.dtype)
        return tf.concat([x, channel], axis=-1)

    def compute_output_shape(self, shape):
        return (*shape[:-1], shape[-1] + 1)
