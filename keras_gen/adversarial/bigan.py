"""BiGAN and ALI: a GAN with an encoder, whose discriminator judges pairs.

An encoder E goes the way back of the generator G, and one discriminator looks at an
example together with its latent. It has to tell pairs that began with an example from
pairs that began with a latent:

    min_(G,E) max_D   E_x[ log D(x, E(x)) ]  +  E_z[ log(1 - D(G(z), z)) ]

Against the best discriminator this is again 2 JSD - log 4, now between the two *joint*
laws, and they are the same only where G and E invert each other. Nothing compares an
example with its reconstruction.

In BiGAN the encoder is a function. In ALI it is a law, a Gaussian z ~ q(z | x), and
everything else is the same; which one is meant is told by how many numbers the encoder
gives. Both sides of the game depend on the pair (G, E), so both are in its loss, which
is the discriminator's with the two kinds exchanged:

    - E_z[ log D(G(z), z) ]  -  E_x[ log(1 - D(x, E(x))) ]

References: Donahue, Krahenbuhl & Darrell, Adversarial Feature Learning
(arXiv:1605.09782); Dumoulin et al., Adversarially Learned Inference (arXiv:1606.00704).
Not here: a generator that is a law, too; the value of the game itself as the pair's
loss, which saturates; a moving average.
"""

import math
from collections.abc import Callable

import keras
import tensorflow as tf

from keras_gen.adversarial.gan import GAN
from keras_gen.arguments import Count
from keras_gen.errors import BadInput
from keras_gen.networks import mlp
from keras_gen.parts.losses import MMD, Objective
from keras_gen.parts.penalties import R1, Penalty
from keras_gen.signatures import Signature, Spec, data_spec


