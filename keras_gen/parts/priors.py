"""Priors p(z), the parts of a VAE that say where its latents live.

A standard normal prior pulls all codes into one ball, although the data may come in
kinds. The best prior for a given encoder is the aggregate posterior, the mean of
q(z | x) over the data; a mixture can come near it:

    mixture:    p(z) = sum_k w_k N(z; m_k, diag s_k^2)
    VampPrior:  p(z) = 1/K sum_k q(z | u_k)

The components of the second are the encoder's own opinions of K trained pseudo-inputs
u_k, which live where the data do. With the training set as pseudo-inputs it is the
aggregate posterior itself.

Reference: Tomczak & Welling, VAE with a VampPrior (arXiv:1705.07120).
Not here: its two-level hierarchy, weights for the components of the VampPrior.
"""

import dataclasses
import math

import keras
import tensorflow as tf
from keras import initializers

from keras_gen.arguments import Checked, Size
from keras_gen.likelihoods.base import inverse_cdf, noise_spec
from keras_gen.parts.posteriors.base import claim
from keras_gen.parts.posteriors.gaussian import FLOOR, Normal
from keras_gen.signatures import Spec


class Prior(Checked, keras.layers.Layer):
    """Base of the priors; a Keras layer, so that what it learns itself is trained.

    `infer` is the model's function from examples to their `Approximation`, for priors
    that are made of the encoder. `law` is that of z, where it has a name.
    """

    law: str | None = None

    def __init__(self, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.latent_dim = None
        self.built = True

    def prepare(self, latent_dim: int, data_shape):
        """Called once by the model that this part belongs to; makes the weights."""
        claim(self, latent_dim)

    def kl(self, q):
        """KL( q || p ) in closed form, or None if there is none."""

    def log_prob(self, z, infer):
        """log p(z) over the last axis, in nats."""
        raise NotImplementedError

    def noise(self) -> dict[str, Spec]:
        """The noise that one draw takes, by name."""
        return {
            "component": noise_spec((), "uniform"),
            "noise": noise_spec((self.latent_dim,), "normal"),
        }

    def sample_from(self, infer, **noise):
        """The latents that the noise draws."""
        raise NotImplementedError


@keras.saving.register_keras_serializable("keras_gen")
class StandardNormal(Prior):
    """N(0, I): nothing to learn, and a latent is its own noise."""

    law = "normal"

    def kl(self, q):
        return q.kl_from_standard_normal()

    def log_prob(self, z, infer):
        return Normal(tf.zeros(z.shape[-1]), tf.ones(z.shape[-1])).log_prob(z)

    def noise(self):
        spec = Spec((self.latent_dim,), "latent", "standard normal latent vector")
        return {"z": dataclasses.replace(spec, law="normal")}

    def sample_from(self, infer, z):
        return z


class _Mixture(Prior):
    def __init__(self, components: Size, **kwargs):
        super().__init__(**kwargs)
        self.components = components

    def _weight(self, name, shape, initializer, **kwargs):
        return self.add_weight(
            name=name, shape=shape, initializer=initializer, autocast=False, **kwargs
        )

    def get_config(self):
        return {**super().get_config(), "components": self.components}


@keras.saving.register_keras_serializable("keras_gen")
class MixtureOfGaussians(_Mixture):
    """Diagonal Gaussians whose weights, means and scales are trained.

    Args:
        components: how many.

    Example:
        >>> prior = MixtureOfGaussians(components=10)
    """

    def prepare(self, latent_dim, data_shape):
        super().prepare(latent_dim, data_shape)
        shape = (self.components, latent_dim)
        self.logits = self._weight("logits", shape[:1], "zeros")
        # Apart from each other, or they would all learn the same; about as wide as
        # the standard normal that they replace.
        self.means = self._weight("means", shape, initializers.RandomNormal(stddev=1.0))
        one = initializers.Constant(math.log(math.e - 1.0))
        self.raw_scales = self._weight("raw_scales", shape, one)

    def log_prob(self, z, infer):
        parts = Normal(tf.convert_to_tensor(self.means), self.scales())
        log_weights = tf.nn.log_softmax(self.logits)
        return tf.reduce_logsumexp(
            log_weights + parts.log_prob(z[..., None, :]), axis=-1
        )

    def scales(self):
        return tf.nn.softplus(tf.convert_to_tensor(self.raw_scales)) + FLOOR

    def sample_from(self, infer, component, noise):
        chosen = inverse_cdf(tf.nn.softmax(self.logits), component)
        mean, scale = (tf.gather(t, chosen) for t in (self.means, self.scales()))
        return mean + scale * noise


@keras.saving.register_keras_serializable("keras_gen")
class VampPrior(_Mixture):
    """A mixture of the posteriors of trained pseudo-inputs.

    The posterior must know its density everywhere, which the Gaussian ones do.

    Args:
        components: how many pseudo-inputs.

    Example:
        >>> prior = VampPrior(components=50)
    """

    def prepare(self, latent_dim, data_shape):
        super().prepare(latent_dim, data_shape)
        image = len(data_shape) == 3
        uniform = initializers.RandomUniform(0.0, 1.0)
        self.pseudo_inputs = self._weight(
            "pseudo_inputs",
            (self.components, *data_shape),
            uniform if image else initializers.RandomNormal(stddev=1.0),
            constraint=UnitInterval() if image else None,
        )

    def log_prob(self, z, infer):
        parts = infer(tf.convert_to_tensor(self.pseudo_inputs))
        densities = parts.log_prob(z[..., None, :])
        return tf.reduce_logsumexp(densities, axis=-1) - math.log(self.components)

    def sample_from(self, infer, component, noise):
        chosen = tf.cast(component * self.components, tf.int32)
        z, _ = infer(tf.gather(self.pseudo_inputs, chosen)).draw(noise)
        return z


@keras.saving.register_keras_serializable("keras_gen")
class UnitInterval(keras.constraints.Constraint):
    """Where images live; after each step a pseudo-image is brought back to it."""

    def __call__(self, value):
        return keras.ops.clip(value, 0.0, 1.0)
