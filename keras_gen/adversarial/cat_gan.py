"""CatGAN: a discriminator that sorts into categories without labels.

The discriminator gives a law p(k | x) over K categories. Of real examples it should be
sure, and use all categories; of generated ones it should not know. The generator wants
the opposite for its own. With the entropy H,

    max_D   H[ E_x p(. | x) ]  -  E_x H[ p(. | x) ]  +  E_z H[ p(. | G(z)) ]
    min_G   E_z H[ p(. | G(z)) ]  -  H[ E_z p(. | G(z)) ]

The first two terms are the mutual information of example and category. The laws in the
middle, E p, are means over the whole batch. Categories tend to become the classes.

Reference: Springenberg, Unsupervised and Semi-supervised Learning with Categorical
Generative Adversarial Networks (arXiv:1511.06390), equations 7 to 9.
Not here: the cross entropy of examples with labels (improved_gan.py learns from some).
"""

import math
from collections.abc import Callable

import keras
import tensorflow as tf

from keras_gen.adversarial.ac_gan import logits_spec
from keras_gen.adversarial.gan import GAN
from keras_gen.arguments import Count, Decay
from keras_gen.networks import mlp
from keras_gen.parts.penalties import Penalty
from keras_gen.signatures import Spec
from keras_gen.training.distribute import whole_batch


def entropies(logits):
    """H of each example's law, in nats."""
    return -tf.reduce_sum(tf.nn.softmax(logits) * tf.nn.log_softmax(logits), -1)


def entropy_of_mean(logits):
    """H of the mean law of the whole batch."""
    p = tf.reduce_mean(whole_batch(tf.nn.softmax(logits)), 0)
    return -tf.reduce_sum(tf.math.xlogy(p, p))


@keras.saving.register_keras_serializable("keras_gen")
class CatGAN(GAN):
    """A generator, and a discriminator that sorts.

    Args:
        generator: network from latents to examples.
        discriminator: network from examples to the logits of the categories.
        critic_steps, penalty, constraint, average: as of a GAN.

    Example:
        >>> model = CatGAN(mlp.generator(16, (8, 8, 1)), mlp.encoder((8, 8, 1), 10))
        >>> model.compile("adam")
        >>> history = model.fit(data.load("digits").take(4), verbose=0)
        >>> model.discriminate(model.sample(3, seed=1))["logits"].shape
        TensorShape([3, 10])
    """

    hands_on = False  # what is not named here is no choice

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        critic_steps: Count | Callable = 1,
        penalty: Penalty | None = None,
        constraint: Callable | None = None,
        average: Decay = 0.0,
        **kwargs,
    ):
        super().__init__(
            generator,
            discriminator,
            critic_steps=critic_steps,
            penalty=penalty,
            constraint=constraint,
            average=average,
            **kwargs,
        )

    def pure(self):
        return {}  # another game

    @property
    def stakes(self):
        """Of K categories -2 log K, and -log K where real and generated look alike."""
        most = math.log(self.discriminator.output_shape[-1])
        return -2 * most, -most

    def scored(self, says):
        """Minus the entropy: how sure it is of the category."""
        return -entropies(says)

    def discriminator_terms(self, real, fake, z):
        sure = tf.reduce_mean(entropies(real)) - entropy_of_mean(real)
        return sure - tf.reduce_mean(entropies(fake))

    def generator_terms(self, real, fake, z):
        return tf.reduce_mean(entropies(fake)) - entropy_of_mean(fake)

    def discriminate(self, x):
        """How sure it is of each example, and the logits of the categories."""
        logits = self.judge(x)
        return {"score": -entropies(logits), "logits": logits}

    def sort(self, x):
        """The most probable category of each example."""
        return tf.argmax(self.judge(x), -1)

    def score_spec(self):
        return Spec((), "logits", "minus the entropy of the category")

    def signatures(self):
        signatures = super().signatures()
        kinds = self.discriminator.output_shape[-1]
        signatures["discriminate"].outputs["logits"] = logits_spec(kinds)
        return signatures

    @classmethod
    def small(cls):
        return {
            "plain": lambda: cls(
                mlp.generator(2, (4, 4, 1), 8, 1),
                mlp.encoder((4, 4, 1), 3, 8, 1, "tanh"),
            )
        }
