"""VQ-VAE: an autoencoder whose latents are integers.

The encoder gives a map of vectors z, each of which is replaced by the nearest vector e
of a codebook; the numbers of the chosen ones are the code. Minimised is

    - log p(x | e) / dimensions of x  +  |sg(z) - e|^2  +  beta |z - sg(e)|^2

where sg stops the gradient and the squares are means over all numbers of the map. The
choice has no derivative, so the decoder's gradient at e is handed to z as it is (the
straight-through estimator). The second term, or a moving average in its place, moves
the codebook to the encoder's vectors; the third commits the encoder to the codebook.

With codes as likely as each other the divergence from the prior would be a constant,
log K for each code: training ignores it, and there is nothing to sample from until a
prior over the codes is learned, by any model of discrete maps.

Reported over an epoch: log p(x | e) in nats, |z - e|^2, the perplexity of the codes
(as many equally likely ones would be as hard to guess) and the share that was used.

Reference: van den Oord et al., Neural Discrete Representation Learning
(arXiv:1711.00937), equation 3.
Not here: the prior (vq_prior.py); several levels of codes (arXiv:1906.00446).
"""

import math

import keras
import tensorflow as tf

from keras_gen.arguments import NotNegative
from keras_gen.errors import BadInput
from keras_gen.layers.codebook import Codebook
from keras_gen.likelihoods import Bernoulli, DiscretizedLogisticMixture, Likelihood
from keras_gen.model import GenerativeModel
from keras_gen.networks import vqvae
from keras_gen.signatures import Signature, Spec, data_spec
from keras_gen.trial import Trial


