"""pix2pix: a translation learned from pairs of images.

A generator makes the target y of the source x; a discriminator sees both, and says of
each patch whether it is a true pair. What is right on the whole the L1 distance says,
what is sharp the game:

    min_G max_D   E[ log D(y, x) ]  +  E[ log(1 - D(G(x), x)) ]  +  w E |2y - 2G(x)|_1

The absolute error is a mean over all values; w = 100 is the paper's, whose images are
in [-1, 1], hence the 2. The discriminator's loss is halved, as in the paper, so that
it learns more slowly than the generator.

Pairs come with the data, or are made of the targets: a view (`keras_gen.parts.views`)
shows of each image its edges, its greys or its coarse form. Or a teacher makes the
targets of the sources: a small generator learns to do what a large one does, also one
that has learned without pairs.

Reference: Isola et al., Image-to-Image Translation with Conditional Adversarial
Networks (arXiv:1611.07004).
Not here: dropout where the translator is used; then it is noise, and one source has
several translations.
"""

import keras
import numpy as np
import tensorflow as tf

from keras_gen.arguments import NotNegative
from keras_gen.errors import BadInput
from keras_gen.networks import pix2pix
from keras_gen.parts import Part
from keras_gen.parts.losses import Objective, objective
from keras_gen.parts.reconstruction import absolute
from keras_gen.parts.views import Grey
from keras_gen.signatures import Signature, data_spec
from keras_gen.translation.base import Translator
from keras_gen.trial import Trial, in_parts


@keras.saving.register_keras_serializable("keras_gen")
class Pix2Pix(Translator):
    """Two players: a translator of images, and a critic of pairs.

    Args:
        generator: network from a source to a target, both in [0, 1].
        discriminator: network from a target and its source to scores, one or a map.
        view: makes the source of a target; None for data that come as pairs
            (source, target).
        l1: w, the weight of the absolute error.
        loss: a name in `losses.LOSSES`, or an object like those.
        teacher: a trained translator, whose translations are the targets. It is not
            saved with this one, which does not need it any more.

    Example:
        >>> model = Pix2Pix(
        ...     pix2pix.generator((28, 28, 1), 1, 8, 2),
        ...     pix2pix.discriminator((28, 28, 1), 1, 8, 1),
        ...     views.Coarse(4),
        ... )
        >>> model.compile(keras.optimizers.Adam(2e-4, beta_1=0.5))
        >>> history = model.fit(data.load("glyphs", batch=16).take(4), verbose=0)
        >>> coarse = views.Coarse(4)(data.arrays("glyphs", "test")[:2])
        >>> model.translate(coarse)["image"].shape
        TensorShape([2, 28, 28, 1])
    """

    reports = ("discriminator_loss", "generator_loss", "l1")
    metrics_of = "targets and translations"

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        view: Part | None = None,
        l1: NotNegative = 100.0,
        loss: Objective = "non_saturating",
        teacher: Translator | None = None,
        **kwargs,
    ):
        self.source_shape = generator.input_shape[1:]
        self.target_shape = generator.output_shape[1:]
        super().__init__(self.target_shape if view else self.source_shape, **kwargs)
        if view and tuple(view.shape(self.target_shape)) != self.source_shape:
            raise BadInput(
                f"the generator takes images of shape {self.source_shape}, and "
                f"{type(view).__name__} shows {view.shape(self.target_shape)} of "
                f"targets of shape {self.target_shape}; build it for these."
            )
        judged = [tuple(x.shape[1:]) for x in discriminator.inputs]
        if judged != [self.target_shape, self.source_shape]:
            raise BadInput(
                "the discriminator takes a target and its source, "
                f"{self.target_shape} and {self.source_shape}; it has inputs {judged}."
            )
        self.generator = generator
        self.discriminator = discriminator
        self.view = view
        self.l1 = l1
        self.loss = loss
        self.objective = objective(loss)
        self.other_shape = None if view or teacher else self.target_shape
        object.__setattr__(self, "teacher", teacher)  # its weights are not ours
        if teacher is not None:
            does = teacher.signatures()["translate"]
            takes = {name: tuple(spec.shape) for name, spec in does.inputs.items()}
            makes = tuple(does.outputs["image"].shape)
            if (takes, makes) != ({"x": self.source_shape}, self.target_shape):
                raise BadInput(
                    f"the teacher makes images of shape {makes} of {takes}; the "
                    f"generator makes {self.target_shape} of {self.source_shape}."
                )

    def get_config(self):
        return {**super().get_config(), "teacher": None}

    @property
    def called_with(self):
        return "sources", self.source_shape

    # Training.

    def _learns_from(self):
        return (
            "without a view learns from pairs: give `fit` sources and targets, or the "
            "model a view, such as keras_gen.views.Grey()."
        )

    def task(self, data, training):
        """A source and its target: the data's own, or a target and its view."""
        source, target = self.pair(data)
        if self.view is not None:
            source, target = self.view(source), source
        if self.teacher is not None:
            target = tf.stop_gradient(self.teacher.translate(source)["image"])
        self.compare(target, lambda: self(source))
        return source, target

    def judge(self, target, source, training=False):
        says = self.discriminator([target, source], training=training)
        return tf.cast(says, "float32")

    def discriminator_loss(self, source, target, training=False):
        made = self.generator(source, training=training)
        real, fake = (self.judge(y, source, training) for y in (target, made))
        return 0.5 * self.objective.discriminator(real, fake)

    def generator_loss(self, source, target, training=False):
        """What the generator descends, and the absolute error of each image."""
        made = self.generator(source, training=training)
        fake = self.judge(made, source, training)
        game = self.objective.generator(
            lambda: self.judge(target, source, training), fake
        )
        error = absolute(tf.cast(made, "float32"), target)
        return game + self.l1 * 2 * tf.reduce_mean(error), error

    # Use.

    def call(self, x, training=False):
        return tf.cast(self.generator(x, training=training), "float32")

    def translate(self, x):
        return {"image": self(x)}

    def trial(self, x, seed: int = 0) -> Trial:
        """It makes `x` again of what its view shows; of pairs, the targets.

        What a teacher makes of the same, if it has one, is what is wanted.
        """
        if self.view is not None:
            source = self.view(tf.convert_to_tensor(x))
            called = f"what {type(self.view).__name__} shows"
        elif isinstance(x, (tuple, list)) and len(x) == 2:
            (source, x), called = x, "the source as it is"
        elif self.teacher is not None:
            source, called = x, "the source as it is"
        else:
            raise BadInput(
                "a trial of a model without a view is of pairs: give (source, target)."
            )
        if self.teacher is not None:
            x = in_parts(lambda part: self.teacher.translate(part)["image"], source)
        made, given = in_parts(self, source), np.asarray(source)
        if given.shape[-1] == 1:
            given = np.broadcast_to(given, made.shape)
        return Trial(given, made, np.asarray(x), called=called)

    def signatures(self):
        x = data_spec(self.source_shape, "image to translate")
        image = data_spec(self.target_shape, "its translation")
        return {"translate": Signature(self.translate, {"x": x}, {"image": image})}

    @classmethod
    def small(cls):
        return {
            "plain": lambda: cls(
                pix2pix.generator((4, 4, 1), 1, 2, 2),
                pix2pix.discriminator((4, 4, 1), 1, 2, 1),
                Grey(),
            )
        }
