"""Generative adversarial network.

A generator turns noise into examples, x = G(z); a discriminator D says how real an
example looks. They play

    min_G max_D   E_x[ log D(x) ]  +  E_z[ log(1 - D(G(z))) ]

by k steps of the discriminator for each step of the generator. Against the best
discriminator, p_data / (p_data + p_G), the game's value is 2 JSD(p_data, p_G) - log 4,
so its only equilibrium is p_G = p_data, where both logits are zero.

Many later systems are this game with another loss, a penalty or a constraint on the
discriminator (then called a critic), and another k. These are parts, to be combined:

    GAN(g, d, loss="wasserstein", penalty=GradientPenalty(10.0), critic_steps=5)

Reference: Goodfellow et al., Generative Adversarial Networks (arXiv:1406.2661).
Not here: a fresh minibatch of data for each of the k steps, as in the paper's
Algorithm 1; the k steps share the batch that `fit` gives, each with fresh noise.
"""

import functools
from collections.abc import Callable

import keras
import tensorflow as tf

from keras_gen.arguments import Count, Decay
from keras_gen.errors import BadInput
from keras_gen.model import GenerativeModel
from keras_gen.networks import dcgan, mlp
from keras_gen.parts.constraints import ClipWeights
from keras_gen.parts.losses import MMD, Objective, objective
from keras_gen.parts.penalties import R1, GradientPenalty, Penalty
from keras_gen.parts.schedules import CriticSchedule
from keras_gen.signatures import Signature, Spec, data_spec
from keras_gen.training.averaging import adapted, follow, slow_copy


