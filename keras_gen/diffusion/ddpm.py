"""DDPM: denoising diffusion probabilistic model.

An example loses a little of itself and gains a little noise in each of T steps,

    q(x_i | x_{i-1})  =  N( sqrt(1 - beta_i) x_{i-1}, beta_i )

and the model learns the way back, p(x_{i-1} | x_i), one Gaussian for each step, whose
mean follows from an estimate of the noise. The loss that is trained is that estimate's
error, every step counting the same,

    loss  =  E | network(x_i, i) - eps |^2

The chain of Gaussians has a bound of its likelihood, term by term,

    -log p(x_0)  <=  KL( q(x_T | x_0) | N(0, 1) ) + sum of L_i - log p(x_0 | x_1)
    L_i  =  KL( q(x_{i-1} | x_i, x_0) | p )
         =  (SNR_{i-1} - SNR_i) / 2  |x_0 - estimate|^2

with SNR = alpha^2 / sigma^2 and the posterior's own variance for p.

References: Ho, Jain & Abbeel, Denoising Diffusion Probabilistic Models
(arXiv:2006.11239); Kingma et al. (arXiv:2107.00630), equation 13, for L_i.
Not here: learned variances.
"""

import math
from typing import ClassVar

import keras
import tensorflow as tf

from keras_gen.arguments import Size
from keras_gen.diffusion.base import Diffusion
from keras_gen.networks import denoiser
from keras_gen.parts.paths import LinearVariance
from keras_gen.parts.solvers import Ancestral
from keras_gen.parts.targets import Noise
from keras_gen.parts.weightings import MinSNR


@keras.saving.register_keras_serializable("keras_gen")
class DDPM(Diffusion):
    """A network that estimates the noise, and the chain of Gaussians back.

    Args:
        network: from `networks.denoiser`.
        chain: T, the steps of the bound.
        **kwargs: of `Diffusion`; the path has linear variances, the target is noise,
            the solver ancestral.

    Example:
        >>> model = DDPM(denoiser.unet((8, 8, 1), (8, 8)), average=0.9)
        >>> model.compile("adam")
        >>> history = model.fit(data.load("digits").take(4), verbose=0)
        >>> model.sample(2, seed=1, steps=5).shape
        (2, 8, 8, 1)
    """

    usual: ClassVar = {
        **Diffusion.usual,
        "noising": LinearVariance(),
        "target": Noise(),
        "solver": Ancestral(),
    }

    def __init__(self, network: keras.Model, chain: Size = 1000, **kwargs):
        super().__init__(network, **kwargs)
        self.chain = chain

    @tf.function(autograph=False, reduce_retracing=True)
    def terms(self, x, z, levels: int | None = None, **given):
        """(prior, steps, data): the terms of the bound, in nats per example.

        Every step sees the same noise z, each term an estimate without bias.

        Args:
            x: examples.
            z: noise of their shape.
            levels: of pixels, whose cells have a probability; None for a density, of
                images in the unit of [0, 1].
            **given: what is told of each.

        Returns:
            Vectors, and `steps` of shape (chain - 1, batch): L_2, L_3, ...
        """
        x, batch = self.inward(tf.cast(x, "float32")), tf.shape(x)[0]

        def ratio(i):
            r = self.noising.ratio(tf.cast(i, "float32") / self.chain)
            return tf.fill((batch, *[1] * self.rank), r)

        def error(r):
            noisy = self.noised(x, z, r)
            estimate, _ = self.predict_both(noisy, r, given)
            return estimate, self._sum(tf.square(x - estimate))

        def step(i):
            r, s = ratio(i), ratio(i - 1)
            drop = tf.exp(-2.0 * s) - tf.exp(-2.0 * r)
            return 0.5 * tf.reshape(drop, (-1,)) * error(r)[1]

        alpha, sigma = self.noising.scales(ratio(self.chain))
        square = tf.square(sigma)
        prior = tf.square(alpha * x) + square - 1.0 - tf.math.log(square)
        steps = tf.range(2, self.chain + 1)
        steps = tf.map_fn(step, steps, fn_output_signature="float32")
        estimate, _ = error(ratio(1))
        alpha, sigma = self.noising.scales(ratio(1))
        data = -self._likelihood(x, estimate, sigma / alpha, levels)
        return 0.5 * self._sum(prior), steps, data

    def elbo(self, x, z, levels: int | None = None, **given):
        """The bound of log p(x) in nats; of `levels` values, or of a density."""
        prior, steps, data = self.terms(x, z, levels, **given)
        return -(prior + tf.reduce_sum(steps, 0) + data)

    def _likelihood(self, x, mean, std, levels):
        """log p(x | x_1): a Gaussian, or what of it is in the cell of a level."""
        if levels is None:
            density = -0.5 * (tf.square((x - mean) / std) + tf.math.log(2 * math.pi))
            unit = math.log(2.0) if self.is_image else 0.0
            return self._sum(density - tf.math.log(std) + unit)
        half = 1.0 / (levels - 1)
        above = _above((x - half - mean) / std) * tf.ones_like(x)
        above = tf.where(x < -1.0 + half, 1.0, above)
        beyond = tf.where(x > 1.0 - half, 0.0, _above((x + half - mean) / std))
        return self._sum(tf.math.log(tf.maximum(above - beyond, 1e-12)))

    def _sum(self, values):
        return tf.reduce_sum(values, list(range(1, self.rank + 1)))

    @classmethod
    def small(cls):
        def told():
            network = denoiser.mlp((4, 4, 1), 8, 1, classes=3)
            return cls(
                network,
                weighting=MinSNR(),
                classes=3,
                guidance=1.5,
                steps=3,
                average=0.0,
            )

        return {
            "plain": lambda: cls(
                denoiser.mlp((4, 4, 1), 8, 1), steps=3, chain=16, average=0.9
            ),
            "told": told,
        }


def _above(x):
    """The probability that a standard normal number is larger."""
    return 0.5 * tf.math.erfc(x / math.sqrt(2.0))
