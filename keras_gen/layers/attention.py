"""Self-attention over the places of a map: far places that look alike agree.

For a place i with features x_i, and 1x1 convolutions q, k, v, o without biases,

    y_i  =  x_i  +  gamma o( sum over j of  softmax_j( q(x_i) . k(x_j) )  v(x_j) )

gamma begins at 0: the network first learns from what is near. Queries and keys have an
eighth of the channels, values a half; j runs over a map of half the side, by maxima.

Reference: Zhang et al., Self-Attention Generative Adversarial Networks
(arXiv:1805.08318); the halved map is from BigGAN's code (arXiv:1809.11096).
"""

import keras
import tensorflow as tf
from keras import layers

from keras_gen.layers.spectral import SpectralNorm


def attend(query, key, value):
    """For each query, the values, weighted by how well their keys match it."""
    weights = tf.nn.softmax(tf.matmul(query, key, transpose_b=True))
    return tf.matmul(weights, value)


@keras.saving.register_keras_serializable("keras_gen")
class SelfAttention(layers.Layer):
    """A map and what its places say to each other, by spectrally normal convolutions.

    Example:
        >>> SelfAttention()(tf.ones((1, 4, 4, 8))).shape
        TensorShape([1, 4, 4, 8])
    """

    def build(self, shape):
        channels = shape[-1]

        def convolution(filters, wide):
            orthogonal = keras.initializers.Orthogonal()
            layer = layers.Conv2D(
                filters, 1, use_bias=False, kernel_initializer=orthogonal
            )
            layer = SpectralNorm(layer, dtype=self.dtype_policy)
            layer.build((*shape[:-1], wide))
            return layer

        self.query = convolution(max(channels // 8, 1), channels)
        self.key = convolution(max(channels // 8, 1), channels)
        self.value = convolution(max(channels // 2, 1), channels)
        self.output_ = convolution(channels, max(channels // 2, 1))
        self.gamma = self.add_weight(name="gamma", shape=(), initializer="zeros")
        self.built = True

    def call(self, x, training=False):
        height, width = x.shape[1:3]

        def rows(map_):
            return tf.reshape(map_, (-1, map_.shape[1] * map_.shape[2], map_.shape[3]))

        def halved(map_):
            return rows(tf.nn.max_pool2d(map_, 2, 2, "VALID"))

        query = rows(self.query(x, training=training))
        key, value = (halved(f(x, training=training)) for f in (self.key, self.value))
        heard = attend(query, key, value)
        heard = tf.reshape(heard, (-1, height, width, heard.shape[-1]))
        gamma = tf.cast(self.gamma, x.dtype)
        return x + gamma * self.output_(heard, training=training)

    def compute_output_shape(self, shape):
        return shape
