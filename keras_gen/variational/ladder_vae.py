"""Ladder VAE: latents in levels, each inferred from below and expected from above.

    p(z) = p(z_L) prod_l p(z_l | z_(l+1)),   x ~ p(x | z)
    q(z | x) = prod_l q(z_l | z_(l+1), x)
    ELBO = E_q[ log p(x | z) - sum_l KL( q(z_l | z_(l+1), x) || p(z_l | z_(l+1)) ) ]

A chain of encoders loses the upper levels: what z_1 can say, z_2 need not. Here the
encoder sees x on every level, and its opinion N(m, s^2) is joined with what the level
above expects, N(m', s'^2), as two measurements of one quantity are, by precision:

    q(z_l | z_(l+1), x) = N( (m / s^2 + m' / s'^2) v, v ),   1 / v = 1 / s^2 + 1 / s'^2

The top level expects a standard normal. All levels lie side by side in one latent
vector, the top one first, so everything a VAE can do is inherited.

Reference: Sonderby et al., Ladder Variational Autoencoders (arXiv:1602.02282).
Not here: batch normalisation, convolutional levels. In the paper only the lowest level
decodes; here the decoder sees all, as in later models (arXiv:2007.03898).
"""

import itertools

import keras
import tensorflow as tf

from keras_gen.arguments import CountFrom0, NotNegative
from keras_gen.errors import BadInput
from keras_gen.likelihoods import Likelihood
from keras_gen.likelihoods.base import noise_spec
from keras_gen.networks import ladder, mlp
from keras_gen.parts.posteriors import Approximation, Posterior
from keras_gen.parts.posteriors.gaussian import FLOOR, Normal
from keras_gen.parts.priors import Prior
from keras_gen.variational.vae import VAE


@keras.saving.register_keras_serializable("keras_gen")
class TopDown(Prior):
    """Levels, each a Gaussian whose mean and scale a network tells from the one above.

    Args:
        networks: from the top; each from a level to `2 * size` numbers for the next,
            as `keras_gen.networks.ladder.down` makes them.

    Example:
        >>> TopDown(ladder.down([2, 4, 8])).sizes
        [2, 4, 8]
    """

    def __init__(self, networks: list[keras.Model], **kwargs):
        super().__init__(**kwargs)
        self.networks = list(networks)
        ends = [(n.input_shape[-1], n.output_shape[-1] / 2) for n in self.networks]
        self.sizes = [ends[0][0], *(int(size) for _, size in ends)]
        if ends != list(itertools.pairwise(self.sizes)):
            raise BadInput(
                "each network must take the latents of a level and give means and raw "
                f"scales of the next; received inputs and levels of sizes {ends}."
            )

    def level(self, i: int, above) -> Normal:
        """p(z_i | above); the top level, 0, is standard normal."""
        if i == 0:
            return Normal(tf.zeros(self.sizes[0]), tf.ones(self.sizes[0]))
        # Networks know one batch axis, latents may have several draws for each example.
        output = self.networks[i - 1](tf.reshape(above, [-1, self.sizes[i - 1]]))
        shape = tf.concat([tf.shape(above)[:-1], [2 * self.sizes[i]]], axis=0)
        mean, raw = tf.split(tf.reshape(output, shape), 2, axis=-1)
        return Normal(mean, tf.nn.softplus(raw) + FLOOR)

    def split(self, z):
        return tf.split(z, self.sizes, axis=-1)

    def log_prob(self, z, infer):
        levels = self.split(z)
        pairs = zip([None, *levels], levels, strict=False)
        return sum(self.level(i, a).log_prob(b) for i, (a, b) in enumerate(pairs))

    def noise(self):
        return {"noise": noise_spec((self.latent_dim,), "normal")}

    def sample_from(self, infer, noise):
        levels = []
        for i, part in enumerate(self.split(noise)):
            expected = self.level(i, levels[-1] if levels else None)
            levels.append(expected.mean + expected.stddev * part)
        return tf.concat(levels, axis=-1)

    def get_config(self):
        networks = [keras.saving.serialize_keras_object(n) for n in self.networks]
        return {**super().get_config(), "networks": networks}

    @classmethod
    def from_config(cls, config):
        networks = map(keras.saving.deserialize_keras_object, config.pop("networks"))
        return cls(list(networks), **config)


