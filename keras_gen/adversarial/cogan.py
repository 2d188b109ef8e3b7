"""Coupled GAN: the joint law of several domains, out of examples of each alone.

One game for each domain i, a digit and its negative say, in which both players share
what does not depend on the domain. The generators begin with the same trunk, which
decides what is shown, and end with a head each, which draws it; the discriminators
begin with a stem each, which reads a domain, and end with the same tail:

    G_i = head_i o trunk        D_i = tail o stem_i
    min_G max_D   mean over i of   E_x_i[ log D_i(x_i) ]  +  E_z[ log(1 - D_i(G_i(z))) ]

Nobody ever sees a pair, and nothing in the loss asks for one. But of one latent the
trunk makes one thing, and it is easiest to let that be the same thing in all domains:
the draws (G_1(z), G_2(z)) belong together.

The layers are tied by being the same layers. The domain of an example is its label.

Reference: Liu & Tuzel, Coupled Generative Adversarial Networks (arXiv:1606.07536).
Not here: one optimizer for each domain; a classifier on the shared features, for domain
adaptation.
"""

import keras
import numpy as np

from keras_gen.adversarial.conditional_gan import ConditionalGAN
from keras_gen.errors import BadInput
from keras_gen.layers.label import Choose
from keras_gen.networks import coupled


@keras.saving.register_keras_serializable("keras_gen")
class CoGAN(ConditionalGAN):
    """A generator and a discriminator for each domain, which share layers.

    Args:
        trunk: network from latents to features.
        heads: for each domain a network from those features to examples.
        stems: for each domain a network from examples to features.
        tail: network from those features to a score.
        loss, critic_steps, penalty, constraint, average: as of a GAN.

    Example:
        >>> model = CoGAN(**coupled.conv(8, (8, 8, 1), domains=2))
        >>> model.compile("adam")
        >>> digits = data.load("digits/domains", labels="domain")
        >>> history = model.fit(digits.take(4), verbose=0)
        >>> model.couples(3, seed=1).shape
        (3, 2, 8, 8, 1)
    """

    def __init__(
        self,
        trunk: keras.Model,
        heads: list[keras.Model],
        stems: list[keras.Model],
        tail: keras.Model,
        **options,
    ):
        if not len(heads) == len(stems) >= 2:
            raise BadInput(
                "each of two or more domains has a head and a stem; received "
                f"{len(heads)} heads and {len(stems)} stems."
            )
        label = keras.Input((), dtype="int32", name="label")
        z = keras.Input(trunk.input_shape[1:], name="z")
        x = keras.Input(stems[0].input_shape[1:], name="x")
        features = trunk(z)
        made = Choose()([*(head(features) for head in heads), label])
        score = tail(Choose()([*(stem(x) for stem in stems), label]))
        super().__init__(
            keras.Model([z, label], made, name="generator"),
            keras.Model([x, label], score, name="discriminator"),
            len(heads),
            **options,
        )
        self.trunk = trunk
        self.heads = heads
        self.stems = stems
        self.tail = tail

    def couples(self, n: int, seed: int | None = None) -> np.ndarray:
        """`n` draws of every domain that belong together: (n, domains, *data_shape)."""
        if seed is None:
            seed = int(np.random.SeedSequence().generate_state(1)[0])
        domains = range(self.classes)
        return np.stack([self.sample(n, seed, label=i) for i in domains], axis=1)

    @classmethod
    def small(cls):
        return {"plain": lambda: cls(**coupled.conv(2, (4, 4, 1), 2, 8, 2))}
