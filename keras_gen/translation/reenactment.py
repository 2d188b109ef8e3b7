"""Reenactment: the expression of one face on another.

A generator sees two images, an actor x, whose face it is to be, and a driver d, whose
expression it is to have. It learns from pairs (x, y), one face with two expressions.
Driven by y the actor has to become y; driven by the next pair's it has to become nobody
knows what, but a picture of that same actor:

    min_G max_D   E log D(y, x)
                  + 1/2 E log(1 - D(G(x, y), x)) + 1/2 E log(1 - D(G(x, d), x))
                  + w E |2y - 2G(x, y)|_1

D judges patches of an image beside the actor. Of the first error alone a generator
would copy its driver, whose picture it is asked for. What hinders it: it is told of the
driver in a few numbers (`networks.reenactment`), and what these tell of another's face
the discriminator sees. And so that they tell the same of an expression in whatever
face, a driver is shown in other colours: each pixel c as M c + m, with

    M = I + r N,  m = r n / 2,   N and n standard normal, c from -1/2 to 1/2,

drawn for each driver, in training alone. The discriminator's loss is halved, and w is
100, as pix2pix's.

Used on a sequence of drivers it gives a sequence of the actor. Each image is made by
itself: what does not depend on the driver stands still.

Reference: Thies et al., Face2Face: Real-time Face Capture and Reenactment of RGB Videos
(arXiv:2007.14808), for the task; the game is that of Isola et al. (arXiv:1611.07004).
Not here: a model of the face's shape, pose and light; videos, and what in them depends
on time.
"""

import keras
import numpy as np
import tensorflow as tf

from keras_gen.arguments import NotNegative
from keras_gen.errors import BadInput
from keras_gen.networks import pix2pix, reenactment
from keras_gen.parts.losses import Objective, objective
from keras_gen.parts.reconstruction import absolute
from keras_gen.signatures import Signature, data_spec
from keras_gen.training.distribute import first_row, whole_batch
from keras_gen.translation.base import Translator
from keras_gen.trial import Trial, in_parts


@keras.saving.register_keras_serializable("keras_gen")
class Reenactment(Translator):
    """Two players: a generator that is driven, and a critic of the actor's pictures.

    Args:
        generator: network from an actor and a driver to an image, all of one shape and
            in [0, 1]: `networks.reenactment.generator`.
        discriminator: network from an image and the actor to scores, one or a map.
        l1: w, the weight of the absolute error.
        recolour: r, how far from its own a driver's colours are, in training.
        loss: a name in `losses.LOSSES`, or an object like those.

    Example:
        >>> model = Reenactment.small()["plain"]()
        >>> model.compile(keras.optimizers.Adam(2e-4, beta_1=0.5))
        >>> faces = data.arrays("digits")[:32]
        >>> history = model.fit(faces, faces[:, :, ::-1], batch_size=16, verbose=0)
        >>> model.translate(faces[:2], driver=faces[2:4])["image"].shape
        TensorShape([2, 8, 8, 1])
    """

    reports = ("discriminator_loss", "generator_loss", "l1")
    beside = "pictures of the same faces with another expression"

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        l1: NotNegative = 100.0,
        recolour: NotNegative = 0.0,
        loss: Objective = "non_saturating",
        **kwargs,
    ):
        shape = generator.output_shape[1:]
        super().__init__(shape, **kwargs)
        for network, takes in (
            (generator, "an actor and a driver"),
            (discriminator, "an image and its actor"),
        ):
            seen = [tuple(i.shape[1:]) for i in network.inputs]
            if seen != [shape, shape]:
                raise BadInput(
                    f'"{network.name}" takes {takes}, two images of the shape that is '
                    f"made, {shape}; it has inputs {seen}."
                )
        self.generator = generator
        self.discriminator = discriminator
        self.l1 = l1
        self.recolour = recolour
        self.loss = loss
        self.objective = objective(loss)
        self.other_shape = shape

    @property
    def called_with(self):
        return "actors", self.data_shape

    # The game.

    def task(self, data, training):
        """Actors, the same with another expression, drivers: that one, another."""
        x, y = self.pair(data)
        self.compare(y, lambda: self(x, y))
        shown = self.recoloured(y) if training and self.recolour else y
        return x, y, shown, next_rows(shown)

    def recoloured(self, driver):
        """The drivers, each in colours of its own."""
        channels = self.data_shape[-1]
        shape = (channels + 1, channels)
        drawn = self.recolour * self.noise("normal", tf.shape(driver)[0], shape)
        mix, shift = tf.eye(channels) + drawn[:, :channels], drawn[:, channels:] / 2
        mixed = tf.einsum("nhwc,ncd->nhwd", driver - 0.5, mix) + shift[:, None]
        return tf.clip_by_value(mixed + 0.5, 0.0, 1.0)

    def make(self, x, driver, training=False):
        return tf.cast(self.generator([x, driver], training=training), "float32")

    def judge(self, image, x, training=False):
        says = self.discriminator([image, x], training=training)
        return tf.cast(says, "float32")

    def discriminator_loss(self, x, y, own, other, training=False):
        real = self.judge(y, x, training)
        made = (self.make(x, driver, training) for driver in (own, other))
        mine, foreign = (self.judge(image, x, training) for image in made)
        against = self.objective.discriminator
        return 0.25 * (against(real, mine) + against(real, foreign))

    def generator_loss(self, x, y, own, other, training=False):
        """What the generator descends, and the absolute error of each image."""

        def game(image):
            fake = self.judge(image, x, training)
            return self.objective.generator(lambda: self.judge(y, x, training), fake)

        made = self.make(x, own, training)
        error = absolute(made, y)
        loss = 0.5 * (game(made) + game(self.make(x, other, training)))
        return loss + self.l1 * 2 * tf.reduce_mean(error), error

    # Use.

    def call(self, x, driver):
        return self.make(tf.cast(x, "float32"), tf.cast(driver, "float32"))

    def translate(self, x, driver):
        """`x` with the expression of the driver."""
        return {"image": self(x, driver)}

    def trial(self, x, seed: int = 0) -> Trial:
        """Each actor, driven by the next one; of pairs by its second picture."""
        actor, driver = x if isinstance(x, tuple) else (x, x)
        actor, driver = np.asarray(actor), np.roll(np.asarray(driver), -1, axis=0)
        return Trial(actor, self.driven(actor, driver), actor, driver=driver)

    def driven(self, x, driver) -> np.ndarray:
        """All of these actors, each by the driver in its place."""
        return in_parts(self, x, driver)

    def signatures(self):
        inputs = {
            "x": data_spec(self.data_shape, "the actor: whose face it is to be"),
            "driver": data_spec(self.data_shape, "whose expression it is to have"),
        }
        image = data_spec(self.data_shape, "the actor with that expression")
        return {"translate": Signature(self.translate, inputs, {"image": image})}

    @classmethod
    def small(cls):
        shape = (8, 8, 1)
        return {
            "plain": lambda: cls(
                reenactment.generator(shape, 2, 2, 2),
                pix2pix.discriminator(shape, 1, 2, 1),
            )
        }


def next_rows(x):
    """For each row of the whole batch the next one, behind the last the first."""
    mine = first_row(x) + tf.range(tf.shape(x)[0])
    every = whole_batch(x)
    return tf.gather(every, (mine + 1) % tf.shape(every)[0])
