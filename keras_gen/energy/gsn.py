"""Generative stochastic network: a chain of spoiling and restoring.

    x~_i  =  C(x_i),     x_{i+1}  from  P(X | x~_i)

P is a denoiser: the network tells a law of the clean example from a spoilt one. If it
is the true conditional of the data, the data's law is the chain's stationary one, so
learning to draw is learning to denoise,

    loss  =  - mean over i of log P(X = x | x~_i),     i = 0 .. walkback,     x_0 = x

At walkback 0 that is a denoising autoencoder. The chain of a denoiser that is not
perfect walks off to where no data are, and nothing has taught it the way back; with
walkback the training follows the chain there, and from each of its places leads back to
where it began. The loss is the surprise at an example of which something was seen: no
likelihood of the model, and no bound of one.

What is sampled is the mean of P(X | x), x the chain's last state: the state itself has
the noise of pixels that were drawn each by itself, and nobody takes it for a sample.

References: Bengio, Yao, Alain & Vincent, Generalized Denoising Auto-Encoders as
Generative Models (arXiv:1305.6663), whose chain this is; Bengio et al., Deep Generative
Stochastic Networks Trainable by Backprop (arXiv:1306.1091).
Not here: the second paper's hidden units, which the chain carries along beside x; a
walkback of random length.
"""

import math
from dataclasses import replace

import keras
import tensorflow as tf

from keras_gen.arguments import CountFrom0, Size
from keras_gen.energy.base import Chain
from keras_gen.likelihoods.base import Likelihood, noise_spec
from keras_gen.likelihoods.bernoulli import Bernoulli
from keras_gen.networks import mlp
from keras_gen.parts.corruption import Corruption, SaltAndPepper
from keras_gen.signatures import data_spec


@keras.saving.register_keras_serializable("keras_gen")
class GSN(Chain):
    """A denoiser, and the chain that it makes.

    Args:
        network: from a spoilt example to the parameters of the law of the clean one.
        corruption: C, from `corruption`.
        likelihood: the head of P; Bernoulli if not given.
        walkback: steps of the chain that are learned from, beside the first.
        steps: of the chain that make a sample, from one without any pattern.

    Example:
        >>> network = networks.mlp.restorer((8, 8, 1), width=64)
        >>> model = GSN(network, corruption.SaltAndPepper(0.4), walkback=2)
        >>> model.compile("adam")
        >>> digits = data.load("digits", binarise="threshold")
        >>> history = model.fit(digits.take(4), verbose=0)
        >>> model.sample(3, seed=1).shape
        (3, 8, 8, 1)
    """

    def __init__(
        self,
        network: keras.Model,
        corruption: Corruption,
        likelihood: Likelihood | None = None,
        walkback: CountFrom0 = 4,
        steps: Size = 50,
        **kwargs,
    ):
        super().__init__(network.input_shape[1:], steps, **kwargs)
        self.network, self.corruption, self.walkback = network, corruption, walkback
        self.likelihood = likelihood or Bernoulli()
        self.discrete = self.likelihood.levels is not None
        self.likelihood.check_network(network.output_shape, self.data_shape)

    def check(self, x):
        super().check(x)
        self.likelihood.check(x)

    # The chain.

    def origin(self):
        return self.likelihood.noise(self.data_shape)

    def fresh(self):
        spoils = self.corruption.noise_shape(self.data_shape)
        return {
            "spoils": noise_spec(spoils, self.corruption.law),
            "draws": self.likelihood.noise(self.data_shape),
        }

    def begin(self, start):
        """A draw of the likelihood whose parameters are 0."""
        shape = self.likelihood.parameters(self.data_shape)
        params = tf.zeros((tf.shape(start)[0], *shape))
        return self.likelihood.sample_from(params, start)

    def restored(self, x, spoils, training=False):
        """The parameters of P(X | C(x))."""
        return self.network(self.corruption(x, spoils), training=training)

    def move(self, x, spoils, draws):
        return self.likelihood.sample_from(self.restored(x, spoils), draws)

    def generate(self, start, **noise):
        """What the last state of the chain is taken for."""
        x = self.moved(self.begin(start), noise)
        return {self.data_name: self.shown(self(x))}

    def signatures(self):
        found = super().signatures()
        mean = data_spec(self.data_shape, "mean of what the last state is taken for")
        loop = replace(found["sample_loop"], outputs={self.data_name: mean})
        return found | {"sample_loop": loop}

    # Training.

    def surprise(self, x, noise, training=False):
        """The mean of -log P(x | x~) over the steps of a chain from x.

        Args:
            x: examples.
            noise: of walkback + 1 steps.
            training: whether the network trains.
        """
        nats, state = [], x
        for i in range(self.walkback + 1):
            now = {name: values[:, i] for name, values in noise.items()}
            params = self.restored(state, now["spoils"], training)
            nats.append(-self.likelihood.log_prob(params, x))
            drawn = self.likelihood.sample_from(params, now["draws"])
            state = tf.stop_gradient(drawn)
        return tf.add_n(nats) / len(nats)

    @property
    def loss_terms(self):
        return math.prod(self.data_shape)

    def train_step(self, data):
        x, _ = self.unpack(data)
        noise = self.stirred(tf.shape(x)[0], self.walkback + 1)
        loss = self.descend(
            "model", lambda: tf.reduce_mean(self.surprise(x, noise, training=True))
        )
        return self.report(loss=loss)

    def test_step(self, data):
        x, _ = self.unpack(data)
        noise = self.stirred(tf.shape(x)[0], self.walkback + 1, training=False)
        return self.report(loss=self.surprise(x, noise))

    def call(self, x, training=False):
        """The mean of P(X | x): `x` taken for spoilt."""
        return self.likelihood.mean(self.network(x, training=training))

    @classmethod
    def small(cls):
        return {
            "plain": lambda: cls(
                mlp.restorer((4, 4, 1), None, 8, 1),
                SaltAndPepper(0.3),
                walkback=1,
                steps=2,
            )
        }
