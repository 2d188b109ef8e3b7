"""FVSBN: a fully visible sigmoid belief network, or logistic autoregression.

Each dimension is a (generalised) linear regression on those before it. For binary data

    p(x_i = 1 | x_<i) = sigmoid( c_i + sum_{j < i} W_ji x_j )

and other likelihoods have as many such sums for each dimension as they have parameters.
It is the simplest of the autoregressive models, convex in its weights for Bernoulli,
and what every other one must beat. Drawing adds a row of W for each dimension drawn,
so that a sample costs what one likelihood costs.

References: Neal, Connectionist learning of belief networks (Artificial Intelligence 56,
1992); Frey, Hinton and Dayan, Does the wake-sleep algorithm produce good density
estimators? (NIPS 1995). The name is that of Gan et al., Learning Deep Sigmoid Belief
Networks with Data Augmentation (AISTATS 2015).
"""

import keras
import numpy as np
import tensorflow as tf

from keras_gen.arguments import Shape
from keras_gen.autoregressive.base import OneByOne
from keras_gen.layers.masked import MaskedDense
from keras_gen.likelihoods import DiscretizedLogisticMixture, Likelihood


@keras.saving.register_keras_serializable("keras_gen")
class FVSBN(OneByOne):
    """One linear layer between the dimensions and those after them.

    Args:
        data_shape: shape of one example.
        likelihood: a head that is independent per channel; Bernoulli if not given.

    Example:
        >>> model = FVSBN((8, 8, 1), DiscretizedLogisticMixture(3, 17))
        >>> model.log_prob(tf.zeros((2, 8, 8, 1))).shape
        TensorShape([2])
    """

    still = ("regression",)  # linear: it knows no modes

    def __init__(
        self, data_shape: Shape, likelihood: Likelihood | None = None, **kwargs
    ):
        super().__init__(data_shape, likelihood, **kwargs)
        degrees = np.arange(self.size)
        self.regression = MaskedDense(
            degrees, np.repeat(degrees, self.per_dimension), strict=True
        )
        self.regression.build((None, self.size))

    def parameters(self, x, training=False):
        return self._shaped(self.regression(tf.reshape(x, (-1, self.size))))

    def start(self, batch):
        bias = tf.convert_to_tensor(self.regression.bias)
        return tf.tile(tf.reshape(bias, (1, self.size, -1)), (batch, 1, 1))

    def factor(self, state, i):
        return tf.gather(state, i, axis=1)

    def observe(self, state, i, value):
        """Add W_i x_i; what it adds to earlier dimensions is not read any more."""
        row = tf.gather(tf.convert_to_tensor(self.regression.kernel), i)
        return state + value[..., None] * tf.reshape(row, (self.size, -1))

    @classmethod
    def small(cls):
        return {"plain": lambda: cls((4, 4, 1), DiscretizedLogisticMixture(2, 17))}
