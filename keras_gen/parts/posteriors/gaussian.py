"""Gaussian posteriors: with independent coordinates, or with all their covariances.

    z = mu + L noise,    log q = log N(noise; 0, I) - sum_i log L_ii
    KL( q || N(0, I) ) = 1/2 ( tr L L' + mu' mu - d - 2 sum_i log L_ii )

L is diagonal, the encoder's standard deviations; or it is lower triangular and then
reaches every Gaussian, the exact posterior of a linear-Gaussian model among them.

Reference: Kingma & Welling, Auto-Encoding Variational Bayes (arXiv:1312.6114), and
their Introduction to Variational Autoencoders (arXiv:1906.02691), 2.5.1.
"""

from typing import ClassVar

import keras
import numpy as np
import tensorflow as tf

from keras_gen.parts.posteriors.base import Approximation, Posterior, log_normal

FLOOR = 1e-4  # of standard deviations: no density is infinite
HIGHEST = 40.0  # of log-variances: the squares of their scales are still numbers


class Normal(Approximation):
    """N(mean, diag(stddev)^2)."""

    def __init__(self, mean, stddev):
        self.mean, self.stddev = mean, stddev

    def draw(self, noise):
        return self.mean + self.stddev * noise, log_normal(noise) - self._log_det()

    def log_prob(self, z):
        return log_normal((z - self.mean) / self.stddev) - self._log_det()

    def kl_from_standard_normal(self):
        squares = self.mean**2 + self.stddev**2 - 1.0
        return 0.5 * tf.reduce_sum(squares, axis=-1) - self._log_det()

    def centre(self):
        return self.mean

    def code(self):
        return {"mean": self.mean, "stddev": self.stddev}

    def _log_det(self):
        return tf.reduce_sum(tf.math.log(self.stddev), axis=-1)


class FullNormal(Normal):
    """N(mean, L L'); `diagonal` is that of L, `stddev` that of each coordinate."""

    def __init__(self, mean, diagonal, below):
        self.diagonal = diagonal
        self.factor = tf.linalg.diag(diagonal) + below
        super().__init__(mean, tf.sqrt(tf.reduce_sum(self.factor**2, axis=-1)))

    def draw(self, noise):
        z = self.mean + tf.linalg.matvec(self.factor, noise)
        return z, log_normal(noise) - self._log_det()

    def log_prob(self, z):
        identity = tf.eye(z.shape[-1], batch_shape=tf.shape(self.mean)[:-1])
        inverse = tf.linalg.triangular_solve(self.factor, identity)
        return log_normal(tf.linalg.matvec(inverse, z - self.mean)) - self._log_det()

    def _log_det(self):
        return tf.reduce_sum(tf.math.log(self.diagonal), axis=-1)


class Gaussian(Posterior):
    """What both have in common: how their codes are described."""

    code: ClassVar[dict[str, str]] = {
        "mean": "mean of the posterior q(z | x)",
        "stddev": "standard deviation of q(z | x)",
    }


@keras.saving.register_keras_serializable("keras_gen")
class Diagonal(Gaussian):
    """Independent coordinates; the encoder gives means and raw scales.

    Args:
        log_variance: it gives log-variances, and not scales before a softplus.

    Example:
        >>> Diagonal().size(latent_dim=8)
        16
    """

    def __init__(self, log_variance: bool = False, **kwargs):
        super().__init__(**kwargs)
        self.log_variance = log_variance

    def size(self, latent_dim):
        return 2 * latent_dim

    def __call__(self, params):
        mean, raw_scale = tf.split(tf.cast(params, tf.float32), 2, axis=-1)
        if self.log_variance:
            scale = tf.exp(0.5 * tf.minimum(raw_scale, HIGHEST))
        else:
            scale = tf.nn.softplus(raw_scale)
        return Normal(mean, scale + FLOOR)

    def get_config(self):
        return {**super().get_config(), "log_variance": self.log_variance}


@keras.saving.register_keras_serializable("keras_gen")
class FullCovariance(Gaussian):
    """Any Gaussian; the encoder gives means, raw scales, and L below its diagonal.

    What is below is given in units of its row's scale: an encoder's small error must
    not drown a precise coordinate in its neighbours' noise.

    Example:
        >>> FullCovariance().size(latent_dim=8)
        44
    """

    def size(self, latent_dim):
        return latent_dim * (latent_dim + 3) // 2

    def __call__(self, params):
        d = self.latent_dim
        params = tf.cast(params, tf.float32)
        # Where each entry of L below the diagonal is found; 0 is a zero put before.
        places = np.zeros((d, d), "int32")
        places[np.tril_indices(d, -1)] = 1 + np.arange(d * (d - 1) // 2)
        entries = tf.concat([0.0 * params[..., :1], params[..., 2 * d :]], axis=-1)
        diagonal = tf.nn.softplus(params[..., d : 2 * d]) + FLOOR
        below = diagonal[..., None] * tf.gather(entries, places, axis=-1)
        return FullNormal(params[..., :d], diagonal, below)
