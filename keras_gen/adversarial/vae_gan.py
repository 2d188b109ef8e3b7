"""VAE-GAN: a variational autoencoder with a learnt measure of similarity.

A pixel-wise likelihood calls a stroke that is one pixel off wrong twice. Here what is
compared are the features F of a discriminator, which also keeps decoded draws of the
prior looking real. Three networks, each with its own share of the losses:

    L_prior   =  KL( q(z | x) || N(0, I) )
    L_feature =  E_q 1/(2 s^2) |F(x) - F(Dec(z))|^2
    L_game    =  - log D(x) - 1/2 log(1 - D(Dec(z))) - 1/2 log(1 - D(Dec(z_p)))

    encoder:        L_prior + L_feature
    decoder:        g L_feature + L_decoder,  which calls both decoded batches real
    discriminator:  L_game

with z_p ~ N(0, I); L_feature is -log N(F(x); F(Dec(z)), s^2 I) but for a constant. (In
the paper both batches that are not real weigh as much as the real one.)

Reference: Larsen et al., Autoencoding beyond pixels using a learned similarity metric
(arXiv:1512.09300), algorithm 1.
Not here: the saturating -L_game that algorithm 1 gives the decoder, unless
`loss="minimax"` asks for it. Each network sees those before it already moved.
"""

import keras
import tensorflow as tf

from keras_gen.arguments import NotNegative, Positive
from keras_gen.errors import BadInput, lookup
from keras_gen.model import GenerativeModel
from keras_gen.networks import dcgan, mlp
from keras_gen.parts.losses import Objective, objective
from keras_gen.signatures import Signature, Spec, data_spec


