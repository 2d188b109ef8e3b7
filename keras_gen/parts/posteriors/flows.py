"""Normalising flows as posteriors: a Gaussian bent by planar or radial steps.

    z_0 = mu + sigma * noise,   z_k = f_k(z_(k-1))
    log q(z_K | x) = log q_0(z_0 | x) - sum_k log |det df_k / dz|

with, for a vector w, a number b and a centre c,

    planar:  f(z) = z + u tanh(w'z + b)         det = 1 + w'u tanh'(w'z + b)
    radial:  f(z) = z + beta (z - c) / (a + r)  det = (1 + beta / (a + r))^(d - 1)
             r = |z - c|                              (1 + a beta / (a + r)^2)

A planar step squeezes or stretches space along w on both sides of a plane, a radial
one around a centre. The encoder gives the parameters of all steps, so every example
has a flow of its own. The steps can be inverted if w'u > -1 and beta > -a; the free
parameters are mapped there (up to a small floor), zeros to the identity:

    w'u = softplus(s + log(e - 1)) - 1,  s = w' (free u), changed along w only
    beta = softplus(free a + free beta) - a,  a = softplus(free a)

Reference: Rezende & Mohamed, Variational Inference with Normalizing Flows
(arXiv:1505.05770), equations 10 to 14 and appendix A.
Not here: the inverse of a step, which exists, but not in closed form for the planar.
"""

import functools
import math

import keras
import tensorflow as tf

from keras_gen.arguments import Size
from keras_gen.parts.posteriors.base import Approximation, Posterior
from keras_gen.parts.posteriors.gaussian import FLOOR, Normal


def dot(a, b):
    return tf.reduce_sum(a * b, axis=-1, keepdims=True)


def planar_direction(u, w):
    """The u of a planar step, with w'u > -1."""
    free = dot(w, u)
    stretch = tf.nn.softplus(free + math.log(math.e - 1.0))
    allowed = FLOOR + (1.0 - FLOOR) * stretch - 1.0
    return u + (allowed - free) * w / (dot(w, w) + 1e-12)


def planar(u, w, b, z):
    """One planar step: the new z, and log |det|."""
    u = planar_direction(u, w)
    bend = tf.tanh(dot(w, z) + b)
    log_det = tf.math.log(1.0 + dot(w, u) * (1.0 - bend * bend))
    return z + u * bend, log_det[..., 0]


def radial_pull(free_a, free_beta):
    """a and beta of a radial step, with beta > -a."""
    a = tf.nn.softplus(free_a) + FLOOR
    return a, tf.nn.softplus(free_a + free_beta) + FLOOR - a


def radial(centre, free_a, free_beta, z):
    """One radial step: the new z, and log |det|."""
    a, beta = radial_pull(free_a, free_beta)
    away = z - centre
    h = 1.0 / (a + tf.sqrt(dot(away, away) + 1e-12))
    d = z.shape[-1]
    log_det = (d - 1) * tf.math.log1p(beta * h) + tf.math.log1p(a * beta * h * h)
    return z + beta * h * away, log_det[..., 0]


class Flowed(Approximation):
    """A first Gaussian, then steps: functions from z to the new z and log |det|."""

    def __init__(self, first: Normal, steps):
        self.first, self.steps = first, steps

    def draw(self, noise):
        z, log_q = self.first.draw(noise)
        for step in self.steps:
            z, log_det = step(z)
            log_q -= log_det
        return z, log_q

    def centre(self):
        return self.draw(tf.zeros_like(self.first.mean))[0]


class _Flow(Posterior):
    """The encoder gives a Gaussian, and for each step parameters of these `widths`."""

    step = None

    def __init__(self, steps: Size = 8, **kwargs):
        super().__init__(**kwargs)
        self.steps = steps

    def widths(self, latent_dim):
        raise NotImplementedError

    def size(self, latent_dim):
        return 2 * latent_dim + self.steps * sum(self.widths(latent_dim))

    def __call__(self, params):
        d = self.latent_dim
        sizes = [d, d, *(self.steps * self.widths(d))]
        mean, raw_scale, *rest = tf.split(tf.cast(params, tf.float32), sizes, axis=-1)
        n = len(self.widths(d))
        groups = [rest[i : i + n] for i in range(0, len(rest), n)]
        steps = [functools.partial(self.step, *group) for group in groups]
        return Flowed(Normal(mean, tf.nn.softplus(raw_scale) + FLOOR), steps)

    def get_config(self):
        return {**super().get_config(), "steps": self.steps}


@keras.saving.register_keras_serializable("keras_gen")
class Planar(_Flow):
    """Steps across planes.

    Args:
        steps: how many; the paper has 2 to 80.

    Example:
        >>> Planar(steps=10).size(latent_dim=8)
        186
    """

    step = staticmethod(planar)

    def widths(self, latent_dim):
        return (latent_dim, latent_dim, 1)


@keras.saving.register_keras_serializable("keras_gen")
class Radial(_Flow):
    """Steps around centres.

    Args:
        steps: how many.

    Example:
        >>> Radial(steps=10).size(latent_dim=8)
        116
    """

    step = staticmethod(radial)

    def widths(self, latent_dim):
        return (latent_dim, 1, 1)
