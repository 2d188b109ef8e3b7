"""MADE: masked autoencoder for distribution estimation.

Any distribution is a product of conditionals, in any order of the dimensions:

    log p(x) = sum_d log p(x_d | x_<d)

A network whose connections are masked so that the outputs about x_d depend on x_<d
only (networks/made.py) gives all the factors in one pass: the likelihood is exact and
as cheap as an autoencoder. Sampling draws one dimension after the other, a pass each.

Reference: Germain et al., MADE (arXiv:1502.03509).
Not here: averaging over several orders (made_ensemble.py).
"""

import keras
import numpy as np

from keras_gen.autoregressive.base import Autoregressive, check_independent
from keras_gen.errors import BadInput
from keras_gen.likelihoods import DiscretizedLogisticMixture, Likelihood
from keras_gen.networks import made
from keras_gen.networks.made import drawing_order


@keras.saving.register_keras_serializable("keras_gen")
class MADE(Autoregressive):
    """Exact density of images or points, one dimension given those before.

    Args:
        network: from `keras_gen.networks.made`; its masks fix the order of drawing.
        likelihood: a head that treats the dimensions as independent given the
            network's output; Bernoulli if not given.

    Example:
        >>> model = MADE(made.made((8, 8, 1), 17, order="random"), Categorical(17))
        >>> model.compile("adam")
        >>> history = model.fit(data.load("digits"), epochs=2, verbose=0)
        >>> model.log_prob(tf.zeros((2, 8, 8, 1))).shape
        TensorShape([2])
    """

    def __init__(
        self, network: keras.Model, likelihood: Likelihood | None = None, **kwargs
    ):
        shape = network.input_shape[1:]
        if likelihood is not None:
            check_independent(likelihood, shape)
        order = drawing_order(network)
        if order.ndim == 2:
            raise BadInput(
                f"the network has {len(order)} orders; MADE draws in one. Take "
                "MADEEnsemble, or build the network with orders=1."
            )
        place = np.argsort(order).reshape(shape)
        super().__init__(shape, likelihood, place, **kwargs)
        self.order = order
        self.network = network
        self.likelihood.check_network(network.output_shape, self.data_shape)

    def parameters(self, x, training=False):
        return self.network(x, training=training)

    @classmethod
    def small(cls):
        def levels():
            head, shape = DiscretizedLogisticMixture(2, 17), (4, 4, 1)
            network = made.made(
                shape,
                head.parameters(shape)[-1],
                hidden=(20,),
                order="random",
                dropout=0.1,
                direct=True,
            )
            return cls(network, head)

        return {
            "plain": lambda: cls(made.made((4, 4, 1), hidden=(20,))),
            "levels": levels,
        }
