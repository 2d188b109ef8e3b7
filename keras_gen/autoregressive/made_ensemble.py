"""An ensemble of orders: MADE that is trained, and averaged, over several.

No order of the dimensions is the right one. One set of weights, with masks of its own
for each of K orders, gives K densities, and their mixture is a density again:

    log p(x) = log 1/K sum_k p_k(x)   >=   1/K sum_k log p_k(x)

Training maximises the right-hand side, all the orders at each step. To draw, choose one
order, then draw in it: one uniform number more.

References: Germain et al., MADE (arXiv:1502.03509), section 4.2; Uria, Murray and
Larochelle, A Deep and Tractable Density Estimator (arXiv:1310.1757).
Not here: drawing a new order for each batch, from all that there are.
"""

import math

import keras
import numpy as np
import tensorflow as tf

from keras_gen.autoregressive.base import Autoregressive, check_independent
from keras_gen.errors import BadInput
from keras_gen.likelihoods import Likelihood
from keras_gen.networks import made
from keras_gen.networks.made import drawing_order
from keras_gen.signatures import Spec


@keras.saving.register_keras_serializable("keras_gen")
class MADEEnsemble(Autoregressive):
    """Mixture of the densities that one network gives in several orders.

    Args:
        network: from `keras_gen.networks.made` with `orders` > 1.
        likelihood: as for MADE; Bernoulli if not given.

    Example:
        >>> network = made.made((8, 8, 1), 17, order="random", orders=4)
        >>> model = MADEEnsemble(network, Categorical(17))
        >>> model.log_prob(tf.zeros((2, 8, 8, 1))).shape
        TensorShape([2])
    """

    def __init__(
        self, network: keras.Model, likelihood: Likelihood | None = None, **kwargs
    ):
        orders = drawing_order(network)
        if orders.ndim == 1:
            raise BadInput(
                "the network has one order; build it with orders=4, or take MADE."
            )
        shape = network.input_shape[1:]
        place = np.argsort(orders, axis=-1).reshape(-1, *shape)
        super().__init__(shape, likelihood, place, **kwargs)
        self.orders = orders
        self.network = network
        for output_shape in network.output_shape:
            self.likelihood.check_network(output_shape, self.data_shape)
        check_independent(self.likelihood, self.data_shape)

    def parameters(self, x, training=False):
        """A list: those of each order."""
        return self.network(x, training=training)

    def log_probs(self, x, training=False):
        """log p_k(x), of shape (orders, batch)."""
        return tf.stack(
            [self.likelihood.log_prob(p, x) for p in self.parameters(x, training)]
        )

    def log_prob(self, x, training=False):
        """log p(x) in nats; in training, the mean of the orders', its lower bound."""
        each = self.log_probs(x, training)
        if training:
            return tf.reduce_mean(each, 0)
        return tf.reduce_logsumexp(each, 0) - math.log(len(self.orders))

    def call(self, x, training=False):
        return self.log_prob(x, training)

    def draw_one(self, x, noise, step, temperature=1.0, head=None):
        """As in one order; `noise` is a pair, whose second number chooses the order."""
        noise, choice = noise
        head = head or self.likelihood
        which = tf.cast(choice * len(self.orders), tf.int32)
        which = tf.reshape(which, (-1, *[1] * len(self.data_shape)))
        step = tf.reshape(step, (-1, *[1] * len(self.data_shape)))
        for k, params in enumerate(self.parameters(x)):
            drawn = head.sample_from(head.tempered(params, temperature), noise)
            here = tf.logical_and(tf.equal(which, k), tf.equal(self.place[k], step))
            x = tf.where(here, drawn, x)
        return x

    def purify(self, x, epsilon):
        raise BadInput(
            "the search goes along one order, and this model has "
            f"{len(self.orders)}; purify with a model of one, such as MADE."
        )

    def sample_step(self, x, noise, choice, step):
        """As MADE's, in the order that `choice`, the same at every step, chooses."""
        return super().sample_step(x, (noise, choice), step)

    def generate(self, noise, choice, temperature=1.0):
        """The example that this noise draws, in the order that `choice` chooses."""
        return super().generate((noise, choice), temperature)

    def signatures(self):
        signatures = super().signatures()
        choice = Spec(
            (1,), "noise", "chooses the order", range=(0.0, 1.0), law="uniform"
        )
        for name in ("sample_step", "sample_loop"):
            signatures[name].inputs["choice"] = choice
        return signatures

    @classmethod
    def small(cls):
        def plain():
            network = made.made((4, 4, 1), hidden=(20,), order="random", orders=2)
            return cls(network)

        return {"plain": plain}
