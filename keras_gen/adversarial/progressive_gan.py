"""Progressive GAN: both players begin with small images, and grow.

What an image is as a whole can be learnt at 4x4, in little time; what is left for each
doubling is detail. So training begins with the smallest size. Later the layers of the
next size are faded in, while the images, real and generated, fade from the smaller size
(its values repeated) to the larger; then the larger is trained for a while, and so on:

    g = growing(step),     x_g = P_0 x + sum over s of  a_s(g) (P_s x - P_{s-1} x)

where P_s is the mean over the squares of size s, and a_s rises from 0 to 1 as the
growth g goes from s - 1 to s. In this form the game is one game whose networks depend
on g without a jump. A size that is not yet reached has weight zero and costs no time:
each size has a graph of its own.

The game is that of WGAN-GP with one step of the critic, and with a small drift term.
What one samples from is a moving average, at the growth that was reached; all sizes
that are missing then show as squares.

Reference: Karras et al., Progressive Growing of GANs for Improved Quality, Stability,
and Variation (arXiv:1710.10196).
Not here: smaller batches for larger images, and optimizers that begin anew with each
size.
"""

import math

import keras
import tensorflow as tf

from keras_gen.adversarial.gan import GAN
from keras_gen.arguments import Decay
from keras_gen.errors import BadInput
from keras_gen.layers.fade import fade
from keras_gen.layers.resize import Double
from keras_gen.networks import progressive
from keras_gen.parts.losses import Objective, Wasserstein
from keras_gen.parts.penalties import GradientPenalty, Penalty
from keras_gen.parts.schedules import Growth

# The paper's; the growth in steps of a batch of 1,000.
GROWTH = Growth(stable=600, fade=600)
LOSS = Wasserstein(drift=1e-3)
PENALTY = GradientPenalty(10.0)


@keras.saving.register_keras_serializable("keras_gen")
class ProgressiveGAN(GAN):
    """A GAN that grows with the steps it has made.

    Args:
        generator, discriminator: of `networks.progressive`, with the same sizes.
        growing: the growth as a function of the step, such as `schedules.Growth`.
        loss, critic_steps, penalty, constraint, average: as of a GAN; the paper's.

    Example:
        >>> shape, widths = (28, 28, 1), (8, 8, 4)
        >>> generator = networks.progressive.generator(8, shape, widths)
        >>> critic = networks.progressive.discriminator(shape, widths)
        >>> model = ProgressiveGAN(generator, critic, Growth(stable=2, fade=1))
        >>> model.compile(keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.99))
        >>> history = model.fit(data.load("glyphs", batch=8).take(3), verbose=0)
        >>> float(model.growth())
        1.0
        >>> model.sample(3, seed=1).shape
        (3, 28, 28, 1)
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        growing: Growth = GROWTH,
        loss: Objective = LOSS,
        penalty: Penalty | None = PENALTY,
        average: Decay = 0.999,
        **options,
    ):
        super().__init__(
            generator,
            discriminator,
            loss=loss,
            penalty=penalty,
            average=average,
            **options,
        )
        self.growing = growing
        both = [progressive.sizes(network) for network in (generator, discriminator)]
        if len({len(networks) for networks in both}) > 1:
            raise BadInput(
                f"the generator has {len(both[0])} sizes and the discriminator "
                f"{len(both[1])}; give both as many widths."
            )
        self.last_size = len(both[0]) - 1
        self.size = self.last_size  # what is computed: that and all below it
        at_size = [
            {"generator": g, "discriminator": d} for g, d in zip(*both, strict=True)
        ]
        # As a function, or Keras would count and save the layers once for each size.
        self.players_of = at_size.__getitem__
        self.steps = self._state("steps", (), 0)

    def players(self):
        """The networks of the present size: in `fit` the one that is trained."""
        return self.players_of(self.size)

    def settled(self):
        model = super().settled()
        model.steps.assign(self.steps)
        return model

    def growth(self):
        """How far it has grown, from 0 to the number of the last size."""
        growth = self.growing(tf.convert_to_tensor(self.steps.value) + 1)
        return tf.minimum(growth, float(self.last_size))

    together = 1

    def make_train_function(self, force=False):
        """A graph for each size, of which each step takes the smallest that serves.

        With `steps_per_execution` these are steps of the same graph, and a size may
        begin some steps late. "auto" is one, here.
        """
        if self.train_function is not None and not force:
            return
        graphs = []
        for _ in range(self.last_size + 1):
            super().make_train_function(force=True)
            graphs.append(self.train_function)

        def train(iterator):
            self.size = math.ceil(float(self.growth()))
            try:
                return graphs[self.size](iterator)
            finally:
                self.size = self.last_size

        self.train_function = train

    # The game of a GAN, on images of the present size and growth.

    def unpack(self, data):
        x, given = super().unpack(data)
        sizes = [tf.convert_to_tensor(x)]
        for _ in range(self.last_size):
            sizes.insert(0, tf.nn.avg_pool2d(sizes[0], 2, 2, "VALID"))
        double = Double(dtype="float32")
        faded, *finer = sizes[: self.size + 1]
        for s, detail in enumerate(finer, start=1):
            faded = fade(double(faded), detail, self.growth(), s)
        return faded, given

    def told(self, tensor, **given):
        return [tensor, tf.fill(tf.shape(tensor)[:1], self.growth())]

    def make(self, z, training=False):
        return self.players()["generator"](self.told(z), training=training)

    def judge(self, x, training=False):
        critic = self.players()["discriminator"]
        return tf.cast(critic(self.told(x), training=training), "float32")

    def train_step(self, data):
        reported = super().train_step(data)
        self.steps.assign_add(1)
        return reported

    def call(self, z):
        """An image; what leaves the range of images is cut off, but not in training."""
        return tf.clip_by_value(super().call(z), 0.0, 1.0)

    @classmethod
    def small(cls):
        shape, widths = (8, 8, 1), (4, 4)
        return {
            "plain": lambda: cls(
                progressive.generator(8, shape, widths),
                progressive.discriminator(shape, widths),
                Growth(0, 16),  # in the midst of a fade all layers learn
                average=0.9,
            )
        }