@keras.saving.register_keras_serializable("keras_gen")
class GAN(GenerativeModel):
    """Two players: a generator of examples and a discriminator that scores them.

    Args:
        generator: network from latents to examples (images in [0, 1]).
        discriminator: network from examples to scores, logits with most losses.
        loss: a name in `losses.LOSSES`, or an object like those.
        critic_steps: k, the discriminator's steps for each of the generator's: a
            number, or a function of the generator's steps from `schedules`.
        penalty: what is added to the discriminator's loss, from `penalties`.
        constraint: what holds for its weights after each update, from `constraints`.
        average: decay of a moving average of the generator's weights, which then is
            what samples and exports; 0 keeps none.

    Example:
        >>> shape = (28, 28, 1)
        >>> model = GAN(dcgan.generator(64, shape, 8), dcgan.discriminator(shape, 8))
        >>> model.compile(keras.optimizers.Adam(2e-4, beta_1=0.5))
        >>> history = model.fit(data.load("glyphs", batch=16).take(4), verbose=0)
        >>> model.sample(16, seed=1).shape
        (16, 28, 28, 1)
    """

    reports = ("discriminator_loss", "generator_loss")

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        loss: Objective = "non_saturating",
        critic_steps: Count | Callable = 1,
        penalty: Penalty | None = None,
        constraint: Callable | None = None,
        average: Decay = 0.0,
        **kwargs,
    ):
        super().__init__(generator.output_shape[1:], **kwargs)
        judged = tuple(discriminator.inputs[0].shape[1:])
        if self.data_shape != judged:
            raise BadInput(
                f"the generator makes examples of shape {self.data_shape}, the "
                f"discriminator takes {judged}; build both for the same shape."
            )
        self.generator = generator
        self.discriminator = discriminator
        self.loss = loss
        self.critic_steps = critic_steps
        self.penalty = penalty
        self.constraint = constraint
        self.average = average
        self.averaged = slow_copy(generator) if average else None
        self.objective = objective(loss)
        self.latent_dim = generator.inputs[0].shape[-1]
        self.judged_shape = self.data_shape

    @property
    def called_with(self):
        return "latents", tuple(self.generator.inputs[0].shape[1:])

    def players(self):
        return {"generator": self.generator, "discriminator": self.discriminator}

    def settled(self):
        """With the averaged generator in the place of the trained one."""
        if not self.averaged:
            return self
        model = type(self).from_config({**self.get_config(), "average": 0.0})
        model.generator.set_weights(self.averaged.get_weights())
        model.discriminator.set_weights(self.discriminator.get_weights())
        return model

    def load_weights(self, filepath, **options):
        """As `keras.Model.load_weights`; whether or not either has an average.

        The network of a settled model is the trained one and its average at once; of
        a training's weights, a model that keeps no average takes the average.
        """
        if not str(filepath).endswith(".weights.h5"):
            return super().load_weights(filepath, **options)
        keeps = self.averaged is not None
        with adapted(filepath, "averaged", "generator", keeps) as path:
            return super().load_weights(path, **options)

    def compile(self, optimizer="adam", **kwargs):
        """As `GenerativeModel.compile`."""
        replicas = self.distribute_strategy.num_replicas_in_sync
        if callable(self.critic_steps) and replicas > 1:
            raise BadInput(
                "critic_steps as a function of time is a loop in the graph, in which "
                f"replicas cannot meet, and there are {replicas}; use a number."
            )
        super().compile(optimizer, **kwargs)

    # The game.

    def pure(self) -> dict[str, str]:
        """The reports that are a player's loss in the game and nothing else.

        Of these the stakes and the equilibrium are known. A subclass that adds terms to
        the discriminator's loss reports `game`, what it is without them.
        """
        return {"discriminator_loss": "discriminator", "generator_loss": "generator"}

    @property
    def stakes(self):
        """The discriminator's loss if it has won, and if it can tell nothing, or None.

        A penalty only adds to it.
        """
        known = "discriminator" in self.pure().values()
        return self.objective.stakes if known else None

    def equilibrium(self):
        """As that of the loss, for those reports of which it is known.

        A critic's scores may have any offset, and with them the generator's loss.

        Example:
            >>> sorted(GAN(mlp.decoder(4, (2,)), mlp.encoder((2,), 1)).equilibrium())
            ['discriminator_loss', 'generator_loss']
        """
        known = self.objective.equilibrium()
        return {
            report: known[f"{player}_loss"]
            for report, player in self.pure().items()
            if f"{player}_loss" in known
        }

    def make(self, z, training=False, **given):
        """Examples, by the generator that is trained."""
        return self.generator(self.told(z, **given), training=training)

    def judge(self, x, training=False, **given):
        """All that the discriminator says of the examples."""
        says = self.discriminator(self.told(x, **given), training=training)
        return tf.cast(says, "float32")

    def score(self, x, training=False, **given):
        """How real the examples look: a logit with the losses of the paper."""
        return self.scored(self.judge(x, training, **given))

    def scored(self, says):
        """The scores, of all that the discriminator says."""
        return says

    def score_spec(self):
        shape = self.discriminator.output_shape[1:]
        return Spec(shape, "logits", "score of the critic, high for real examples")

    def discriminator_terms(self, real, fake, z, **given):
        """The discriminator's loss, of what it says of real and generated examples."""
        return self.game(real, fake)

    def game(self, real, fake):
        """The part of it that every such game has."""
        return self.objective.discriminator(self.scored(real), self.scored(fake))

    def generator_terms(self, real, fake, z, **given):
        """The generator's; `real` is a function, for most losses do not look at it."""
        return self.objective.generator(lambda: self.scored(real()), self.scored(fake))

    def discriminator_loss(self, x, z, noise=None, training=False, **given):
        generated = self.make(z, training, **given)
        real, fake = (self.judge(y, training, **given) for y in (x, generated))
        loss = self.discriminator_terms(real, fake, z, **given)
        if "game" in self.pure():
            self.report(game=self.game(real, fake))
        if self.penalty:
            critic = functools.partial(self.score, training=training, **given)
            loss += self.penalty(critic, x, generated, noise)
        return loss

    def generator_loss(self, x, z, training=False, **given):
        fake = self.judge(self.make(z, training, **given), training, **given)
        return self.generator_terms(
            lambda: self.judge(x, training, **given), fake, z, **given
        )

    def latents(self, x, training=True):
        return self.noise("normal", tf.shape(x)[0], (self.latent_dim,), training)

    def penalty_noise(self, x, training=True):
        if not self.penalty or not self.penalty.law:
            return None
        shape = self.penalty.noise_shape(self.judged_shape)
        return self.noise(self.penalty.law, tf.shape(x)[0], shape, training)

    def train_step(self, data):
        x, given = self.unpack(data)
        d = self.repeat(lambda: self.critic_step(x, **given))
        z = self.latents(x)
        g = self.descend("generator", lambda: self.generator_loss(x, z, True, **given))
        self.follow()
        return self.report(loss=d + g, discriminator_loss=d, generator_loss=g)

    def critic_step(self, x, **given):
        """One step of the discriminator; returns its loss."""
        z, noise = self.latents(x), self.penalty_noise(x)
        loss = self.descend(
            "discriminator", lambda: self.discriminator_loss(x, z, noise, True, **given)
        )
        if self.constraint:
            self.constraint(self.discriminator)
        return loss

    def repeat(self, critic_step):
        """As many critic steps as this step of training has; returns the last loss."""
        if not callable(self.critic_steps):
            return [critic_step() for _ in range(self.critic_steps)][-1]
        k = self.critic_steps(self.optimizers["generator"].iterations)
        loop = tf.while_loop(
            lambda i, _: i < k, lambda i, _: (i + 1, critic_step()), (0, 0.0)
        )
        return loop[1]

    def follow(self):
        """Let the averaged generator, if there is one, follow the trained one."""
        if self.averaged:
            step = self.optimizers["generator"].iterations
            follow(self.averaged, self.generator, self.average, step)

    def test_step(self, data):
        x, given = self.unpack(data)
        z, noise = self.latents(x, False), self.penalty_noise(x, False)
        d = self.discriminator_loss(x, z, noise, **given)
        g = self.generator_loss(x, z, **given)
        return self.report(loss=d + g, discriminator_loss=d, generator_loss=g)

    # Use.

    def call(self, z, **given):
        return (self.averaged or self.generator)(self.told(z, **given))

    def generate(self, z, **given):
        return {self.data_name: self.call(z, **given)}

    def discriminate(self, x, **given):
        """The score of each example; the logit log D / (1 - D) in the paper's game."""
        return {"score": self.score(x, **given)}

    def signatures(self):
        z = Spec((self.latent_dim,), "latent", "standard normal latent", law="normal")
        x = data_spec(self.data_shape, "example to judge")
        example = data_spec(self.data_shape, "generated example")
        score = self.score_spec()
        generate = Signature(self.generate, {"z": z}, {self.data_name: example})
        discriminate = Signature(self.discriminate, {"x": x}, {"score": score})
        layers = self.discriminator._flatten_layers()
        if any(getattr(layer, "compares", False) for layer in layers):
            return {"generate": generate}  # one example has no score of its own
        return {"generate": generate, "discriminate": discriminate}

    @classmethod
    def small(cls):
        def points(outputs=1, last_bias=True, spectral=False, **game):
            critic = mlp.encoder(
                (2,), outputs, 8, 1, "tanh", spectral=spectral, last_bias=last_bias
            )
            return cls(mlp.decoder(2, (2,), 8, 1), critic, **game)

        def images():
            shape = (8, 8, 1)
            critic = dcgan.discriminator(shape, 2, dropout=0.1)
            return cls(dcgan.generator(2, shape, 2), critic, average=0.9)

        return {
            "plain": points,
            "convolutional": images,
            "penalty": lambda: points(
                last_bias=False,  # an offset of the scores cancels
                loss="wasserstein",
                penalty=GradientPenalty(1.0),
                critic_steps=2,
            ),
            "clipped": lambda: points(
                last_bias=False,
                loss="wasserstein",
                constraint=ClipWeights(0.3),
                critic_steps=CriticSchedule(2, 3, 1, 4),
            ),
            "relativistic": lambda: points(
                last_bias=False, loss="relativistic_average", penalty=R1(0.1)
            ),
            "features": lambda: points(
                2, last_bias=False, spectral=True, loss=MMD((0.1, 1.0))
            ),
        }
