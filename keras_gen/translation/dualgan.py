"""DualGAN: two translators that learn from each other's mistakes.

The two ways between two kinds of images are as in CycleGAN; the critics play
Wasserstein's game, with clipped weights, in k steps for each of the translators':

    L_D   = E D_A(F(b)) - E D_A(a)  +  E D_B(G(a)) - E D_B(b),      |weights| <= c
    L_G,F = -E D_B(G(a)) - E D_A(F(b))
            + w ( E |F(G(a)) - a|_1 + E |G(F(b)) - b|_1 )

The paper names the return after dual learning of languages: who translates there and
back can be corrected by who knows one language only. Its noise is dropout, in training.

w = 1000 is 500 of the paper's scale: its images are in [-1, 1].

Reference: Yi et al., DualGAN: Unsupervised Dual Learning for Image-to-Image Translation
(arXiv:1704.02510).
Not here: dropout where the translators are used.
"""

from collections.abc import Callable

import keras

from keras_gen.arguments import Count, NotNegative
from keras_gen.networks import pix2pix
from keras_gen.parts.constraints import ClipWeights
from keras_gen.translation.cyclegan import CycleGAN


@keras.saving.register_keras_serializable("keras_gen")
class DualGAN(CycleGAN):
    """CycleGAN's players, without a pool, in Wasserstein's game.

    Args:
        forward, back, critic_a, critic_b: as CycleGAN's.
        cycle: w, the weight of the absolute errors.
        critic_steps: k.
        constraint: what holds for the critics' weights after each of their steps, from
            `constraints`.

    Example:
        >>> model = DualGAN.small()["plain"]()
        >>> model.compile("rmsprop")
        >>> x = data.arrays("digits")[:64, 2:6, 2:6]
        >>> history = model.fit(x[:32], x[32:], epochs=1, verbose=0)
    """

    hands_on = False  # what is not named here is no choice

    def __init__(
        self,
        forward: keras.Model,
        back: keras.Model,
        critic_a: keras.Model,
        critic_b: keras.Model,
        cycle: NotNegative = 1000.0,
        critic_steps: Count = 3,
        constraint: Callable = ClipWeights(0.01),  # noqa: B008  it is frozen
        **kwargs,
    ):
        super().__init__(
            forward,
            back,
            critic_a,
            critic_b,
            cycle=cycle,
            identity=0.0,
            pool=0,
            loss="wasserstein",
            **kwargs,
        )
        self.critic_steps = critic_steps
        self.constraint = constraint

    def critic_step(self, task):
        for _ in range(self.critic_steps):
            loss = super().critic_step(task)
            self.constraint(self.discriminator)
        return loss

    @classmethod
    def small(cls):
        shape = (4, 4, 1)

        def made():
            return cls(
                *(pix2pix.generator(shape, 1, 2, 2) for _ in "ab"),
                # Of single pixels: its last layer has no offset, which would cancel.
                *(pix2pix.discriminator(shape, 0, 2, 0) for _ in "ab"),
                constraint=ClipWeights(0.3),
            )

        return {"plain": made}
