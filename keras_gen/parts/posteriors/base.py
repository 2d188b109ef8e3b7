"""What every family of approximate posteriors has in common.

A `Posterior` is a part of a model: it says how many numbers the encoder must give, and
turns those numbers into an `Approximation`, the q(z | x) of each example. All families
are driven by standard normal noise of the latent's size,

    z = T_x(noise),    log q(z | x) = log N(noise; 0, I) - log |det dT_x / dnoise|

so that a draw is a pure and differentiable function of its noise, and comes with its
density. The densities are sums over the latent coordinates, in nats.
"""

import math
from typing import ClassVar

import keras
import tensorflow as tf

from keras_gen.arguments import Checked
from keras_gen.errors import BadInput


def log_normal(noise):
    """log N(noise; 0, I) over the last axis."""
    return -0.5 * tf.reduce_sum(noise * noise + math.log(2.0 * math.pi), axis=-1)


class Approximation:
    """q(z | x) of a batch of examples.

    Noise and latents have the batch as their last axis but one; axes before it
    broadcast, so that (samples, batch, latent) are several draws for each example.
    """

    def draw(self, noise):
        """The latents that the noise becomes, and their log q(z | x)."""
        raise NotImplementedError

    def log_prob(self, z):
        """log q(z | x) of any z, where the family can tell it."""
        raise BadInput(
            f"{type(self).__name__} knows the density of its own draws only, not of "
            "any latent. Where that is needed (a VampPrior), take the posterior "
            "Diagonal() or FullCovariance()."
        )

    def kl_from_standard_normal(self):
        """KL( q(z | x) || N(0, I) ), or None if there is no closed form."""

    def centre(self):
        """The latents that zero noise becomes: one sensible code per example."""
        raise NotImplementedError

    def code(self) -> dict:
        """What an encoder tells of q; the names are those of `Posterior.code`."""
        return {"centre": self.centre()}


class Posterior(Checked, keras.layers.Layer):
    """Base of the families; a Keras layer, so that what it learns itself is trained.

    It always computes in float32. `code` says what `Approximation.code` returns.
    """

    code: ClassVar[dict[str, str]] = {
        "centre": "latent that zero noise becomes under the posterior q(z | x)"
    }

    def __init__(self, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.latent_dim = None
        self.built = True

    def prepare(self, latent_dim: int):
        """Called once by the model that this part belongs to; makes the weights."""
        claim(self, latent_dim)

    def size(self, latent_dim: int) -> int:
        """How many numbers the encoder must give."""
        raise NotImplementedError

    def __call__(self, params) -> Approximation:
        raise NotImplementedError


def claim(part, latent_dim: int):
    """Set the part's `latent_dim`, once."""
    if part.latent_dim is not None:
        raise BadInput(
            f"this {type(part).__name__} already belongs to a model. Parts are not "
            "shared: make one for each model."
        )
    part.latent_dim = latent_dim
