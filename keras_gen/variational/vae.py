"""Variational autoencoder.

Data have unseen causes: z ~ p(z), x ~ p(x | z). The likelihood of x is an intractable
integral over z, so an encoder q(z | x) proposes causes, and training maximises a lower
bound on the evidence, the ELBO:

    log p(x)  >=  E_q[ log p(x | z) ]  -  KL( q(z | x) || p(z) )

The draw z = T_x(noise) of q is differentiable in what the encoder gives (the
reparametrisation trick; mu + sigma * noise for the simplest q), so one draw per image
is all the training needs. The divergence is exact where a closed form exists and
log q(z | x) - log p(z) on the draw where not. Averaging k importance weights before
the logarithm gives a tighter bound, which tends to log p(x) and serves as the test
likelihood:

    log p(x)  >=  E[ log 1/k sum_i p(x | z_i) p(z_i) / q(z_i | x) ],   z_i ~ q(z | x)

Training may weigh the divergence: beta > 1 asks for simpler codes, a warm-up begins
with none of it, free bits ask for no less than so many nats of it. What is reported is
always the bound itself.

References: Kingma & Welling, Auto-Encoding Variational Bayes (arXiv:1312.6114); the
second bound: Burda et al., Importance Weighted Autoencoders (arXiv:1509.00519); beta:
Higgins et al., beta-VAE (ICLR 2017); warm-up: Sonderby et al., Ladder Variational
Autoencoders (arXiv:1602.02282); free bits: Kingma et al. (arXiv:1606.04934), with all
latent coordinates in one group, because not every q and p have a divergence for each.
Not here: training on the second bound (iwae.py), labels (conditional_vae.py).
"""

import math

import keras
import tensorflow as tf

from keras_gen.arguments import CountFrom0, NotNegative, whole_number
from keras_gen.errors import BadInput
from keras_gen.likelihoods import Bernoulli, Categorical, Gaussian, Likelihood
from keras_gen.model import GenerativeModel
from keras_gen.networks import conv, mlp
from keras_gen.noise import draw
from keras_gen.parts.posteriors import (
    Diagonal,
    FullCovariance,
    InverseAutoregressive,
    Planar,
    Posterior,
    Radial,
)
from keras_gen.parts.priors import MixtureOfGaussians, Prior, StandardNormal, VampPrior
from keras_gen.signatures import Signature, Spec, data_spec


