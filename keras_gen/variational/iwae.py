"""Importance-weighted autoencoder: training on the tighter bound.

A VAE is punished for every poor guess z of its encoder. With k guesses, of which it
suffices that one is good, the bound is tighter and lets the true posterior be less
simple than q:

    L_k  =  E[ log 1/k sum_i w_i ],   w_i = p(x | z_i) p(z_i) / q(z_i | x),  z_i ~ q
    ELBO = L_1  <=  L_k  <=  log p(x)
    grad L_k  =  E[ sum_i  w_i / (sum_j w_j)  grad log w_i ]

Only the training differs from that of a VAE, so parts, sampling and test likelihood
are shared with it; the reported ELBO is the true one, `bound` is L_k.

Reference: Burda et al., Importance Weighted Autoencoders (arXiv:1509.00519).
Not here: two stochastic layers; the doubly reparametrised gradient
(arXiv:1810.04152).
"""

import math

import keras
import tensorflow as tf

from keras_gen.arguments import Count
from keras_gen.likelihoods import Likelihood
from keras_gen.networks import mlp
from keras_gen.parts.posteriors import Posterior
from keras_gen.parts.priors import Prior
from keras_gen.variational.vae import VAE


@keras.saving.register_keras_serializable("keras_gen")
class IWAE(VAE):
    """A VAE that is trained with several draws of z for each example.

    Args:
        encoder, decoder, likelihood, posterior, prior: as of a VAE.
        samples: k; the paper has 5 and 50. The decoder's work grows with it.

    Example:
        >>> networks = mlp.encoder((8, 8, 1), 2 * 4), mlp.decoder(4, (8, 8, 1))
        >>> model = IWAE(*networks, samples=5)
        >>> model.compile("adam")
        >>> digits = data.load("digits", binarise="dynamic")
        >>> sorted(model.fit(digits, verbose=0).history)
        ['bound', 'elbo', 'kl', 'loss', 'reconstruction']
    """

    reports = (*VAE.reports, "bound")
    rising = (*VAE.rising, "bound")
    hands_on = False  # what is not named below is no choice

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        likelihood: Likelihood | None = None,
        posterior: Posterior | None = None,
        prior: Prior | None = None,
        samples: Count = 5,
        **kwargs,
    ):
        super().__init__(encoder, decoder, likelihood, posterior, prior, **kwargs)
        self.samples = samples

    def bound_terms(self, x, noise, training=False, **given):
        """The terms of the ELBO averaged over the k draws, and of the same L_k."""
        log_px, kl = self.weight_terms(x, noise, training, **given)
        bound = tf.reduce_logsumexp(log_px - kl, axis=1) - math.log(self.samples)
        return {
            "reconstruction": tf.reduce_mean(log_px, axis=1),
            "kl": tf.reduce_mean(kl, axis=1),
            "bound": bound,
        }

    def _draw(self, x, training):
        shape = (self.samples, self.latent_dim)
        return self.noise("normal", tf.shape(x)[0], shape, training)

    def train_step(self, data):
        x, given = self.unpack(data)
        noise = self._draw(x, training=True)

        def loss():
            terms = self.bound_terms(x, noise, True, **given)
            return -tf.reduce_mean(terms["bound"]), terms

        loss, terms = self.descend("model", loss)
        return self._report(loss, **terms)

    def test_step(self, data):
        x, given = self.unpack(data)
        noise = self._draw(x, training=False)
        terms = self.bound_terms(x, noise, **given)
        return self._report(-terms["bound"], **terms)

    @classmethod
    def small(cls):
        return {
            "plain": lambda: cls(
                mlp.encoder((4, 4, 1), 2 * 2, 8, 1, "tanh"),
                mlp.decoder(2, (4, 4, 1), 8, 1, "tanh"),
                samples=2,
            )
        }
