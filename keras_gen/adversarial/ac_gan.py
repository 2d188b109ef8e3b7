"""Auxiliary classifier GAN.

The generator is told the label; the discriminator is not, and has to name it, besides
saying whether the example is real:

    both players lower   L_C = - E[ log q(y | x) ] - E[ log q(y | G(z, y)) ]

next to the losses of their game, each as far as it can: the discriminator learns the
classes of real and of generated examples, the generator makes examples whose class is
plain to see. That rewards typical examples of a class, and it may lose diversity that
a conditional GAN keeps.

The second term lets the players agree on classes of their own, for both lower it by
any sign of the label in a generated example. With many classes this happened here; the
discriminator is then better left without it (`learns_fakes`), and asked by a generator
for the classes of real examples alone.

The scores and the classes share the discriminator: its first output is the score, the
others are the logits of q.

Reference: Odena, Olah & Shlens, Conditional Image Synthesis with Auxiliary Classifier
GANs (arXiv:1610.09585), equations 2 and 3.
Not here: its hundred models of ten classes each.
"""

import keras
import tensorflow as tf

from keras_gen.adversarial.conditional_gan import ConditionalGAN
from keras_gen.arguments import Count, NotNegative
from keras_gen.errors import BadInput
from keras_gen.networks import labelled, mlp
from keras_gen.signatures import Spec


def surprise(logits, label):
    """Mean of -log q(label), in nats."""
    nats = tf.nn.sparse_softmax_cross_entropy_with_logits(label, logits)
    return tf.reduce_mean(nats)


@keras.saving.register_keras_serializable("keras_gen")
class ACGAN(ConditionalGAN):
    """A generator that is told the label, and a discriminator that has to name it.

    Args:
        generator: network from a latent and a label to an example.
        discriminator: network from an example to `1 + classes` numbers.
        classes: how many labels there are, from 0 on.
        weight: of L_C, in the losses of both players.
        learns_fakes: whether the discriminator learns the classes of generated
            examples, too, as published.
        loss, critic_steps, penalty, constraint, average: as of a GAN.

    Example:
        >>> generator = labelled.told(mlp.generator(8 + 10, (8, 8, 1)), 10)
        >>> model = ACGAN(generator, mlp.encoder((8, 8, 1), 1 + 10), classes=10)
        >>> model.compile("adam")
        >>> digits = data.load("digits", labels="class")
        >>> history = model.fit(digits.take(4), verbose=0)
        >>> model.discriminate(model.sample(3, seed=1, label=7))["logits"].shape
        TensorShape([3, 10])
    """

    told_players = ("generator",)
    reports = (*ConditionalGAN.reports, "game")

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        classes: Count,
        weight: NotNegative = 1.0,
        learns_fakes: bool = True,
        **options,
    ):
        super().__init__(generator, discriminator, classes, **options)
        self.weight, self.learns_fakes = weight, learns_fakes
        if discriminator.output_shape != (None, 1 + classes):
            raise BadInput(
                f"the discriminator gives a score and the logits of {classes} classes, "
                f"{1 + classes} numbers; its output shape is "
                f"{discriminator.output_shape}."
            )

    def judge(self, x, training=False, label=None):
        """Score and logits; which label an example should have is not told."""
        return tf.cast(self.discriminator(x, training=training), "float32")

    def pure(self):
        return {"game": "discriminator"}

    def scored(self, says):
        return says[:, :1]

    def discriminator_terms(self, real, fake, z, label):
        classes = surprise(real[:, 1:], label)
        if self.learns_fakes:
            classes += surprise(fake[:, 1:], label)
        return self.game(real, fake) + self.weight * classes

    def generator_terms(self, real, fake, z, label):
        game = super().generator_terms(real, fake, z)
        return game + self.weight * surprise(fake[:, 1:], label)

    def discriminate(self, x):
        """The score of each example, and the logits of its classes."""
        score, logits = tf.split(self.judge(x), [1, self.classes], axis=-1)
        return {"score": score, "logits": logits}

    def score_spec(self):
        return Spec((1,), "logits", "score of the critic, high for real examples")

    def signatures(self):
        signatures = super().signatures()
        discriminate = signatures["discriminate"]
        del discriminate.inputs["label"]
        discriminate.outputs["logits"] = logits_spec(self.classes)
        return signatures

    @classmethod
    def small(cls):
        return {
            "plain": lambda: cls(
                labelled.told(mlp.generator(2 + 3, (4, 4, 1), 8, 1), 3),
                mlp.encoder((4, 4, 1), 1 + 3, 8, 1, "tanh"),
                classes=3,
            )
        }


def logits_spec(classes: int) -> Spec:
    """The `Spec` of what a discriminator says of an example's class."""
    return Spec((classes,), "logits", "logits of the classes")