@keras.saving.register_keras_serializable("keras_gen")
class VQVAE(GenerativeModel):
    """Encoder, codebook, decoder, and the likelihood that scores an image.

    Args:
        encoder: network from examples to vectors of the codebook's length: a map of
            them, or one.
        decoder: network from such vectors to the parameters of `likelihood`.
        codebook: a `Codebook`.
        likelihood: a head from `keras_gen.likelihoods`; Bernoulli if not given.
        commitment: beta; the paper's results did not vary from .1 to 2.

    Example:
        >>> shape, dim = (8, 8, 1), 4
        >>> networks = vqvae.encoder(shape, dim, 16), vqvae.decoder((2, 2, dim), 1, 16)
        >>> model = VQVAE(*networks, Codebook(32, dim))
        >>> model.compile("adam")
        >>> digits = data.load("digits", binarise="dynamic")
        >>> history = model.fit(digits, epochs=2, verbose=0)
        >>> model.encode(data.arrays("digits", "test"))["codes"].shape
        TensorShape([300, 2, 2])
    """

    reports = ("reconstruction", "distance", "perplexity", "usage")
    rising = ("reconstruction", "perplexity", "usage")
    sampler = None

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        codebook: Codebook,
        likelihood: Likelihood | None = None,
        commitment: NotNegative = 0.25,
        **kwargs,
    ):
        meters = {
            "perplexity": Perplexity(codebook.codes, name="perplexity"),
            "usage": Usage(codebook.codes, name="usage"),
        }
        super().__init__(encoder.input_shape[1:], meters=meters, **kwargs)
        self.encoder = encoder
        self.decoder = decoder
        self.codebook = codebook
        self.likelihood = likelihood or Bernoulli()
        self.commitment = commitment
        *grid, dim = encoder.output_shape[1:]
        self.code_shape = tuple(grid)
        if dim != codebook.dim or decoder.input_shape != encoder.output_shape:
            raise BadInput(
                f"the encoder gives {encoder.output_shape[1:]}, the decoder takes "
                f"{decoder.input_shape[1:]} and the codebook has vectors of "
                f"{codebook.dim} numbers; the first two must be the same and end in "
                "the third."
            )
        self.likelihood.check_network(decoder.output_shape, self.data_shape)

    def check(self, x):
        super().check(x)
        self.likelihood.check(x)

    # The objective.

    def quantise(self, x, training=False):
        """The encoder's vectors, the codes nearest to them, and the codes' vectors."""
        z = tf.cast(self.encoder(x, training=training), tf.float32)
        codes = self.codebook.nearest(z)
        return z, codes, self.codebook.look_up(codes)

    def score(self, x, z, e, training=False):
        """log p(x | e) per example, in nats; its gradient at e goes to z."""
        through = z + tf.stop_gradient(e - z)
        return self.likelihood.log_prob(self.decoder(through, training=training), x)

    def objective(self, log_px, z, e):
        """What is descended."""
        codebook = tf.reduce_mean(tf.square(tf.stop_gradient(z) - e))
        commitment = tf.reduce_mean(tf.square(z - tf.stop_gradient(e)))
        nats = tf.reduce_mean(log_px) / math.prod(self.data_shape)
        return codebook + self.commitment * commitment - nats

    def train_step(self, data):
        x, _ = self.unpack(data)
        noise = self.noise("uniform", tf.shape(x)[0], (self.codebook.codes,))

        def loss():
            z, codes, e = self.quantise(x, training=True)
            log_px = self.score(x, z, e, training=True)
            return self.objective(log_px, z, e), (log_px, z, codes, e)

        loss, (log_px, z, codes, e) = self.descend("model", loss)
        self.codebook.follow(z, codes, noise[0])
        return self._report(loss, log_px, z, codes, e)

    def test_step(self, data):
        x, _ = self.unpack(data)
        z, codes, e = self.quantise(x)
        log_px = self.score(x, z, e)
        return self._report(self.objective(log_px, z, e), log_px, z, codes, e)

    def _report(self, loss, log_px, z, codes, e):
        distance = tf.reshape(tf.square(z - e), (tf.shape(z)[0], -1))
        return self.report(
            loss=loss,
            reconstruction=log_px,
            distance=tf.reduce_mean(distance, axis=1),
            perplexity=codes,
            usage=codes,
        )

    # Use.

    def call(self, x, training=False):
        _, _, e = self.quantise(x, training)
        return self.likelihood.mean(self.decoder(e, training=training))

    def encode(self, x):
        """The codes of each example, integers."""
        return {"codes": self.quantise(x)[1]}

    def decode(self, codes):
        """The likelihood's mean for each map of codes."""
        parameters = self.decoder(self.codebook.look_up(codes))
        return {self.data_name: self.likelihood.mean(parameters)}

    def reconstruct(self, x):
        return {self.data_name: self(x)}

    def trial(self, x, seed: int = 0) -> Trial:
        """Its reconstruction of `x`; there is nothing random in it."""
        made = keras.ops.convert_to_numpy(self(x))
        return Trial(x, made, x, codes=math.prod(self.code_shape))

    def signatures(self):
        last = self.codebook.codes - 1
        codes = Spec(
            self.code_shape,
            "index",
            "numbers of vectors in the codebook",
            dtype="int32",
            range=(0, last),
            discrete=True,
        )
        name = self.data_name
        x = data_spec(self.data_shape, "example to encode")
        image = data_spec(self.data_shape, "mean of the decoder's likelihood")
        return {
            "encode": Signature(self.encode, {"x": x}, {"codes": codes}),
            "decode": Signature(self.decode, {"codes": codes}, {name: image}),
            "reconstruct": Signature(self.reconstruct, {"x": x}, {name: image}),
        }

    @classmethod
    def small(cls):
        def made(update, likelihood=None, parameters=1):
            return cls(
                vqvae.encoder((8, 8, 1), 2, 4, 2, halvings=1, blocks=1),
                vqvae.decoder((4, 4, 2), parameters, 4, 2, halvings=1, blocks=1),
                Codebook(4, 2, update, revive=0.05),
                likelihood,
            )

        def by_gradient():
            head = DiscretizedLogisticMixture(2, 17)
            return made("gradient", head, head.parameters((8, 8, 1))[-1])

        return {"plain": lambda: made("moving_average"), "gradient": by_gradient}


class Perplexity(keras.metrics.Metric):
    """exp of the entropy of the codes, over all that it was given."""

    def __init__(self, codes: int, **kwargs):
        super().__init__(**kwargs)
        self.codes = codes
        self.counts = self.add_variable((codes,), "zeros", name="counts")

    def update_state(self, codes):
        chosen = tf.one_hot(tf.reshape(codes, [-1]), self.codes)
        self.counts.assign_add(tf.reduce_sum(chosen, axis=0))

    def result(self):
        counts = tf.convert_to_tensor(self.counts)
        share = tf.math.divide_no_nan(counts, tf.reduce_sum(counts))
        return tf.exp(-tf.reduce_sum(tf.math.xlogy(share, share)))


class Usage(Perplexity):
    """The share of the codes that occurred."""

    def result(self):
        counts = tf.convert_to_tensor(self.counts)
        return tf.reduce_mean(tf.cast(counts > 0, tf.float32))
