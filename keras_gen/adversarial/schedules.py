"""How many steps of the critic come before one of the generator, as a function of time.

`GAN(critic_steps=...)` takes such an object instead of a number.
"""

import tensorflow as tf

from keras_gen.parts import Part, part


@part
class CriticSchedule(Part):
    """`steps`, but `many` for the generator's first `until` steps and every `every`-th.

    The slope of a Wasserstein critic means something only once the critic is near its
    best, so it gets a long start, and catches up from time to time.

    Reference: the authors' code of Wasserstein GAN (arXiv:1701.07875), which has the
    default numbers.
    """

    steps: int = 5
    many: int = 100
    until: int = 25
    every: int = 500

    def __call__(self, step):
        """The number of critic steps before the generator's step number `step`."""
        catch_up = (step < self.until) | (step % self.every == 0)
        return tf.where(catch_up, self.many, self.steps)