@keras.saving.register_keras_serializable("keras_gen")
class VAE(GenerativeModel):
    """Encoder, decoder, and the parts that give their outputs a meaning.

    Args:
        encoder: network from examples to as many numbers as `posterior` needs: for a
            diagonal one `2 * latent_dim`, means and raw scales. One with two outputs
            gives means and log-variances.
        decoder: network from latents to the parameters of `likelihood`. If it takes a
            grid (height, width, channels), so the encoder gives one; all else sees the
            latents as a vector, row by row.
        likelihood: a head from `keras_gen.likelihoods`; Bernoulli if not given.
        posterior: a part from `keras_gen.posteriors`; Diagonal if not given.
        prior: a part from `keras_gen.priors`; StandardNormal if not given.
        beta: weight of the divergence in training.
        warm_up: steps over which that weight grows from 0.
        free_bits: nats of divergence, on average over a batch, that cost nothing.

    Example:
        >>> model = VAE(mlp.encoder((8, 8, 1), 2 * 4), mlp.decoder(4, (8, 8, 1)))
        >>> model.compile("adam")
        >>> digits = data.load("digits", binarise="dynamic")
        >>> history = model.fit(digits, epochs=2, verbose=0)
        >>> model.sample(16, seed=1).shape
        (16, 8, 8, 1)
    """

    reports = ("elbo", "reconstruction", "kl")
    rising = ("elbo", "reconstruction")

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        likelihood: Likelihood | None = None,
        posterior: Posterior | None = None,
        prior: Prior | None = None,
        beta: NotNegative = 1.0,
        warm_up: CountFrom0 = 0,
        free_bits: NotNegative = 0.0,
        **kwargs,
    ):
        *grid, channels = encoder.input_shape[1:]
        labels = self.classes or 0
        super().__init__((*grid, channels - labels), **kwargs)
        self.encoder = encoder
        self.decoder = decoder
        self.likelihood = likelihood or Bernoulli()
        two = isinstance(encoder.output_shape, list)
        self.posterior = posterior or Diagonal(log_variance=two)
        self.prior = prior or StandardNormal()
        self.beta = beta
        self.warm_up = warm_up
        self.free_bits = free_bits
        *grid, width = decoder.input_shape[1:]
        self.latent_shape = (*grid, width - labels)
        self.latent_dim = math.prod(self.latent_shape)
        self.check_encoder()
        self.check_decoder()
        self.posterior.prepare(self.latent_dim)
        self.prior.prepare(self.latent_dim, self.data_shape)

    def check_encoder(self):
        """Raise `BadInput` if its outputs are not what the posterior needs."""
        given = self.encoder.output_shape
        several = isinstance(given, list)
        shapes = [shape[1:] for shape in (given if several else [given])]
        *grid, width = self.latent_shape
        size = self.posterior.size(self.latent_dim)
        fits = all(
            list(shape[:-1]) == grid and (not grid or shape[-1] % width == 0)
            for shape in shapes
        )
        total = sum(math.prod(shape) for shape in shapes)
        halves = not several or shapes == [self.latent_shape] * 2
        if not fits or not halves or total != size:
            raise BadInput(
                f"the decoder takes {self.latent_dim} latents, so the encoder must "
                f"give {size} numbers, the parameters of a "
                f"{type(self.posterior).__name__} posterior"
                f"{f', in a grid {tuple(grid)}' * bool(grid)}; its output shape is "
                f"{given}. An encoder of several outputs has two, the means and the "
                "log-variances: latents are drawn here, not in it."
            )
        if several and not getattr(self.posterior, "log_variance", False):
            raise BadInput(
                "an encoder of two outputs gives means and log-variances, for the "
                f"posterior Diagonal(log_variance=True); received "
                f"{type(self.posterior).__name__}."
            )

    def check_decoder(self):
        """Raise `BadInput` if its outputs are not what `score` needs."""
        self.likelihood.check_network(self.decoder.output_shape, self.data_shape)

    @property
    def loss_terms(self):
        return math.prod(self.data_shape)

    @property
    def still(self):
        """The parts; and the encoder where a prior is made of it, see `log_prior`."""
        made_of_it = isinstance(self.prior, VampPrior)
        return ("prior", "posterior", *(["encoder"] if made_of_it else []))

    def check(self, x):
        super().check(x)
        self.likelihood.check(x)

    @property
    def code(self) -> dict[str, str]:
        """What `encode` returns, and what it means."""
        return self.posterior.code

    # The terms of the bound.

    def infer(self, x, training=False, **given):
        """q(z | x) of each example."""
        return self.posterior(
            self.numbers(self.encoder(self.told(x, **given), training=training))
        )

    def numbers(self, outputs):
        """The posterior's parameters as a vector: one kind after the other.

        Each in the order of the latents, which of a grid is row by row; the encoder's
        channels are the kinds of each place.
        """
        outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
        *grid, width = self.latent_shape
        if grid:
            places = math.prod(grid)
            kinds = [
                tf.reshape(t, (-1, places, t.shape[-1] // width, width))
                for t in outputs
            ]
            kinds = [tf.transpose(t, (0, 2, 1, 3)) for t in kinds]
            outputs = [tf.reshape(t, (-1, t.shape[1] * places * width)) for t in kinds]
        return outputs[0] if len(outputs) == 1 else tf.concat(outputs, axis=-1)

    def emit(self, z, training=False, **given):
        """The likelihood's parameters for each latent."""
        if len(self.latent_shape) > 1:
            z = tf.reshape(z, (-1, *self.latent_shape))
        return self.decoder(self.told(z, **given), training=training)

    def score(self, x, z, training=False, **given):
        """log p(x | z) of each pair, in nats."""
        return self.likelihood.log_prob(self.emit(z, training, **given), x)

    def elbo_terms(self, x, noise, training=False, **given):
        """log p(x | z) and KL(q || p) per example, in nats; their difference is it."""
        q = self.infer(x, training, **given)
        z, log_q = q.draw(noise)
        divergence = self.prior.kl(q)
        if divergence is None:
            divergence = log_q - self.log_prior(z)
        return self.score(x, z, training, **given), divergence

    def elbo(self, x, noise, training=False, **given):
        """One-sample estimate of the bound, per example, in nats."""
        reconstruction, kl = self.elbo_terms(x, noise, training, **given)
        return reconstruction - kl

    def log_prior(self, z):
        """log p(z); one law for all, so dropout never touches what it is made of."""
        return self.prior.log_prob(z, self.infer)

    def weight_terms(self, x, noise, training=False, **given):
        """log p(x | z) and log q(z | x) - log p(z), one column for each draw.

        Args:
            x: examples, (batch, ...).
            noise: standard normal, (batch, samples, latent_dim).
            training: as everywhere in Keras.
        """
        q = self.infer(x, training, **given)
        z, log_q = q.draw(tf.transpose(noise, [1, 0, 2]))
        divergence = tf.transpose(log_q - self.log_prior(z))
        samples = tf.shape(noise)[1]
        z = tf.reshape(tf.transpose(z, [1, 0, 2]), [-1, self.latent_dim])
        given = {name: tf.repeat(v, samples, axis=0) for name, v in given.items()}
        log_px = self.score(tf.repeat(x, samples, axis=0), z, training, **given)
        return tf.reshape(log_px, tf.shape(divergence)), divergence

    def log_weights(self, x, noise, training=False, **given):
        """log p(x | z) p(z) / q(z | x), one column for each of noise's samples."""
        log_px, divergence = self.weight_terms(x, noise, training, **given)
        return log_px - divergence

    def log_likelihood(self, x, samples: int, seed: int = 0, chunk: int = 100, **given):
        """Importance-weighted bound on log p(x) per example, from `samples` draws.

        Args:
            x: examples.
            samples: exactly this many draws of z for each example.
            seed: of the draws.
            chunk: draws computed at once; changes the memory, not the law.
            **given: what is given with each example, such as its label.
        """
        whole_number("samples", samples, 1)
        total = tf.fill(tf.shape(x)[:1], -math.inf)
        for i, done in enumerate(range(0, samples, chunk)):
            n = min(chunk, samples - done)
            noise = draw("normal", (len(x), n, self.latent_dim), (seed, i))
            part = tf.reduce_logsumexp(self.log_weights(x, noise, **given), axis=-1)
            total = tf.reduce_logsumexp(tf.stack([total, part]), axis=0)
        return total - math.log(samples)

    # Training.

    def kl_weight(self):
        """beta, which is reached linearly over the first `warm_up` steps."""
        if not self.warm_up:
            return self.beta
        step = tf.cast(self.optimizers["model"].iterations, "float32")
        return self.beta * tf.minimum(1.0, step / self.warm_up)

    def objective(self, reconstruction, kl):
        """What is descended: -ELBO, its divergence weighted and with free bits."""
        if self.free_bits:
            context = tf.distribute.get_replica_context()
            mean = context.all_reduce("mean", tf.reduce_mean(tf.stop_gradient(kl)))
            kl = tf.where(mean > self.free_bits, kl, self.free_bits)
        return tf.reduce_mean(self.kl_weight() * kl - reconstruction)

    def train_step(self, data):
        x, given = self.unpack(data)
        noise = self.noise("normal", tf.shape(x)[0], (self.latent_dim,))

        def loss():
            terms = self.elbo_terms(x, noise, True, **given)
            return self.objective(*terms), terms

        loss, terms = self.descend("model", loss)
        return self._report(loss, *terms)

    def test_step(self, data):
        x, given = self.unpack(data)
        noise = self.noise("normal", tf.shape(x)[0], (self.latent_dim,), training=False)
        terms = self.elbo_terms(x, noise, **given)
        return self._report(self.objective(*terms), *terms)

    def _report(self, loss, reconstruction, kl, **more):
        elbo = reconstruction - kl
        return self.report(
            loss=loss, elbo=elbo, reconstruction=reconstruction, kl=kl, **more
        )

    # Use.

    def call(self, x, training=False, **given):
        z = self.infer(x, training, **given).centre()
        return self.likelihood.mean(self.emit(z, training, **given))

    def encode(self, x, **given):
        """What there is to tell of q(z | x): for a Gaussian, mean and stddev."""
        return self.infer(x, **given).code()

    def decode(self, z, **given):
        """The likelihood's mean for each latent."""
        return {self.data_name: self.likelihood.mean(self.emit(z, **given))}

    def generate(self, **noise):
        """A sample of the prior, decoded; for a standard normal one, `decode(z)`."""
        return self._generate({}, **noise)

    def _generate(self, given, point_noise=None, **noise):
        """A picture is shown by its mean; a point has no look, only a law: a draw."""
        z = self.prior.sample_from(self.infer, **noise)
        if point_noise is None:
            return self.decode(z, **given)
        return {
            "point": self.likelihood.sample_from(self.emit(z, **given), point_noise)
        }

    def reconstruct(self, x, **given):
        return {self.data_name: self(x, **given)}

    def signatures(self):
        latent = (self.latent_dim,)
        z = Spec(latent, "latent", "latent vector", law=self.prior.law)
        name = self.data_name
        x = data_spec(self.data_shape, "example to encode")
        image = data_spec(self.data_shape, "mean of the decoder's likelihood")
        code = {
            key: Spec(latent, "latent", meaning) for key, meaning in self.code.items()
        }
        noise, made = self.prior.noise(), image
        if name == "point":
            noise["point_noise"] = self.likelihood.noise(self.data_shape)
            made = data_spec(self.data_shape, "draw of the decoder's likelihood")
        return {
            "generate": Signature(self.generate, noise, {name: made}),
            "decode": Signature(self.decode, {"z": z}, {name: image}),
            "encode": Signature(self.encode, {"x": x}, code),
            "reconstruct": Signature(self.reconstruct, {"x": x}, {name: image}),
        }

    @classmethod
    def small(cls):
        def dense(shape, *outputs, **parts):
            numbers = parts.get("posterior", Diagonal()).size(2)
            encoder = mlp.encoder(shape, numbers, 8, 1, "tanh", dropout=0.1)
            decoder = mlp.decoder(2, (*shape[:-1], *outputs), 8, 1, "tanh", dropout=0.1)
            return cls(encoder, decoder, **parts)

        def convolutional():
            posterior, levels, shape = FullCovariance(), Categorical(4), (8, 8, 1)
            encoder = conv.encoder(shape, posterior.size(2), 4)
            decoder = conv.decoder(2, levels.parameters(shape), 4)
            return cls(encoder, decoder, levels, posterior, VampPrior(2))

        def on_a_grid():
            inputs = keras.Input((4, 4, 1))
            x = keras.layers.Conv2D(4, 2, 2, activation="tanh")(inputs)
            two = [keras.layers.Conv2D(1, 1)(x) for _ in range(2)]
            z = keras.Input((2, 2, 1))
            made = keras.layers.Conv2DTranspose(1, 2, 2)(z)
            return cls(keras.Model(inputs, two), keras.Model(z, made))

        flow, image = InverseAutoregressive, (4, 4, 1)
        return {
            "plain": lambda: dense(image, 1),
            "grid": on_a_grid,
            "convolutional": convolutional,
            "autoregressive": lambda: dense(
                image, 1, posterior=flow(1, 8, 4), prior=MixtureOfGaussians(2)
            ),
            "planar": lambda: dense(image, 1, posterior=Planar(1), warm_up=4),
            "points": lambda: dense(
                (2,), 4, likelihood=Gaussian("pixel"), posterior=Radial(1)
            ),
        }