@keras.saving.register_keras_serializable("keras_gen")
class VAEGAN(GenerativeModel):
    """Three players: an encoder, a decoder that is also a generator, a discriminator.

    Args:
        encoder: network from examples to `2 * latent_dim` numbers, means and raw
            scales of a Gaussian posterior.
        decoder: network from latents to examples (images in [0, 1]).
        discriminator: network from examples to scores.
        features: name of the discriminator's layer whose outputs are compared; the
            input of its last layer with weights if not given.
        deviation: s, of the features, 1 in the paper. It says how much a feature is
            worth: where all are small, the posterior collapses unless s is small, too.
        gamma: g, the weight of the features in the decoder's loss.
        loss: of the game: a name in `losses.LOSSES`, or an object like those.

    Example:
        >>> shape = (8, 8, 1)
        >>> model = VAEGAN(
        ...     mlp.encoder(shape, 2 * 4),
        ...     dcgan.generator(4, shape, 4),
        ...     dcgan.discriminator(shape, 4),
        ... )
        >>> model.compile("adam")
        >>> history = model.fit(data.load("digits").take(4), verbose=0)
        >>> model.sample(16, seed=1).shape
        (16, 8, 8, 1)
    """

    reports = ("discriminator_loss", "generator_loss", "features", "kl")

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        discriminator: keras.Model,
        features: str | None = None,
        deviation: Positive = 1.0,
        gamma: NotNegative = 0.01,
        loss: Objective = "non_saturating",
        **kwargs,
    ):
        super().__init__(encoder.input_shape[1:], **kwargs)
        self.latent_dim = decoder.input_shape[-1]
        if encoder.output_shape != (None, 2 * self.latent_dim):
            raise BadInput(
                f"the decoder takes {self.latent_dim} latents, so the encoder must "
                f"give {2 * self.latent_dim} numbers, means and raw scales; its output "
                f"shape is {encoder.output_shape}."
            )
        shapes = decoder.output_shape[1:], discriminator.input_shape[1:]
        if set(shapes) != {self.data_shape}:
            raise BadInput(
                f"the encoder takes examples of shape {self.data_shape}, the decoder "
                f"makes {shapes[0]} and the discriminator takes {shapes[1]}; build all "
                "for the same shape."
            )
        self.encoder = encoder
        self.decoder = decoder
        self.discriminator = discriminator
        self.features = features
        self.deviation = deviation
        self.gamma = gamma
        self.loss = loss
        self.objective = objective(loss)
        self.judge = keras.Model(
            discriminator.input,
            [discriminator.output, _features(discriminator, features)],
            name="judge",
        )

    def players(self):
        return {
            "encoder": self.encoder,
            "decoder": self.decoder,
            "discriminator": self.discriminator,
        }

    @property
    def shares(self) -> dict[str, dict[str, float]]:
        """What each player descends: the weights of its terms."""
        return {
            "discriminator": {"discriminator_loss": 1.0},
            "encoder": {"kl": 1.0, "features": 1.0},
            "decoder": {"features": self.gamma, "generator_loss": 1.0},
        }

    @property
    def stakes(self):
        """As of a GAN."""
        return self.objective.stakes

    # The terms.

    def posterior(self, x, training=False):
        """Mean and standard deviation of q(z | x)."""
        numbers = tf.cast(self.encoder(x, training=training), "float32")
        mean, raw = tf.split(numbers, 2, axis=-1)
        return mean, tf.nn.softplus(raw) + 1e-4  # no density is infinite

    def judged(self, x, training=False):
        """Scores, and features as one vector for each example."""
        score, features = self.judge(x, training=training)
        features = tf.reshape(tf.cast(features, "float32"), (tf.shape(features)[0], -1))
        return tf.cast(score, "float32"), features

    def terms(self, x, noise, training=False):
        """All of the losses above, by name.

        Args:
            x: examples.
            noise: standard normal, (batch, 2, latent_dim): for the posterior and for
                the prior.
            training: as everywhere in Keras.
        """
        mean, stddev = self.posterior(x, training)
        squares = mean**2 + stddev**2 - 1.0 - 2.0 * tf.math.log(stddev)
        z = mean + stddev * noise[:, 0]
        again, drawn = (self.decoder(z, training=training) for z in (z, noise[:, 1]))
        real, wanted = self.judged(x, training)
        decoded, made = self.judged(again, training)
        fake, _ = self.judged(drawn, training)
        both = tf.concat([decoded, fake], axis=0)
        far = tf.reduce_sum(tf.square((wanted - made) / self.deviation), axis=-1)
        return {
            "kl": tf.reduce_mean(0.5 * tf.reduce_sum(squares, axis=-1)),
            "features": 0.5 * tf.reduce_mean(far),
            "discriminator_loss": self.objective.discriminator(real, both),
            "generator_loss": self.objective.generator(lambda: real, both),
        }

    def train_step(self, data):
        x, _ = self.unpack(data)
        noise = self.noise("normal", tf.shape(x)[0], (2, self.latent_dim))
        total, reported = 0.0, {}
        for player, share in self.shares.items():

            def loss(share=share):
                terms = self.terms(x, noise, training=True)
                return _weighed(terms, share), {name: terms[name] for name in share}

            loss, terms = self.descend(player, loss)
            total, reported = total + loss, reported | terms
        return self.report(loss=total, **reported)

    def test_step(self, data):
        x, _ = self.unpack(data)
        noise = self.noise("normal", tf.shape(x)[0], (2, self.latent_dim), False)
        terms = self.terms(x, noise)
        total = sum(_weighed(terms, share) for share in self.shares.values())
        return self.report(loss=total, **terms)

    # Use.

    def call(self, x, training=False):
        return self.decoder(self.posterior(x, training)[0], training=training)

    def encode(self, x):
        mean, stddev = self.posterior(x)
        return {"mean": mean, "stddev": stddev}

    def decode(self, z):
        return {self.data_name: tf.cast(self.decoder(z), "float32")}

    def reconstruct(self, x):
        return self.decode(self.posterior(x)[0])

    def discriminate(self, x):
        """The score of each example."""
        return {"score": self.judged(x)[0]}

    def signatures(self):
        latent = (self.latent_dim,)
        z = Spec(latent, "latent", "standard normal latent", law="normal")
        name = self.data_name
        x = data_spec(self.data_shape, "example to look at")
        example = data_spec(self.data_shape, "example that a latent stands for")
        code = {
            "mean": Spec(latent, "latent", "mean of the posterior q(z | x)"),
            "stddev": Spec(latent, "latent", "standard deviation of q(z | x)"),
        }
        shape = self.discriminator.output_shape[1:]
        score = Spec(shape, "logits", "score of the critic, high for real examples")
        return {
            "generate": Signature(self.decode, {"z": z}, {name: example}),
            "encode": Signature(self.encode, {"x": x}, code),
            "reconstruct": Signature(self.reconstruct, {"x": x}, {name: example}),
            "discriminate": Signature(self.discriminate, {"x": x}, {"score": score}),
        }

    @classmethod
    def small(cls):
        shape = (8, 8, 1)
        return {
            "plain": lambda: cls(
                mlp.encoder(shape, 2 * 2, 8, 1, "tanh"),
                dcgan.generator(2, shape, 2),
                dcgan.discriminator(shape, 2),
            )
        }


def _weighed(terms, share):
    return sum(weight * terms[name] for name, weight in share.items())


def _features(discriminator, name):
    """The tensor that is compared."""
    if name is None:
        return [layer for layer in discriminator.layers if layer.weights][-1].input
    named = {layer.name: layer for layer in discriminator.layers}
    return lookup(named, name, "layer of the discriminator").output
