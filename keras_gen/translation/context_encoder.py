"""Context encoder: a hole is filled so that the whole could be real.

A network sees the known pixels and which ones they are, and draws; its drawing counts
in the hole H alone, y = (1 - H) x + H G((1 - H) x, H). A squared error by itself gives
the mean of all fillings that are possible; a critic, who sees the filled image, asks
for one of them:

    L_G = (1 - w) E |H (x - y)|^2 / |H|  +  w E[ -log D(y) ]
    L_D = 1/2 E[ -log D(x) ]  +  1/2 E[ -log(1 - D(y)) ]

w = .001 is the paper's. What is known comes back bit for bit, and has no gradient.

Reference: Pathak et al., Context Encoders: Feature Learning by Inpainting
(arXiv:1604.07379).
Not here: the wider border of the hole, on which the paper's error counts ten times.
"""

from typing import Annotated

import keras
import tensorflow as tf

from keras_gen.arguments import within
from keras_gen.errors import BadInput
from keras_gen.networks import pix2pix
from keras_gen.noise import draw
from keras_gen.parts import Part
from keras_gen.parts.losses import Objective, objective
from keras_gen.parts.masks import Rectangle
from keras_gen.parts.reconstruction import per_example
from keras_gen.signatures import Signature, Spec, data_spec
from keras_gen.translation.base import Translator
from keras_gen.trial import Trial, in_parts


@keras.saving.register_keras_serializable("keras_gen")
class ContextEncoder(Translator):
    """Two players: one fills holes, the other looks at the filled images.

    Args:
        generator: network from an image and its mask, as one more channel that is 1
            where the image is known, to an image in [0, 1].
        discriminator: network from an image to scores, one or a map.
        holes: one of `keras_gen.parts.masks`.
        adversarial: w, the share of the game in what the generator descends.
        loss: a name in `losses.LOSSES`, or an object like those.

    Example:
        >>> from keras_gen.parts.masks import Rectangle
        >>> model = ContextEncoder(
        ...     pix2pix.generator((8, 8, 2), 1, 8, 2),
        ...     pix2pix.discriminator((8, 8, 1), width=8, strides=1),
        ...     Rectangle(),
        ... )
        >>> model.compile("adam")
        >>> history = model.fit(data.load("digits"), epochs=1, verbose=0)
        >>> x, known = data.arrays("digits", "test"), np.ones((300, 8, 8, 1), "float32")
        >>> bool((model.inpaint(x, known)["image"].numpy() == x).all())
        True
    """

    reports = ("discriminator_loss", "generator_loss", "squared_error")
    metrics_of = "examples and what their holes are filled with"

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        holes: Part,
        adversarial: Annotated[float, within("[0, 1)")] = 0.001,
        loss: Objective = "non_saturating",
        **kwargs,
    ):
        made, seen = generator.output_shape[1:], generator.input_shape[1:]
        judged = discriminator.input_shape[1:]
        if seen != (*made[:-1], made[-1] + 1) or judged != made:
            raise BadInput(
                f"the generator makes images of shape {made}, so it takes these with "
                f"one more channel for the mask, and the discriminator takes these; "
                f"they take {seen} and {judged}."
            )
        super().__init__(made, **kwargs)
        self.generator = generator
        self.discriminator = discriminator
        self.holes = holes
        self.adversarial = adversarial
        self.loss = loss
        self.objective = objective(loss)
        self.noise_shape = holes.noise_shape(self.data_shape)

    def fill(self, x, hole, training=False):
        """`x` with a drawing in the hole; what `x` is there is not read."""
        seen = tf.where(hole > 0.5, 0.0, tf.cast(x, "float32"))
        drawn = self.generator(tf.concat([seen, 1.0 - hole], -1), training=training)
        return tf.where(hole > 0.5, tf.cast(drawn, "float32"), x)

    def judge(self, x, training=False):
        return tf.cast(self.discriminator(x, training=training), "float32")

    # Training.

    def task(self, data, training):
        """Images, and where their holes are."""
        x, _ = self.unpack(data)
        noise = self.noise("uniform", tf.shape(x)[0], self.noise_shape, training)
        hole = self.holes(noise, self.data_shape)
        self.compare(x, lambda: self.fill(x, hole))
        return x, hole

    def discriminator_loss(self, x, hole, training=False):
        filled = self.fill(x, hole, training)
        real, fake = (self.judge(y, training) for y in (x, filled))
        return 0.5 * self.objective.discriminator(real, fake)

    def generator_loss(self, x, hole, training=False):
        """What the generator descends, and the squared error of each image's hole."""
        filled = self.fill(x, hole, training)
        fake = self.judge(filled, training)
        game = self.objective.generator(lambda: self.judge(x, training), fake)
        error = per_example((x - filled) ** 2, hole)
        w = self.adversarial
        return (1 - w) * tf.reduce_mean(error) + w * game, error

    # Use.

    def call(self, x, known):
        return self.inpaint(x, known)["image"]

    def inpaint(self, x, known):
        """`x` with new pixels where `known` is not 1; exported as "reconstruct"."""
        return {"image": self.fill(x, tf.where(known > 0.5, 0.0, 1.0))}

    def trial(self, x, seed: int = 0) -> Trial:
        """It fills the holes of `seed`, which are shown grey."""
        noise = draw("uniform", (len(x), *self.noise_shape), seed)
        hole = self.holes(noise, self.data_shape)
        given = tf.where(hole > 0.5, 0.5, x).numpy()
        return Trial(given, in_parts(self.fill, x, hole), x, where=hole.numpy())

    def signatures(self):
        x = data_spec(self.data_shape, "image; what it holds in the hole is not read")
        known = Spec(
            (*self.data_shape[:2], 1),
            "mask",
            "1 where the image is known, 0 in the hole",
            range=(0.0, 1.0),
        )
        filled = data_spec(self.data_shape, "the image, its hole filled")
        both = {"x": x, "known": known}
        return {"reconstruct": Signature(self.inpaint, both, {"image": filled})}

    @classmethod
    def small(cls):
        return {
            "plain": lambda: cls(
                pix2pix.generator((4, 4, 2), 1, 4, 2),
                pix2pix.discriminator((4, 4, 1), width=2, strides=1),
                Rectangle(),
            )
        }
