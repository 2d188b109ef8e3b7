"""Spectral normalisation: a layer whose linear map has norm one.

The kernel W, as a matrix (all axes but the last against the last), is divided by its
largest singular value each time that it is used:

    y = (W / s(W)) x + b,     s(W) = |W u|,   u  <-  normalised W^T W u   once per call

u is kept, a step of the power iteration is taken in each call of training, and since
the weights move slowly u follows the first singular vector. It starts close to it: a
random u misses s by a factor in each layer, and the product of these is how much too
steep the critic of the first steps would be. The gradient flows through the division,
but not through u. The stored kernel is never altered, so its length remains what
training made it.

References: Miyato et al., Spectral Normalization for GANs (arXiv:1802.05957), algorithm
1 and equation 12.
Not here: the norm of a convolution as an operator on images, which is another number.
"""

import keras
import tensorflow as tf

from keras_gen.arguments import Checked, Size
from keras_gen.errors import BadInput

FIRST_ITERATIONS = 15  # before any training: s within a few percent


@keras.saving.register_keras_serializable("keras_gen")
class SpectralNorm(Checked, keras.layers.Wrapper):
    """A dense, convolutional or embedding layer, divided by its spectral norm.

    Args:
        layer: a layer with a `kernel` or `embeddings`.
        iterations: steps of the power iteration in each call of training.

    Example:
        >>> layer = SpectralNorm(keras.layers.Dense(8))
        >>> layer(tf.ones((2, 4)), training=True).shape
        TensorShape([2, 8])
    """

    def __init__(self, layer: keras.layers.Layer, iterations: Size = 1, **kwargs):
        # No casting of weights: the norm is computed in their own precision.
        super().__init__(layer, **{**kwargs, "autocast": False})
        self.iterations = iterations

    def build(self, input_shape):
        super().build(input_shape)
        weight = getattr(self.layer, "kernel", getattr(self.layer, "embeddings", None))
        if weight is None:
            raise BadInput(
                "SpectralNorm needs a layer with a kernel or embeddings; received "
                f"{type(self.layer).__name__}."
            )
        self.divided = weight
        # The same on all replicas, since it depends on nothing but itself and W.
        self.u = self.add_weight(
            name="u",
            shape=(weight.shape[-1],),
            initializer=keras.initializers.RandomNormal(),
            trainable=False,
            aggregation="only_first_replica",
        )
        self.iterate(FIRST_ITERATIONS)

    def matrix(self):
        """W, all axes but the last against the last."""
        return tf.reshape(self.divided.value, (-1, self.divided.shape[-1]))

    def norm(self):
        """The estimate |W u| of the largest singular value."""
        u = tf.stop_gradient(tf.math.l2_normalize(self.u.value, epsilon=1e-24))
        return tf.norm(tf.linalg.matvec(self.matrix(), u)) + 1e-12

    def iterate(self, steps):
        """Take steps of the power iteration."""
        w, u = tf.stop_gradient(self.matrix()), self.u.value
        for _ in range(steps):
            v = tf.math.l2_normalize(tf.linalg.matvec(w, u), epsilon=1e-24)
            u = tf.math.l2_normalize(
                tf.linalg.matvec(w, v, transpose_a=True), epsilon=1e-24
            )
        self.u.assign(u)

    def call(self, inputs, training=False):
        if training:
            self.iterate(self.iterations)
        normalised = self.divided.value / self.norm()
        with keras.StatelessScope([(self.divided, normalised)]):
            return self.layer(inputs)

    def save_own_variables(self, store):
        store["0"] = self.u.numpy()  # W is the layer's, which saves it

    def load_own_variables(self, store):
        self.u.assign(store[str(len(store.keys()) - 1)])  # older files had W before it

    def compute_output_shape(self, input_shape):
        return self.layer.compute_output_shape(input_shape)

    def get_config(self):
        return {**super().get_config(), "iterations": self.iterations}
