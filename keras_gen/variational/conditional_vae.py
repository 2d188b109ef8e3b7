"""Conditional variational autoencoder.

When a label y is known, the latents need not tell it: encoder and decoder are told it
instead, and z keeps what else there is to say (of a digit, its slant and its width):

    log p(x | y)  >=  E_q[ log p(x | z, y) ] - KL( q(z | x, y) || p(z) )

Decoding one z with several labels gives the same hand writing several digits. The label
goes to both networks as its one-hot code: after the latents, and as constant channels
of an image.

Reference: Kingma et al., Semi-supervised Learning with Deep Generative Models, model M2
with all labels known (arXiv:1406.5298); Sohn et al., Learning Structured Output
Representation using Deep Conditional Generative Models (NIPS 2015).
Not here: a prior p(z | y) that depends on the label; learning from unlabelled examples.
"""

import keras

from keras_gen.arguments import Count
from keras_gen.errors import BadInput
from keras_gen.layers.label import told
from keras_gen.likelihoods import Likelihood
from keras_gen.networks import mlp
from keras_gen.parts.priors import VampPrior
from keras_gen.signatures import label_spec
from keras_gen.variational.vae import VAE


@keras.saving.register_keras_serializable("keras_gen")
class ConditionalVAE(VAE):
    """A VAE whose networks are told the label.

    Args:
        encoder: network from examples with `classes` more channels.
        decoder: network from `latent_dim + classes` numbers.
        classes: how many labels there are, from 0 on.
        likelihood, posterior, prior, beta, warm_up, free_bits: as of a VAE.

    Example:
        >>> encoder = mlp.encoder((8, 8, 1 + 10), 2 * 4)
        >>> decoder = mlp.decoder(4 + 10, (8, 8, 1))
        >>> model = ConditionalVAE(encoder, decoder, classes=10)
        >>> model.compile("adam")
        >>> digits = data.load("digits", binarise="dynamic", labels="class")
        >>> history = model.fit(digits, epochs=2, verbose=0)
        >>> model.sample(3, seed=1, label=[7, 7, 2]).shape
        (3, 8, 8, 1)
    """

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        classes: Count,
        likelihood: Likelihood | None = None,
        **options,
    ):
        self.classes = classes
        super().__init__(encoder, decoder, likelihood, **options)
        if isinstance(self.prior, VampPrior):
            raise BadInput(
                "the pseudo-inputs of a VampPrior have no labels to be encoded with; "
                "take StandardNormal() or MixtureOfGaussians(components)."
            )

    def told(self, tensor, label):
        return told(tensor, label, self.classes)

    def elbo(self, x, label, noise, training=False):
        """One-sample estimate of the bound on log p(x | label), per example."""
        return super().elbo(x, noise, training, label=label)

    def log_likelihood(self, x, label, samples, seed=0, chunk=100):
        """Importance-weighted bound on log p(x | label) per example."""
        return super().log_likelihood(x, samples, seed, chunk, label=label)

    def generate(self, label, **noise):
        return self._generate({"label": label}, **noise)

    def signatures(self):
        signatures = super().signatures()
        for signature in signatures.values():
            signature.inputs["label"] = label_spec(self.classes)
        return signatures

    @classmethod
    def small(cls):
        return {
            "plain": lambda: cls(
                mlp.encoder((4, 4, 1 + 3), 2 * 2, 8, 1, "tanh"),
                mlp.decoder(2 + 3, (4, 4, 1), 8, 1, "tanh"),
                classes=3,
            )
        }
