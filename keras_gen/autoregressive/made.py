"""MADE: masked autoencoder for distribution estimation.

Any distribution is a product of conditionals, in any order of the dimensions:

    log p(x) = sum_d log p(x_d | x_<d)

A network whose connections are masked so that the outputs about x_d depend on x_<d
only (networks/made.py) gives all the factors in one pass: the likelihood is exact and
as cheap as an autoencoder. Sampling draws one dimension after the other, a pass each.

Reference: Germain et al., MADE (arXiv:1502.03509).
Not here: averaging over several orders and masks.
"""

import keras
import numpy as np
import tensorflow as tf

from keras_gen.errors import BadInput
from keras_gen.likelihoods import Bernoulli, Likelihood
from keras_gen.model import GenerativeModel
from keras_gen.networks.made import drawing_order
from keras_gen.signatures import Signature, Spec, data_spec


@keras.saving.register_keras_serializable("keras_gen")
class MADE(GenerativeModel):
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

    reports = ("nll",)
    sampler = "sample_loop"

    def __init__(
        self, network: keras.Model, likelihood: Likelihood | None = None, **kwargs
    ):
        super().__init__(network.input_shape[1:], **kwargs)
        self.network = network
        self.likelihood = likelihood or Bernoulli()
        self.likelihood.check_network(network.output_shape, self.data_shape)
        if not self.likelihood.independent(self.data_shape):
            raise BadInput(
                f"{type(self.likelihood).__name__} ties the channels of a pixel "
                "together, which MADE does by itself; take a head that is independent "
                "per channel, such as Categorical or DiscretizedLogistic."
            )
        self.order = drawing_order(network)

    def check(self, x):
        super().check(x)
        self.likelihood.check(x)

    # The density.

    def log_prob(self, x, training=False):
        """log p(x) in nats per example."""
        return self.likelihood.log_prob(self.network(x, training=training), x)

    def train_step(self, data):
        x, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        nll = self.descend(
            "model", lambda: -tf.reduce_mean(self.log_prob(x, training=True))
        )
        return self.report(nll=nll)

    def test_step(self, data):
        x, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        return self.report(nll=-self.log_prob(x))

    def call(self, x, training=False):
        return self.log_prob(x, training)

    # Drawing from it.

    def draw_one(self, x, noise, step):
        """`x` with the dimension drawn that comes at `step` (from 0) of the order.

        All dimensions are drawn and one is kept: selecting is an operation that every
        runtime has, writing into a tensor is not.
        """
        drawn = self.likelihood.sample_from(self.network(x), noise)
        here = tf.equal(np.argsort(self.order).astype("int32"), step)
        return tf.where(tf.reshape(here, (-1, *self.data_shape)), drawn, x)

    def sample_step(self, x, noise, step):
        """One draw of the loop, for programs that run the loop themselves.

        Args:
            x: the example so far; what is not drawn yet has no influence.
            noise: the same at every step.
            step: int32 of shape (batch, 1), from 0.
        """
        name, _ = data_spec(self.data_shape, "")
        return {name: self.draw_one(x, noise, step)}

    def generate(self, noise):
        """The example that this noise draws; a Gaussian pixel is clipped at the end."""
        name, _ = data_spec(self.data_shape, "")
        start = tf.zeros((tf.shape(noise)[0], *self.data_shape))
        _, x = tf.while_loop(
            lambda step, x: step < len(self.order),
            lambda step, x: (step + 1, self.draw_one(x, noise, step)),
            (tf.constant(0), start),
            shape_invariants=(tf.TensorShape([]), start.shape),
        )
        return {name: tf.clip_by_value(x, 0.0, 1.0) if name == "image" else x}

    def signatures(self):
        discrete = self.likelihood.levels is not None
        noise = self.likelihood.noise(self.data_shape)
        _, x = data_spec(self.data_shape, "example to score")
        _, so_far = data_spec(self.data_shape, "example so far, zeros at first")
        name, more = data_spec(
            self.data_shape, "example with one more dimension drawn", discrete=discrete
        )
        _, sample = data_spec(self.data_shape, "sample", discrete=discrete)
        step = Spec(
            (1,),
            "index",
            "number of this draw, from 0; call once for each dimension",
            dtype="int32",
            range=(0, len(self.order) - 1),
        )
        log_prob = Spec((), "log_prob", "log p(x) in nats")
        return {
            "log_prob": Signature(
                lambda x: {"log_prob": self.log_prob(x)},
                {"x": x},
                {"log_prob": log_prob},
            ),
            "sample_step": Signature(
                self.sample_step,
                {"x": so_far, "noise": noise, "step": step},
                {name: more},
            ),
            "sample_loop": Signature(self.generate, {"noise": noise}, {name: sample}),
        }
