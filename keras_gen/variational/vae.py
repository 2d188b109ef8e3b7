"""Variational autoencoder.

Data have unseen causes: z ~ p(z), x ~ p(x | z). The likelihood of x is an intractable
integral over z, so an encoder q(z | x) proposes causes, and training maximises a lower
bound on the evidence, the ELBO:

    log p(x)  >=  E_q[ log p(x | z) ]  -  KL( q(z | x) || p(z) )

With q = N(mu(x), diag sigma(x)^2), the sample z = mu + sigma * noise is differentiable
in mu and sigma (the reparametrisation trick), so one draw of noise per image is all
the training needs. Averaging k importance weights before the logarithm gives a tighter
bound, which tends to log p(x) and serves as the test likelihood:

    log p(x)  >=  E[ log 1/k sum_i p(x | z_i) p(z_i) / q(z_i | x) ],   z_i ~ q(z | x)

Reference: Kingma & Welling, Auto-Encoding Variational Bayes (arXiv:1312.6114); the
second bound is from Burda et al., Importance Weighted Autoencoders (arXiv:1509.00519).
Not here: weighting the KL, training on the second bound, other posteriors and priors.
"""

import math

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from keras_gen.checks import whole_number
from keras_gen.errors import BadInput
from keras_gen.likelihoods import Bernoulli, Likelihood
from keras_gen.model import GenerativeModel
from keras_gen.noise import draw
from keras_gen.signatures import Signature, Spec, data_spec

tfd = tfp.distributions


