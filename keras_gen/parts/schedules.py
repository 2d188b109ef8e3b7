"""What changes in a game as a function of time, counted in the generator's steps.

How many steps the critic has before one of the generator's (`GAN(critic_steps=...)`),
and how far the networks have grown (`ProgressiveGAN(growing=...)`).
"""

import tensorflow as tf

from keras_gen.arguments import Count, CountFrom0
from keras_gen.parts import Part, part


@part
class CriticSchedule(Part):
    """`steps`, but `many` for the generator's first `until` steps and every `every`-th.

    The slope of a Wasserstein critic means something only once the critic is near its
    best, so it gets a long start, and catches up from time to time.

    Reference: the authors' code of Wasserstein GAN (arXiv:1701.07875), which has the
    default numbers.
    """

    steps: Count = 5
    many: Count = 100
    until: CountFrom0 = 25
    every: Count = 500

    def __call__(self, step):
        """The number of critic steps before the generator's step number `step`."""
        catch_up = (step < self.until) | (step % self.every == 0)
        return tf.where(catch_up, self.many, self.steps)


@part
class Growth(Part):
    """`stable` steps at the first size, then for each next `fade` and `stable` more.

    The growth is s - 1 + n / fade at the n-th step of the fade to size s, and s in the
    stable steps after it.

    Reference: Karras et al. (arXiv:1710.10196), with 600,000 images, or 800,000, for
    each, and 400,000 for images of 32x32.
    """

    stable: CountFrom0  # both in steps of the generator
    fade: Count

    def __call__(self, step):
        """The growth in step number `step`, which counts from 1; without end."""
        n = tf.maximum(step - self.stable, 0)  # since the first fade began
        whole = tf.maximum(n - 1, 0) // (self.fade + self.stable)
        faded = tf.minimum(n - whole * (self.fade + self.stable), self.fade)
        return tf.cast(whole, "float32") + tf.cast(faded, "float32") / self.fade
