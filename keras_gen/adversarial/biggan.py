"""BigGAN: a conditional GAN made large, and a dial between variety and fidelity.

The game is the hinge loss with two steps of a projection critic for each of the
generator's, and what one samples from is a moving average of the generator. What makes
it large are its networks (`networks.biggan`): a class and a piece of the latents in
every block, self-attention, spectral norms in both players, and kernels that begin
orthogonal and, by a penalty on the generator, stay near it.

A generator that has seen z ~ N(0, I) can be asked with other latents. Truncated ones,

    z_i ~ N(0, 1)  drawn again while  |z_i| > t,

are nearer to what it has seen most often: as t falls the samples of a class become
better, and more alike.

Reference: Brock, Donahue & Simonyan, Large Scale GAN Training for High Fidelity Natural
Image Synthesis (arXiv:1809.11096).
Not here: batch normalisation's statistics measured again for each t ("standing
statistics"): ours are the moving averages of the training, t infinite.
"""

from collections.abc import Callable

import keras
import numpy as np

from keras_gen.adversarial.conditional_gan import ConditionalGAN
from keras_gen.arguments import Count, Decay, whole_number
from keras_gen.errors import BadInput
from keras_gen.networks import biggan
from keras_gen.noise import truncated_normal
from keras_gen.parts.losses import Objective


@keras.saving.register_keras_serializable("keras_gen")
class BigGAN(ConditionalGAN):
    """A conditional GAN with the paper's game, and truncation as one samples.

    Args:
        generator: network from a latent and a label to an example.
        discriminator: network from an example and a label to a score.
        classes: how many labels there are, from 0 on.
        loss, critic_steps, penalty, constraint, average: as of a GAN; the paper's.

    Example:
        >>> shape, biggan = (28, 28, 1), networks.biggan
        >>> generator = biggan.generator(12, shape, 36, (8, 8, 4), 8, orthogonal=1e-4)
        >>> critic = biggan.discriminator(shape, 36, (4, 8), halvings=2)
        >>> model = BigGAN(generator, critic, classes=36)
        >>> model.compile(keras.optimizers.Adam(2e-4, beta_1=0.0))
        >>> glyphs = data.load("glyphs", labels="class", batch=8)
        >>> history = model.fit(glyphs.take(2), verbose=0)
        >>> model.sample(3, seed=1, label=[7, 7, 2], truncation=0.5).shape
        (3, 28, 28, 1)
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        classes: Count,
        loss: Objective = "hinge",
        critic_steps: Count | Callable = 2,
        average: Decay = 0.9999,
        **options,
    ):
        super().__init__(
            generator,
            discriminator,
            classes,
            loss=loss,
            critic_steps=critic_steps,
            average=average,
            **options,
        )

    def sample(self, n, seed=None, batch=256, truncation=None, **conditions):
        """As any model's; `truncation` is the t beyond which no latent lies."""
        if truncation is not None:
            if not truncation > 0:
                raise BadInput(f"truncation is a positive number; got {truncation}.")
            if seed is None:
                seed = int(np.random.SeedSequence().generate_state(1)[0])
            shape = (whole_number("n", n, 0), self.latent_dim)
            conditions["z"] = truncated_normal(shape, seed, truncation)
        return super().sample(n, seed, batch, **conditions)

    @classmethod
    def small(cls):
        def made(latent_dim, embedding, orthogonal):
            shape, classes, widths = (8, 8, 1), 3, (2, 2)
            generator = biggan.generator(
                latent_dim, shape, classes, widths, embedding, orthogonal=orthogonal
            )
            critic = biggan.discriminator(shape, classes, widths, 1, last_bias=False)
            return cls(generator, critic, classes, critic_steps=1)

        return {"plain": lambda: made(2, 0, 0.0), "shared": lambda: made(16, 2, 1e-4)}
