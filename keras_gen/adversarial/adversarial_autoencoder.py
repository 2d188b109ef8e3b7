"""Adversarial autoencoder.

An autoencoder whose codes, over all of the data, follow a law p(z) that one can sample
from. No divergence has to be known in closed form: a discriminator compares codes of
examples with draws of p(z), and the encoder, which is the generator of this game, wins
by making them alike. With D = sigmoid of the discriminator's score:

    autoencoder:    E_x |x - Dec(Enc(x))|^2  -  w E_x log D(Enc(x))
    discriminator:  - E_z log D(z)  -  E_x log(1 - D(Enc(x)))

(|.|^2 is the mean over the dimensions here.)

At the optimum the *aggregate* posterior, the mixture of all codes, is p(z), so a draw
of p(z) decodes to something like the data. A VAE asks that of each example's posterior.

Reference: Makhzani et al., Adversarial Autoencoders (arXiv:1511.05644), with the
deterministic encoder of its section 2.
Not here: labels in the discriminator and codes of several kinds (sections 2.3 to 6).
The paper moves the encoder twice, down one term and then down the other; here it
moves once, down their sum.
"""

import keras
import tensorflow as tf

from keras_gen.arguments import Positive
from keras_gen.errors import BadInput
from keras_gen.model import GenerativeModel
from keras_gen.networks import mlp
from keras_gen.parts.losses import Objective, objective
from keras_gen.signatures import Signature, Spec, data_spec


@keras.saving.register_keras_serializable("keras_gen")
class AdversarialAutoencoder(GenerativeModel):
    """Two players: an autoencoder, and a discriminator of codes.

    Args:
        encoder: network from examples to codes.
        decoder: network from codes to examples; of images to their logits.
        discriminator: network from codes to scores.
        weight: w, of the game in the autoencoder's loss.
        loss: of the game: a name in `losses.LOSSES`, or an object like those.

    Example:
        >>> model = AdversarialAutoencoder(
        ...     mlp.encoder((2,), 1), mlp.decoder(1, (2,)), mlp.encoder((1,), 1)
        ... )
        >>> model.compile("adam")
        >>> history = model.fit(data.load("points/ring").take(4), verbose=0)
        >>> model.sample(16, seed=1).shape
        (16, 2)
    """

    reports = ("discriminator_loss", "reconstruction", "generator_loss")

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        discriminator: keras.Model,
        weight: Positive = 0.1,
        loss: Objective = "non_saturating",
        **kwargs,
    ):
        super().__init__(encoder.input_shape[1:], **kwargs)
        code = encoder.output_shape[1:]
        shapes = {
            "the decoder takes": (decoder.input_shape[1:], code),
            "the discriminator takes": (discriminator.input_shape[1:], code),
            "the decoder gives": (decoder.output_shape[1:], self.data_shape),
        }
        for what, (received, wanted) in shapes.items():
            if received != wanted:
                raise BadInput(
                    f"the encoder makes codes of shape {code} of examples of shape "
                    f"{self.data_shape}; {what} {received}."
                )
        self.encoder = encoder
        self.decoder = decoder
        self.discriminator = discriminator
        self.weight = weight
        self.loss = loss
        self.objective = objective(loss)
        self.latent_dim = code[0]
        inputs = keras.Input(self.data_shape, name="x")
        outputs = decoder(encoder(inputs))
        self.autoencoder = keras.Model(inputs, outputs, name="autoencoder")

    def players(self):
        return {"autoencoder": self.autoencoder, "discriminator": self.discriminator}

    # The game.

    @property
    def stakes(self):
        """As of a GAN."""
        return self.objective.stakes

    def score(self, z, training=False):
        """How much a code looks like a draw of p(z)."""
        return tf.cast(self.discriminator(z, training=training), "float32")

    def discriminator_loss(self, x, z, training=False):
        codes = self.encoder(x, training=training)
        return self.objective.discriminator(
            self.score(z, training), self.score(codes, training)
        )

    def autoencoder_losses(self, x, z, training=False):
        """The squared error of reconstruction, and what the game adds to it."""
        codes = self.encoder(x, training=training)
        again = self.example(self.decoder(codes, training=training))
        game = self.objective.generator(
            lambda: self.score(z, training), self.score(codes, training)
        )
        return tf.reduce_mean(tf.square(again - x)), game

    def example(self, output):
        """What the decoder's output stands for: values of images lie in [0, 1]."""
        output = tf.cast(output, "float32")
        return tf.sigmoid(output) if len(self.data_shape) == 3 else output

    def latents(self, x, training=True):
        return self.noise("normal", tf.shape(x)[0], (self.latent_dim,), training)

    def train_step(self, data):
        x, _ = self.unpack(data)
        z = self.latents(x)
        d = self.descend("discriminator", lambda: self.discriminator_loss(x, z, True))

        def loss():
            error, game = self.autoencoder_losses(x, z, True)
            return error + self.weight * game, (error, game)

        _, terms = self.descend("autoencoder", loss)
        return self._report(d, *terms)

    def test_step(self, data):
        x, _ = self.unpack(data)
        z = self.latents(x, False)
        d = self.discriminator_loss(x, z)
        return self._report(d, *self.autoencoder_losses(x, z))

    def _report(self, d, error, game):
        return self.report(
            loss=d + error + self.weight * game,
            discriminator_loss=d,
            reconstruction=error,
            generator_loss=game,
        )

    # Use.

    def call(self, x, training=False):
        return self.example(self.autoencoder(x, training=training))

    def encode(self, x):
        return {"z": self.encoder(x)}

    def decode(self, z):
        return {self.data_name: self.example(self.decoder(z))}

    def reconstruct(self, x):
        return self.decode(self.encoder(x))

    def discriminate(self, z):
        """The score of each code."""
        return {"score": self.score(z)}

    def signatures(self):
        z = Spec((self.latent_dim,), "latent", "standard normal latent", law="normal")
        code = Spec((self.latent_dim,), "latent", "code of an example")
        name = self.data_name
        x = data_spec(self.data_shape, "example to encode")
        example = data_spec(self.data_shape, "example that a code stands for")
        shape = self.discriminator.output_shape[1:]
        score = Spec(shape, "logits", "high for codes that look like draws of p(z)")
        return {
            "generate": Signature(self.decode, {"z": z}, {name: example}),
            "encode": Signature(self.encode, {"x": x}, {"z": code}),
            "reconstruct": Signature(self.reconstruct, {"x": x}, {name: example}),
            "discriminate": Signature(self.discriminate, {"z": code}, {"score": score}),
        }

    @classmethod
    def small(cls):
        return {
            "plain": lambda: cls(
                mlp.encoder((4, 4, 1), 2, 8, 1, "tanh"),
                mlp.decoder(2, (4, 4, 1), 8, 1, "tanh"),
                mlp.encoder((2,), 1, 8, 1, "tanh"),
            )
        }
