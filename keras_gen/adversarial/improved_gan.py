"""Improved GAN: a discriminator that classifies, a generator that matches features.

Of K classes and the (K+1)-th, "generated", the discriminator knows the first K apart by
examples with labels, and the last from them by all others:

    D:  -E[ log p(y | x, y <= K) ]  -  E[ log p(y <= K | x) ]  -  E[ log p(K+1 | G(z)) ]

One logit is superfluous, and the (K+1)-th is fixed at zero. With l the other K,

    D(x) = p(y <= K | x) = sigmoid( log sum_k exp l_k )

so the last two terms are the discriminator's usual ones, for that score. The label -1
says that none is known. The generator makes a batch with the same mean features, f
being one of the discriminator's layers:

    G:  mean over the features of ( E f(x) - E f(G(z)) )^2

Both may be held near their own past, by historical averaging: the loss of a player with
the weights w has

    memory |w - mean of w over its steps so far|^2

The paper's other techniques are parts for any GAN: layers.minibatch, and the losses'
`smoothing`.

Reference: Salimans et al., Improved Techniques for Training GANs (arXiv:1606.03498).
Not here: virtual batch normalisation.
"""

import keras
import tensorflow as tf

from keras_gen.adversarial.ac_gan import logits_spec
from keras_gen.adversarial.gan import GAN
from keras_gen.arguments import NotNegative
from keras_gen.errors import BadInput
from keras_gen.networks import mlp
from keras_gen.parts.losses import Objective
from keras_gen.signatures import Spec
from keras_gen.training.averaging import slow_copy
from keras_gen.training.distribute import update_together, whole_batch


def known_surprise(logits, label):
    """Mean of -log q(label) over the labels of the whole batch that are known."""
    known = tf.cast(label >= 0, "float32")
    nats = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.maximum(label, 0), logits)
    total, count = (tf.reduce_sum(whole_batch(t)) for t in (nats * known, known))
    return total / tf.maximum(count, 1.0)


def mismatch(real, fake):
    """Mean squared difference of the mean features of two whole batches."""
    real, fake = (tf.reduce_mean(whole_batch(f), 0) for f in (real, fake))
    return tf.reduce_mean(tf.square(real - fake))


@keras.saving.register_keras_serializable("keras_gen")
class ImprovedGAN(GAN):
    """A GAN that learns to classify, from labels of which some may be missing.

    Args:
        generator: network from latents to examples.
        discriminator: network from examples to the logits of the classes.
        features: name of the discriminator's layer whose outputs are matched.
        memory: weight of historical averaging; 0 keeps no past.
        loss: of the score, for the discriminator: as of a GAN.
        critic_steps, penalty, constraint, average: as of a GAN.

    Example:
        >>> classifier = mlp.encoder((8, 8, 1), 10)
        >>> features = classifier.layers[-2].name
        >>> model = ImprovedGAN(mlp.generator(16, (8, 8, 1)), classifier, features)
        >>> model.compile("adam")
        >>> digits = data.load("digits", labels="class")
        >>> history = model.fit(digits.take(4), verbose=0)
        >>> model.discriminate(model.sample(3, seed=1))["logits"].shape
        TensorShape([3, 10])
    """

    reports = (*GAN.reports, "game")
    unlabelled = True

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        features: str,
        memory: NotNegative = 0.0,
        loss: Objective = "minimax",
        **options,
    ):
        super().__init__(generator, discriminator, loss=loss, **options)
        names = [layer.name for layer in discriminator.layers]
        if features not in names:
            raise BadInput(
                f"features is one of the discriminator's layers {', '.join(names)}; "
                f'received "{features}".'
            )
        self.features = features
        self.memory = memory
        self.classes = discriminator.output_shape[-1]
        matched = discriminator.get_layer(features).output
        self.both = keras.Model(discriminator.input, [discriminator.output, matched])
        self.past = {}
        if memory:
            self.past = {n: slow_copy(p) for n, p in self.players().items()}

    def told(self, tensor, label=None):
        return tensor  # the players are not told

    def call(self, z):
        return super().call(z)

    # The game.

    def judge(self, x, training=False, label=None):
        """The logits and the features."""
        logits, features = self.both(x, training=training)
        return tf.cast(logits, "float32"), tf.cast(features, "float32")

    def pure(self):
        return {"game": "discriminator"}

    def scored(self, says):
        """The logit of "not generated"."""
        return tf.reduce_logsumexp(says[0], -1)

    def discriminator_terms(self, real, fake, z, label):
        return self.game(real, fake) + known_surprise(real[0], label)

    def generator_terms(self, real, fake, z, label):
        return mismatch(real()[1], fake[1])

    # Historical averaging.

    def descend(self, player, loss_function):
        """As ever; and near the mean of its past weights, which then takes in these."""
        if not self.memory:
            return super().descend(player, loss_function)
        weights = zip(
            self.players()[player].weights, self.past[player].weights, strict=True
        )
        now, past = zip(*[(w, p) for w, p in weights if w.trainable], strict=True)

        def loss():
            apart = sum(
                tf.reduce_sum(tf.square(w - p)) for w, p in zip(now, past, strict=True)
            )
            return loss_function() + self.memory * apart

        value = super().descend(player, loss)
        seen = tf.cast(self.optimizers[player].iterations, "float32") + 1
        update_together(
            lambda p, w: p.assign_add((w - p) / seen),
            [p.value for p in past],
            [w.value for w in now],
        )
        return value

    # Use.

    def discriminate(self, x):
        """The score of each example, and the logits of its classes."""
        logits, _ = self.judge(x)
        return {"score": tf.reduce_logsumexp(logits, -1), "logits": logits}

    def score_spec(self):
        return Spec((), "logits", "logit of not being generated")

    def signatures(self):
        signatures = super().signatures()
        signatures["discriminate"].outputs["logits"] = logits_spec(self.classes)
        return signatures

    @classmethod
    def small(cls):
        def made(**options):
            critic = mlp.encoder((4, 4, 1), 3, 8, 1, "tanh")
            features = critic.layers[-2].name
            generator = mlp.generator(2, (4, 4, 1), 8, 1)
            return cls(generator, critic, features, **options)

        return {"plain": made, "memory": lambda: made(memory=0.1)}