def joined(seen: Normal, expected: Normal) -> Normal:
    """Two independent opinions about one quantity, weighted by their precisions."""
    a, b = seen.stddev**-2.0, expected.stddev**-2.0
    variance = 1.0 / (a + b)
    return Normal(variance * (a * seen.mean + b * expected.mean), tf.sqrt(variance))


def divergence(q: Normal, p: Normal):
    """KL( q || p ) over the last axis."""
    ratio = (q.stddev**2 + (q.mean - p.mean) ** 2) / p.stddev**2
    logs = 2.0 * (tf.math.log(q.stddev) - tf.math.log(p.stddev))
    return 0.5 * tf.reduce_sum(ratio - 1.0 - logs, axis=-1)


class Ladder(Approximation):
    """q(z | x), drawn from the top level down."""

    def __init__(self, seen: Normal, prior: TopDown):
        self.prior = prior
        pairs = zip(prior.split(seen.mean), prior.split(seen.stddev), strict=True)
        self.seen = [Normal(*pair) for pair in pairs]

    def climb_down(self, noise):
        """The latents, log q, and the divergence of each level, from the top."""
        levels, log_q, divergences = [], 0.0, []
        for i, part in enumerate(self.prior.split(noise)):
            expected = self.prior.level(i, levels[-1] if levels else None)
            q = joined(self.seen[i], expected)
            z, log_density = q.draw(part)
            levels.append(z)
            log_q += log_density
            divergences.append(divergence(q, expected))
        return tf.concat(levels, axis=-1), log_q, divergences

    def draw(self, noise):
        z, log_q, _ = self.climb_down(noise)
        return z, log_q

    def centre(self):
        return self.draw(tf.concat([0.0 * n.mean for n in self.seen], axis=-1))[0]


@keras.saving.register_keras_serializable("keras_gen")
class LadderVAE(VAE):
    """A VAE whose latents come in levels.

    Args:
        encoder: network from examples to the means of all levels and then their raw
            scales, the top level first, as `keras_gen.networks.ladder.encoder` is.
        decoder: network from all latents to the parameters of `likelihood`.
        prior: a `TopDown`.
        likelihood, beta, warm_up, free_bits: as of a VAE.

    Example:
        >>> sizes = [2, 4, 8]
        >>> prior = TopDown(ladder.down(sizes))
        >>> decoder = mlp.decoder(sum(sizes), (8, 8, 1))
        >>> model = LadderVAE(ladder.encoder((8, 8, 1), sizes), decoder, prior)
        >>> model.compile("adam")
        >>> digits = data.load("digits", binarise="dynamic")
        >>> history = model.fit(digits, epochs=2, verbose=0)
    """

    hands_on = False  # what is not named here is no choice

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        prior: TopDown,
        likelihood: Likelihood | None = None,
        beta: NotNegative = 1.0,
        warm_up: CountFrom0 = 0,
        free_bits: NotNegative = 0.0,
        **kwargs,
    ):
        super().__init__(
            encoder,
            decoder,
            likelihood,
            prior=prior,
            beta=beta,
            warm_up=warm_up,
            free_bits=free_bits,
            **kwargs,
        )
        if sum(prior.sizes) != self.latent_dim:
            raise BadInput(
                f"the levels have {' + '.join(map(str, prior.sizes))} latents, but the "
                f"decoder takes {self.latent_dim}."
            )

    code = Posterior.code

    def infer(self, x, training=False):
        """q(z | x) of each example."""
        return Ladder(super().infer(x, training), self.prior)

    def level_divergences(self, x, noise):
        """KL( q(z_l | z_(l+1), x) || p(z_l | z_(l+1)) ) of each level, from the top."""
        return self.infer(x).climb_down(noise)[2]

    def elbo_terms(self, x, noise, training=False):
        """log p(x | z) and the sum of the levels' divergences per example, in nats."""
        z, _, divergences = self.infer(x, training).climb_down(noise)
        return self.score(x, z, training), sum(divergences)

    @classmethod
    def small(cls):
        sizes = [1, 2]
        return {
            "plain": lambda: cls(
                ladder.encoder((4, 4, 1), sizes, 8),
                mlp.decoder(sum(sizes), (4, 4, 1), 8, 1, "tanh"),
                TopDown(ladder.down(sizes, 8)),
                warm_up=4,
            )
        }
