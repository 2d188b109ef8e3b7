"""InfoGAN.

Part of the latent is a code c, which the generator must not ignore: a category, and
numbers in [-1, 1]. The mutual information I(c; G(z, c)) is bounded from below by
anybody who guesses the code from the example, here Q:

    L_I  =  E[ log Q(c | G(z, c)) ] + H(c)  <=  I(c; G(z, c))
    min_{G,Q} max_D   V(D, G) - lambda L_I

Nobody says what the code should mean; categories tend to become the classes.

Q is the discriminator's body with outputs of its own. Of the discriminator's numbers
the first is the score, the next are the logits of the category, the last the means of
the numbers, of which Q is a normal law with standard deviation 1. As in the authors'
code, L_I is in the losses of both players, and Q belongs to the discriminator's.

    H(c) = log categories + codes log 2

Reference: Chen et al., InfoGAN (arXiv:1606.03657), equations 5 and 6.
Not here: several categories; a layer of Q's own before its outputs.
"""

import math

import keras
import tensorflow as tf

from keras_gen.adversarial.gan import GAN
from keras_gen.arguments import Annotated, CountFrom0, NotNegative, within
from keras_gen.errors import BadInput
from keras_gen.networks import mlp
from keras_gen.signatures import Signature, Spec, label_spec


@keras.saving.register_keras_serializable("keras_gen")
class InfoGAN(GAN):
    """A GAN with a code that can be read from its examples.

    Args:
        generator: network from latents, of which the last `categories + codes` numbers
            are the code.
        discriminator: network from examples to `1 + categories + codes` numbers.
        categories: how many values the category has.
        codes: how many numbers in [-1, 1] the code has besides.
        weight: lambda.
        loss, critic_steps, penalty, constraint, average: as of a GAN.

    Example:
        >>> generator = mlp.generator(16 + 10 + 2, (8, 8, 1))
        >>> critic = mlp.encoder((8, 8, 1), 1 + 10 + 2)
        >>> model = InfoGAN(generator, critic, categories=10, codes=2)
        >>> model.compile("adam")
        >>> history = model.fit(data.load("digits").take(4), verbose=0)
        >>> model.sample(3, seed=1, category=4).shape
        (3, 8, 8, 1)
    """

    reports = (*GAN.reports, "game")

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        categories: Annotated[int, within("[2, 65536]")],
        codes: CountFrom0 = 0,
        weight: NotNegative = 1.0,
        **options,
    ):
        super().__init__(generator, discriminator, **options)
        self.categories = categories
        self.codes = codes
        self.weight = weight
        size = categories + codes
        self.latent_dim -= size
        if self.latent_dim < 1:
            raise BadInput(
                f"the code has {size} numbers and the generator takes "
                f"{self.latent_dim + size}: it needs more, for what no code tells."
            )
        if discriminator.output_shape != (None, 1 + size):
            raise BadInput(
                f"the discriminator gives a score, {categories} logits and {codes} "
                f"means, {1 + size} numbers; its output shape is "
                f"{discriminator.output_shape}."
            )

    # The code.

    def latent(self, z, category, code):
        """What the generator takes, of noise; `code` is uniform on [0, 1)."""
        category = tf.one_hot(category, self.categories)
        return tf.concat([z, category, 2 * code - 1], axis=-1)

    def latents(self, x, training=True):
        z = super().latents(x, training)
        uniform = self.noise("uniform", tf.shape(x)[0], (1 + self.codes,), training)
        category = tf.cast(uniform[:, 0] * self.categories, "int32")
        return self.latent(z, category, uniform[:, 1:])

    def information(self, says, z):
        """L_I in nats, of what Q says of the examples of the latents `z`."""
        _, category, code = tf.split(z, self._parts(self.latent_dim), axis=-1)
        _, logits, means = tf.split(says, self._parts(1), axis=-1)
        log_q = tf.reduce_sum(category * tf.nn.log_softmax(logits), -1)
        log_q -= 0.5 * tf.reduce_sum(tf.square(code - means), -1)
        log_q -= 0.5 * self.codes * math.log(2 * math.pi)
        entropy = math.log(self.categories) + self.codes * math.log(2)
        return tf.reduce_mean(log_q) + entropy

    def _parts(self, first):
        return [first, self.categories, self.codes]

    # The game.

    def pure(self):
        return {"game": "discriminator"}

    def scored(self, says):
        return says[:, :1]

    def discriminator_terms(self, real, fake, z):
        return self.game(real, fake) - self.weight * self.information(fake, z)

    def generator_terms(self, real, fake, z):
        game = super().generator_terms(real, fake, z)
        return game - self.weight * self.information(fake, z)

    # Use.

    def generate(self, z, category, code=None):
        code = tf.zeros_like(z[:, :0]) if code is None else code
        return super().generate(self.latent(z, category, code))

    def encode(self, x):
        """Q(c | x): probabilities of the category, and means of the numbers."""
        _, logits, means = tf.split(self.judge(x), self._parts(1), axis=-1)
        code = {"category": tf.nn.softmax(logits)}
        return code | ({"code": means} if self.codes else {})

    def sort(self, x):
        """The most probable category of each example."""
        return tf.argmax(self.encode(x)["category"], -1)

    def score_spec(self):
        return Spec((1,), "logits", "score of the critic, high for real examples")

    def signatures(self):
        signatures = super().signatures()
        category = label_spec(self.categories, "category of the code")
        code = Spec((self.codes,), "latent", "code in [0, 1)", law="uniform")
        x = signatures["discriminate"].inputs["x"]
        guess = {
            "category": Spec(
                (self.categories,), "latent", "their probabilities", range=(0.0, 1.0)
            )
        }
        signatures["generate"].inputs["category"] = category
        if self.codes:
            signatures["generate"].inputs["code"] = code
            guess["code"] = Spec((self.codes,), "latent", "means, in [-1, 1]")
        signatures["encode"] = Signature(self.encode, {"x": x}, guess)
        return signatures

    @classmethod
    def small(cls):
        return {
            "plain": lambda: cls(
                mlp.generator(2 + 3 + 1, (4, 4, 1), 8, 1),
                mlp.encoder((4, 4, 1), 1 + 3 + 1, 8, 1, "tanh"),
                categories=3,
                codes=1,
            )
        }
