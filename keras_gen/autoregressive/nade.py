"""NADE: the neural autoregressive distribution estimator.

A network with one hidden layer for each dimension, all of them sharing their weights:

    h_i = sigmoid( c + sum_{j < i} W_j x_j )
    p(x_i | x_<i) = likelihood( b_i + V_i h_i )

From one dimension to the next the sum in the bracket gains one term,

    a_{i+1} = a_i + W_i x_i,

so that all D conditionals cost O(D H) instead of O(D^2 H): drawing carries a_i along.
For the density all a_i are one cumulative sum, of blocks of some thirty dimensions and,
by a triangular matrix, within each: as products of matrices that is six times as fast
as a sum that is carried along, for 500 units and 784 dimensions.

Reference: Larochelle and Murray, The Neural Autoregressive Distribution Estimator
(AISTATS 2011). With 500 hidden units on 28x28 binary images it has 785,284 parameters.
Not here: several hidden layers and orderings (MADE has them).
"""

import keras
import numpy as np
import tensorflow as tf

from keras_gen.arguments import Size
from keras_gen.autoregressive.base import OneByOne
from keras_gen.likelihoods import DiscretizedLogisticMixture, Likelihood

BLOCK = 32  # dimensions at most


@keras.saving.register_keras_serializable("keras_gen")
class NADE(OneByOne):
    """One hidden layer, a tied network for each dimension.

    Args:
        data_shape: shape of one example.
        hidden: number H of hidden units.
        likelihood: a head that is independent per channel; Bernoulli if not given.

    Example:
        >>> model = NADE((8, 8, 1), 50, DiscretizedLogisticMixture(3, 17))
        >>> model.sample(3, seed=1).shape
        (3, 8, 8, 1)
    """

    def __init__(
        self, data_shape, hidden: Size, likelihood: Likelihood | None = None, **kwargs
    ):
        super().__init__(data_shape, likelihood, **kwargs)
        self.hidden = hidden
        outputs = self.per_dimension

        def weight(name, *shape, spread=0.0):
            law = keras.initializers.RandomNormal(0.0, spread)
            return self.add_weight(name=name, shape=shape, initializer=law)

        self.w = weight("w", self.size, hidden, spread=self.size**-0.5)
        self.c = weight("c", hidden)
        self.v = weight("v", self.size, hidden, outputs, spread=hidden**-0.5)
        self.b = weight("b", self.size, outputs)

    def parameters(self, x, training=False):
        x = tf.cast(x, self.compute_dtype)
        w, c, v, b = (tf.cast(t, self.compute_dtype) for t in self._weights())
        h = tf.sigmoid(c + self._before(x, w))
        out = tf.matmul(h, v)  # one product for each dimension
        return self._shaped(tf.transpose(out, (1, 0, 2)) + b)

    def _before(self, x, w):
        """sum_{j < i} x_j w_j for all i, shape (dimensions, examples, hidden)."""
        # Two blocks at least: oneDNN has no product of one for `tape.jacobian`.
        most = max(1, min(BLOCK, self.size // 2))
        size = max(b for b in range(1, most + 1) if self.size % b == 0)
        x = tf.transpose(tf.reshape(x, (-1, self.size // size, size)), (1, 0, 2))
        w = tf.reshape(w, (-1, size, self.hidden))
        blocks = tf.cumsum(tf.matmul(x, w), axis=0, exclusive=True)
        lower = tf.constant(np.tril(np.ones((size, size)), -1), x.dtype)
        x = x[:, None] * lower[:, None]  # what comes before each, in its block
        x = tf.reshape(x, (self.size // size, -1, size))
        inside = tf.reshape(tf.matmul(x, w), (self.size // size, size, -1, self.hidden))
        return tf.reshape(inside + blocks[:, None], (self.size, -1, self.hidden))

    def _weights(self):
        return self.w, self.c, self.v, self.b

    def start(self, batch):
        return tf.tile(tf.convert_to_tensor(self.c)[None, :], (batch, 1))

    def factor(self, state, i):
        v, b = tf.convert_to_tensor(self.v), tf.convert_to_tensor(self.b)
        return tf.matmul(tf.sigmoid(state), tf.gather(v, i)) + tf.gather(b, i)

    def observe(self, state, i, value):
        return state + value * tf.gather(tf.convert_to_tensor(self.w), i)

    @classmethod
    def small(cls):
        return {"plain": lambda: cls((4, 4, 1), 4, DiscretizedLogisticMixture(2, 17))}