@keras.saving.register_keras_serializable("keras_gen")
class VAE(GenerativeModel):
    """Encoder, decoder, and the likelihood that scores an image against the decoder.

    Args:
        encoder: network from examples to `2 * latent_dim` numbers: the posterior's
            mean and raw scale.
        decoder: network from latents to the parameters of `likelihood`.
        likelihood: a head from `keras_gen.likelihoods`; Bernoulli if not given.

    Example:
        >>> model = VAE(mlp.encoder((8, 8, 1), 2 * 4), mlp.decoder(4, (8, 8, 1)))
        >>> model.compile("adam")
        >>> digits = data.load("digits", binarise="dynamic")
        >>> history = model.fit(digits, epochs=2, verbose=0)
        >>> model.sample(16, seed=1).shape
        (16, 8, 8, 1)
    """

    reports = ("elbo", "reconstruction", "kl")

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        likelihood: Likelihood | None = None,
        **kwargs,
    ):
        super().__init__(encoder.input_shape[1:], **kwargs)
        self.encoder = encoder
        self.decoder = decoder
        self.likelihood = likelihood or Bernoulli()
        self.latent_dim = decoder.input_shape[-1]
        if encoder.output_shape != (None, 2 * self.latent_dim):
            raise BadInput(
                f"the decoder takes {self.latent_dim} latents, so the encoder must "
                f"give {2 * self.latent_dim} numbers, their means and raw scales; its "
                f"output shape is {encoder.output_shape}."
            )
        self.likelihood.check_network(decoder.output_shape, self.data_shape)

    def check(self, x):
        super().check(x)
        self.likelihood.check(x)

    # The terms of the bound.

    def posterior_parameters(self, x, training=False):
        """Mean and standard deviation of q(z | x)."""
        output = tf.cast(self.encoder(x, training=training), "float32")
        mean, raw_scale = tf.split(output, 2, axis=-1)
        return mean, tf.nn.softplus(raw_scale) + 1e-4

    def posterior(self, x, training=False):
        return tfd.MultivariateNormalDiag(*self.posterior_parameters(x, training))

    def prior(self):
        return tfd.MultivariateNormalDiag(tf.zeros(self.latent_dim))

    def elbo_terms(self, x, noise, training=False):
        """log p(x | z) and KL(q || p) per example, in nats; their difference is it."""
        q = self.posterior(x, training)
        z = q.mean() + q.stddev() * noise
        p_x = self.likelihood(self.decoder(z, training=training))
        return p_x.log_prob(x), q.kl_divergence(self.prior())

    def elbo(self, x, noise, training=False):
        """One-sample estimate of the bound, per example, in nats."""
        reconstruction, kl = self.elbo_terms(x, noise, training)
        return reconstruction - kl

    def log_weights(self, x, noise):
        """log p(x | z) p(z) / q(z | x), one column for each of noise's samples.

        Args:
            x: examples, (batch, ...).
            noise: standard normal, (batch, samples, latent_dim).
        """
        q = self.posterior(x)
        noise = tf.transpose(noise, [1, 0, 2])  # samples first, as TFP broadcasts
        z = q.mean() + q.stddev() * noise
        parameters = self.decoder(tf.reshape(z, [-1, self.latent_dim]))
        repeated = tf.tile(x, [tf.shape(noise)[0]] + [1] * len(self.data_shape))
        log_px = tf.reshape(
            self.likelihood(parameters).log_prob(repeated), tf.shape(noise)[:2]
        )
        return tf.transpose(log_px + self.prior().log_prob(z) - q.log_prob(z))

    def log_likelihood(self, x, samples: int, seed: int = 0, chunk: int = 100):
        """Importance-weighted bound on log p(x) per example, from `samples` draws.

        Args:
            x: examples.
            samples: exactly this many draws of z for each example.
            seed: of the draws.
            chunk: draws computed at once; changes the memory, not the law.
        """
        whole_number("samples", samples, 1)
        total = tf.fill(tf.shape(x)[:1], -math.inf)
        for i, done in enumerate(range(0, samples, chunk)):
            n = min(chunk, samples - done)
            noise = draw("normal", (len(x), n, self.latent_dim), (seed, i))
            part = tf.reduce_logsumexp(self.log_weights(x, noise), axis=-1)
            total = tf.reduce_logsumexp(tf.stack([total, part]), axis=0)
        return total - math.log(samples)

    # Training.

    def train_step(self, data):
        x, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        noise = self.noise("normal", tf.shape(x)[0], (self.latent_dim,))
        terms = {}

        def loss():
            terms["x"], terms["kl"] = self.elbo_terms(x, noise, training=True)
            return -tf.reduce_mean(terms["x"] - terms["kl"])

        spoilt = tf.math.is_nan(self.descend("model", loss))
        terms["x"] = tf.where(spoilt, math.nan, terms["x"])
        return self._report(terms["x"], terms["kl"])

    def test_step(self, data):
        x, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        noise = self.noise("normal", tf.shape(x)[0], (self.latent_dim,), training=False)
        return self._report(*self.elbo_terms(x, noise))

    def _report(self, reconstruction, kl):
        return self.report(
            elbo=reconstruction - kl, reconstruction=reconstruction, kl=kl
        )

    # Use.

    def call(self, x, training=False):
        mean, _ = self.posterior_parameters(x, training)
        return self.likelihood.mean(self.decoder(mean, training=training))

    def encode(self, x):
        mean, stddev = self.posterior_parameters(x)
        return {"mean": mean, "stddev": stddev}

    def decode(self, z):
        """The likelihood's mean for each latent."""
        name, _ = data_spec(self.data_shape, "")
        return {name: self.likelihood.mean(self.decoder(z))}

    def generate(self, z):
        """A sample of the prior, decoded: `decode` under the name of its use."""
        return self.decode(z)

    def reconstruct(self, x):
        name, _ = data_spec(self.data_shape, "")
        return {name: self(x)}

    def signatures(self):
        latent = (self.latent_dim,)
        z = Spec(latent, "latent", "standard normal latent vector", law="normal")
        _, x = data_spec(self.data_shape, "example to encode")
        name, image = data_spec(self.data_shape, "mean of the decoder's likelihood")
        code = {
            "mean": Spec(latent, "latent", "mean of the posterior q(z | x)"),
            "stddev": Spec(latent, "latent", "standard deviation of q(z | x)"),
        }
        return {
            "generate": Signature(self.generate, {"z": z}, {name: image}),
            "decode": Signature(self.decode, {"z": z}, {name: image}),
            "encode": Signature(self.encode, {"x": x}, code),
            "reconstruct": Signature(self.reconstruct, {"x": x}, {name: image}),
        }
