"""Inverse autoregressive flow: steps in which each coordinate sees those before it.

    z_0 = mu + sigma * noise
    z_t = g * z_(t-1) + (1 - g) * m,     (m, g)_i  functions of z_(t-1),<i  and of x
    log q(z_T | x) = log q_0(z_0 | x) - sum_t sum_i log g_i

A step's Jacobian is triangular with the gates g in (0, 1) on its diagonal: a network
of any kind between coordinates, and a determinant for nothing. m and g come from a
masked network (`layers.masked`) that also hears a context from the encoder; every
other step runs the coordinates backwards, so that all may depend on all. Drawing is
one parallel pass per step; the density of any other z would be sequential.

Reference: Kingma et al., Improving Variational Inference with Inverse Autoregressive
Flow (arXiv:1606.04934), algorithm 1 with equations 13 and 14.
Not here: convolutional steps, the ResNet VAE around them.
"""

import keras
import numpy as np
import tensorflow as tf

from keras_gen.arguments import Size
from keras_gen.layers.masked import MaskedDense
from keras_gen.parts.posteriors.base import Posterior
from keras_gen.parts.posteriors.flows import Flowed
from keras_gen.parts.posteriors.gaussian import FLOOR, Normal

OPEN = 2.0  # added to the gates' logits: at first nearly open (the paper: 1 or 2)


class AutoregressiveStep(keras.layers.Layer):
    """One step: from z and a context to the new z and log |det|."""

    def __init__(self, latent_dim, width, context, backwards):
        super().__init__(dtype="float32")
        degrees = np.arange(1, latent_dim + 1)
        degrees = degrees[::-1] if backwards else degrees
        # Units of degree 0 see the context only: the first coordinate's own.
        units = np.linspace(0, latent_dim - 1, width).round().astype(int)
        self.hidden = MaskedDense(degrees, units, dtype="float32")
        self.heard = keras.layers.Dense(width, use_bias=False, dtype="float32")
        self.mean = MaskedDense(units, degrees, strict=True, dtype="float32")
        self.gate = MaskedDense(units, degrees, strict=True, dtype="float32")
        for layer, inputs in (
            (self.hidden, latent_dim),
            (self.heard, context),
            (self.mean, width),
            (self.gate, width),
        ):
            layer.build((None, inputs))
        self.built = True

    def call(self, z, context):
        hidden = tf.nn.elu(self.hidden(z) + self.heard(context))
        logit = self.gate(hidden) + OPEN
        gate = tf.sigmoid(logit)
        log_det = -tf.reduce_sum(tf.nn.softplus(-logit), axis=-1)
        return gate * z + (1.0 - gate) * self.mean(hidden), log_det


@keras.saving.register_keras_serializable("keras_gen")
class InverseAutoregressive(Posterior):
    """Autoregressive steps with their own weights, told about x by a context.

    Args:
        steps: how many.
        width: hidden units of each step's network.
        context: how many numbers the encoder gives to every step.

    Example:
        >>> InverseAutoregressive(context=32).size(latent_dim=8)
        48
    """

    def __init__(self, steps: Size = 2, width: Size = 64, context: Size = 32, **kwargs):
        super().__init__(**kwargs)
        self.steps = steps
        self.width = width
        self.context = context

    def prepare(self, latent_dim):
        super().prepare(latent_dim)
        self.networks = [
            AutoregressiveStep(latent_dim, self.width, self.context, t % 2 == 1)
            for t in range(self.steps)
        ]

    def size(self, latent_dim):
        return 2 * latent_dim + self.context

    def __call__(self, params):
        d = self.latent_dim
        sizes = [d, d, self.context]
        mean, raw_scale, context = tf.split(tf.cast(params, tf.float32), sizes, -1)
        steps = [lambda z, step=step: step(z, context) for step in self.networks]
        return Flowed(Normal(mean, tf.nn.softplus(raw_scale) + FLOOR), steps)

    def get_config(self):
        own = {"steps": self.steps, "width": self.width, "context": self.context}
        return {**super().get_config(), **own}
