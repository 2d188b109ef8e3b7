"""Energy-based GAN.

The discriminator is an autoencoder, and its error of reconstruction is an energy: low
where the data are, high elsewhere, but not higher than a margin m:

    E(y) = |y - Dec(Enc(y))|^2  (mean over the dimensions)
    discriminator:  E_x[ E(x) ]  +  E_z[ max(0, m - E(G(z))) ]
    generator:      E_z[ E(G(z)) ]  +  w PT

The pull-away term keeps the generator from making one example many times: it is the
mean squared cosine between the codes s_i = Enc(G(z_i)) of a batch of n,

    PT = 1 / (n (n - 1))  sum over i != j of  ( s_i . s_j / |s_i| |s_j| )^2

Reference: Zhao, Mathieu & LeCun, Energy-based GAN (arXiv:1609.03126), equations 2 to 4.
Not here: the ladder network that the paper uses for semi-supervised learning.
"""

import keras
import tensorflow as tf

from keras_gen.adversarial.gan import GAN
from keras_gen.arguments import Decay, NotNegative
from keras_gen.networks import mlp
from keras_gen.signatures import Spec
from keras_gen.training.distribute import whole_batch


def pull_away(codes):
    """Mean squared cosine between the codes of different examples."""
    codes = whole_batch(tf.reshape(tf.cast(codes, "float32"), (tf.shape(codes)[0], -1)))
    codes = tf.math.l2_normalize(codes, axis=-1)
    squares = tf.square(tf.matmul(codes, codes, transpose_b=True))
    n = tf.cast(tf.shape(codes)[0], "float32")
    others = tf.reduce_sum(squares) - tf.linalg.trace(squares)
    return tf.math.divide_no_nan(others, n * (n - 1))


@keras.saving.register_keras_serializable("keras_gen")
class EBGAN(GAN):
    """A generator, and an autoencoder whose error is the energy.

    Args:
        generator: network from latents to examples.
        encoder: network from examples to codes.
        decoder: network from codes to examples.
        margin: m, the energy from which on a generated example is bad enough.
        pull_away: w, the weight of the pull-away term.
        average: as in `GAN`.

    Example:
        >>> model = EBGAN(
        ...     mlp.decoder(8, (2,)), mlp.encoder((2,), 16), mlp.decoder(16, (2,))
        ... )
        >>> model.compile("adam")
        >>> history = model.fit(data.load("points/ring").take(4), verbose=0)
        >>> model.sample(16, seed=1).shape
        (16, 2)
    """

    hands_on = False  # what is not named here is no choice

    def __init__(
        self,
        generator: keras.Model,
        encoder: keras.Model,
        decoder: keras.Model,
        margin: NotNegative = 1.0,
        pull_away: NotNegative = 0.1,
        average: Decay = 0.0,
        **kwargs,
    ):
        inputs = keras.Input(encoder.input_shape[1:], name="x")
        autoencoder = keras.Model(inputs, decoder(encoder(inputs)), name="autoencoder")
        super().__init__(generator, autoencoder, average=average, **kwargs)
        self.encoder = encoder
        self.decoder = decoder
        self.margin = margin
        self.pull_away = pull_away

    def pure(self):
        return {}  # another game

    def code_and_energy(self, x, training=False):
        code = self.encoder(x, training=training)
        again = tf.cast(self.decoder(code, training=training), "float32")
        axes = list(range(1, again.shape.rank))
        return code, tf.reduce_mean(tf.square(x - again), axes)

    def score(self, x, training=False):
        """Minus the energy: high where the data are."""
        return -self.code_and_energy(x, training)[1]

    def score_spec(self):
        return Spec((), "logits", "minus the energy, the error of reconstruction")

    def discriminator_loss(self, x, z, noise=None, training=False):
        generated = self.generator(z, training=training)
        real, fake = -self.score(x, training), -self.score(generated, training)
        return tf.reduce_mean(real) + tf.reduce_mean(tf.nn.relu(self.margin - fake))

    def generator_loss(self, x, z, training=False):
        generated = self.generator(z, training=training)
        codes, energy = self.code_and_energy(generated, training)
        return tf.reduce_mean(energy) + self.pull_away * pull_away(codes)

    @classmethod
    def small(cls):
        codes = 16  # of fewer, and of fewer latents, the directions turn too fast
        return {
            "plain": lambda: cls(
                mlp.generator(codes, (4, 4, 1), 8, 1),
                mlp.encoder((4, 4, 1), codes, 8, 1, "tanh"),
                mlp.generator(codes, (4, 4, 1), 8, 1),
            )
        }