@keras.saving.register_keras_serializable("keras_gen")
class BiGAN(GAN):
    """Two players: generator with encoder, and a discriminator of pairs.

    Args:
        generator: network from latents to examples (images in [0, 1]).
        encoder: network from examples to `latent_dim` numbers, the latent itself
            (BiGAN), or to twice as many, means and raw scales of a Gaussian (ALI).
        discriminator: network from an example and a latent to a score.
        loss, critic_steps, penalty, constraint: as of a GAN. What a penalty calls an
            example is the whole pair, as one vector.

    Example:
        >>> model = BiGAN(
        ...     mlp.generator(4, (8, 8, 1)),
        ...     mlp.encoder((8, 8, 1), 2 * 4),
        ...     mlp.joint((8, 8, 1), 4),
        ... )
        >>> model.compile("adam")
        >>> history = model.fit(data.load("digits").take(4), verbose=0)
        >>> model.reconstruct(model.sample(3, seed=1))["image"].shape
        TensorShape([3, 8, 8, 1])
    """

    hands_on = False  # what is not named here is no choice

    def __init__(
        self,
        generator: keras.Model,
        encoder: keras.Model,
        discriminator: keras.Model,
        loss: Objective = "non_saturating",
        critic_steps: Count | Callable = 1,
        penalty: Penalty | None = None,
        constraint: Callable | None = None,
        **kwargs,
    ):
        super().__init__(
            generator,
            discriminator,
            loss,
            critic_steps,
            penalty,
            constraint,
            **kwargs,
        )
        d = self.latent_dim
        judged = [tuple(i.shape[1:]) for i in discriminator.inputs]
        if judged != [self.data_shape, (d,)]:
            raise BadInput(
                f"the discriminator takes pairs of shapes {self.data_shape} and "
                f"{(d,)}, an example and a latent; this one takes "
                f"{', '.join(map(str, judged))}."
            )
        seen, made = encoder.input_shape[1:], encoder.output_shape[1:]
        if seen != self.data_shape or made not in ((d,), (2 * d,)):
            raise BadInput(
                f"the encoder goes from {self.data_shape} to {d} numbers, or to "
                f"{2 * d} if it is a law; this one goes from {seen} to {made}."
            )
        if isinstance(self.objective, MMD):
            raise BadInput(
                "the pair's loss is the discriminator's with the two kinds exchanged, "
                "and a distance stays the same then; choose another loss than mmd."
            )
        self.encoder = encoder
        self.stochastic = made == (2 * d,)
        self.pair = _Pair(generator, encoder)
        self.judged_shape = (math.prod(self.data_shape) + d,)

    def players(self):
        return {"generator": self.pair, "discriminator": self.discriminator}

    def pure(self):
        """The game is a GAN's, about pairs, and to both players it is the same."""
        return dict.fromkeys(self.reports, "discriminator")

    # Pairs.

    def posterior(self, x, training=False):
        """Mean and standard deviation of q(z | x)."""
        numbers = tf.cast(self.encoder(x, training=training), "float32")
        if not self.stochastic:
            return numbers, tf.zeros_like(numbers)
        mean, raw = tf.split(numbers, 2, axis=-1)
        return mean, tf.nn.softplus(raw)

    def join(self, x, z):
        """Pairs of an example and a latent, as vectors."""
        x = tf.reshape(tf.cast(x, "float32"), (-1, math.prod(self.data_shape)))
        return tf.concat([x, z], axis=-1)

    def told(self, pairs):
        """What the discriminator's inputs are."""
        x, z = tf.split(pairs, [-1, self.latent_dim], axis=-1)
        return [tf.reshape(x, (-1, *self.data_shape)), z]

    def make(self, z, training=False):
        """Pairs that began with a latent."""
        return self.join(self.generator(z, training=training), z)

    def sides(self, x, noise, training):
        """Pairs that began with an example; and the latents that others begin with."""
        z, own = noise[:, : self.latent_dim], noise[:, self.latent_dim :]
        mean, stddev = self.posterior(x, training)
        return self.join(x, mean + stddev * own if self.stochastic else mean), z

    def latents(self, x, training=True):
        """Of the prior, and behind them the noise of an encoder that is a law."""
        numbers = self.latent_dim * (2 if self.stochastic else 1)
        return self.noise("normal", tf.shape(x)[0], (numbers,), training)

    # The game.

    def discriminator_loss(self, x, z, noise=None, training=False):
        pairs, z = self.sides(x, z, training)
        return super().discriminator_loss(pairs, z, noise, training)

    def generator_loss(self, x, z, training=False):
        pairs, z = self.sides(x, z, training)
        return super().generator_loss(pairs, z, training)

    def generator_terms(self, real, fake, z):
        return self.objective.discriminator(fake, real())

    # Use.

    def call(self, z):
        return self.generator(z)

    def encode(self, x):
        mean, stddev = self.posterior(x)
        return {"mean": mean, "stddev": stddev} if self.stochastic else {"z": mean}

    def reconstruct(self, x):
        return self.generate(self.posterior(x)[0])

    def discriminate(self, x, z):
        """The score of each pair."""
        return {"score": self.score(self.join(x, z))}

    def signatures(self):
        signatures = super().signatures()
        d = (self.latent_dim,)
        code = {"z": Spec(d, "latent", "latent of an example")}
        guess = {
            "mean": Spec(d, "latent", "mean of the posterior q(z | x)"),
            "stddev": Spec(d, "latent", "standard deviation of q(z | x)"),
        }
        x = data_spec(self.data_shape, "example to look at")
        if "discriminate" in signatures:
            signatures["discriminate"].inputs.update(code)
        return {
            **signatures,
            "encode": Signature(
                self.encode, {"x": x}, guess if self.stochastic else code
            ),
            "reconstruct": Signature(
                self.reconstruct, {"x": x}, signatures["generate"].outputs
            ),
        }

    @classmethod
    def small(cls):
        def made(codes, **options):
            return cls(
                mlp.generator(2, (4, 4, 1), 8, 1),
                mlp.encoder((4, 4, 1), codes, 8, 1, "tanh"),
                mlp.joint((4, 4, 1), 2, 1, 8, 1),
                **options,
            )

        return {"plain": lambda: made(2, penalty=R1(0.1)), "law": lambda: made(2 * 2)}


class _Pair(keras.Model):
    """Two networks as one player."""

    def __init__(self, generator, encoder):
        super().__init__()
        self.generator = generator
        self.encoder = encoder
        self.built = True
