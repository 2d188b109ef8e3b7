"""What the two players of a GAN minimise, as pure functions of the logits.

With D = sigmoid(logit), and softplus(-l) = -log D, softplus(l) = -log(1 - D):

    discriminator:                 -E log D(x)  -  E log(1 - D(G(z)))
    generator, minimax:             E log(1 - D(G(z)))
    generator, non-saturating:     -E log D(G(z))

The non-saturating loss has the same fixed point, and its gradient does not vanish
where the discriminator is sure.

Reference: Goodfellow et al., Generative Adversarial Networks (arXiv:1406.2661).
"""

from collections.abc import Callable
from dataclasses import dataclass

import tensorflow as tf

softplus, mean = tf.nn.softplus, tf.reduce_mean


@dataclass(frozen=True)
class AdversarialLoss:
    """A pair of functions of the logits, one per player, that return a scalar.

    The discriminator's takes `(real, fake)`. The generator's takes `(real(), fake)`
    with the real logits as a function, so that a loss which does not look at the real
    batch does not pay for scoring it.
    """

    discriminator: Callable
    generator: Callable


def _discriminator(real, fake):
    return mean(softplus(-real)) + mean(softplus(fake))


def _minimax(real, fake):
    return -mean(softplus(fake))


def _non_saturating(real, fake):
    return mean(softplus(-fake))


LOSSES = {
    "minimax": AdversarialLoss(_discriminator, _minimax),
    "non_saturating": AdversarialLoss(_discriminator, _non_saturating),
}
