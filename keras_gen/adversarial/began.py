"""Boundary equilibrium GAN.

The discriminator is an autoencoder with the error L(y) = mean |y - D(y)|. It lowers the
error of the data and raises that of generated examples, which the generator lowers:

    discriminator:  L(x) - k L(G(z))          generator:  L(G(z))

A proportional control keeps the two errors at the ratio gamma, the "diversity ratio",
so that neither player wins:

    k  <-  k + rate ( gamma L(x) - L(G(z)) ),  within [0, 1], from 0

and M = L(x) + |gamma L(x) - L(G(z))| says how far the training has come, which the
losses of a game do not.

Reference: Berthelot, Schumm & Metz, BEGAN (arXiv:1703.10717), sections 3.3 and 3.4.
Not here: the decay of the learning rate when M stalls (a callback does that), and
latents uniform on [-1, 1]; ours are normal.
"""

import keras
import tensorflow as tf

from keras_gen.adversarial.gan import GAN
from keras_gen.arguments import Annotated, Decay, Positive, within
from keras_gen.errors import BadInput
from keras_gen.networks import mlp
from keras_gen.parts.reconstruction import absolute
from keras_gen.signatures import Spec


@keras.saving.register_keras_serializable("keras_gen")
class BEGAN(GAN):
    """A generator and an autoencoder, held in balance.

    Args:
        generator: network from latents to examples.
        discriminator: network from examples to examples, an autoencoder.
        gamma: the ratio of the errors of generated and of real examples; lower values
            give sharper and less diverse examples.
        rate: by how much a step of training moves k.
        average: as in `GAN`.

    Example:
        >>> model = BEGAN(mlp.decoder(8, (2,)), mlp.encoder((2,), 2))
        >>> model.compile("adam")
        >>> history = model.fit(data.load("points/ring").take(4), verbose=0)
        >>> sorted(history.history)[0]
        'balance'
    """

    reports = ("discriminator_loss", "generator_loss", "convergence", "balance")
    hands_on = False  # what is not named below is no choice

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        gamma: Annotated[float, within("[0, 1]", "a ratio of errors")] = 0.5,
        rate: Positive = 1e-3,
        average: Decay = 0.0,
        **kwargs,
    ):
        super().__init__(generator, discriminator, average=average, **kwargs)
        if discriminator.output_shape != discriminator.input_shape:
            raise BadInput(
                "the discriminator is an autoencoder, from examples to examples; "
                f"received one from {discriminator.input_shape[1:]} to "
                f"{discriminator.output_shape[1:]}."
            )
        self.gamma = gamma
        self.rate = rate
        self.k = self.add_weight(
            name="k",
            initializer="zeros",
            trainable=False,
            aggregation="only_first_replica",
        )

    def pure(self):
        return {}  # another game

    def settled(self):
        model = super().settled()
        model.k.assign(self.k)
        return model

    def score(self, x, training=False):
        """Minus the error of reconstruction."""
        again = tf.cast(self.discriminator(x, training=training), "float32")
        return -absolute(again, x)

    def score_spec(self):
        return Spec((), "logits", "minus the error of reconstruction")

    def error(self, x, training=False):
        """L, over the batch."""
        return -tf.reduce_mean(self.score(x, training))

    def discriminator_loss(self, x, z, noise=None, training=False):
        generated = self.generator(z, training=training)
        return self.error(x, training) - self.k * self.error(generated, training)

    def generator_loss(self, x, z, training=False):
        return self.error(self.generator(z, training=training), training)

    def train_step(self, data):
        x, _ = self.unpack(data)
        d = self.critic_step(x)
        z = self.latents(x)
        g = self.descend("generator", lambda: self.generator_loss(x, z, True))
        self.follow()
        balance = self.control(x, g)
        return self.report(
            loss=d + g, discriminator_loss=d, generator_loss=g, **balance
        )

    def control(self, x, fake):
        """Move k by the errors of a batch; returns what is reported of the balance."""
        context = tf.distribute.get_replica_context()
        real, fake = context.all_reduce("MEAN", [self.error(x, True), fake])
        gap = self.gamma * real - fake
        self.k.assign(tf.clip_by_value(self.k + self.rate * gap, 0.0, 1.0))
        return {"convergence": real + tf.abs(gap), "balance": self.k}

    def test_step(self, data):
        x, _ = self.unpack(data)
        z = self.latents(x, False)
        real, fake = self.error(x), self.generator_loss(x, z)
        return self.report(
            loss=real - self.k * fake + fake,
            discriminator_loss=real - self.k * fake,
            generator_loss=fake,
            convergence=real + tf.abs(self.gamma * real - fake),
            balance=self.k,
        )

    @classmethod
    def small(cls):
        def plain():
            x = mlp.encoder((4, 4, 1), 2, 8, 1, "tanh")
            again = mlp.generator(2, (4, 4, 1), 8, 1)(x.output)
            autoencoder = keras.Model(x.input, again)
            return cls(mlp.generator(2, (4, 4, 1), 8, 1), autoencoder, rate=0.1)

        return {"plain": plain}
