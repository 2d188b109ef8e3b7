"""DiscoGAN: what two kinds of things have in common, discovered without pairs.

The two ways between two kinds of images are as in CycleGAN, and so is their return. Of
handbags and shoes there is more than one way that returns; here the translators shall
also keep the statistics of what the critics see inside, layer after layer:

    match   = mean over layers of the mean of ( E f(real) - E f(made) )^2
    L_G,F   = (1 - r) [ (1 - m) game + m match, of both kinds ]
              + r ( E (F(G(a)) - a)^2 + E (G(F(b)) - b)^2 )

with m = .9. Before everything else a translator must make images of the right kind, so
r is small in the first steps, and then asks for the return.

r = .01 for 10,000 steps and .5 from then on is the authors' code, whose images are in
[0, 1], as here.

Reference: Kim et al., Learning to Discover Cross-Domain Relations with Generative
Adversarial Networks (arXiv:1703.05192); feature matching: Salimans et al., Improved
Techniques for Training GANs (arXiv:1606.03498).
Not here: critics that learn in one step of three only, and weight decay; rates of the
optimizers do the same.
"""

import keras
import tensorflow as tf

from keras_gen.arguments import CountFrom0, Share
from keras_gen.errors import BadInput
from keras_gen.networks import cyclegan, pix2pix
from keras_gen.parts.losses import Objective
from keras_gen.parts.reconstruction import per_example
from keras_gen.training.distribute import whole_batch
from keras_gen.translation.cyclegan import CycleGAN


@keras.saving.register_keras_serializable("keras_gen")
class DiscoGAN(CycleGAN):
    """CycleGAN's players, without a pool, whose critics are matched inside.

    Args:
        forward, back, critic_a, critic_b: as CycleGAN's; a critic has activations as
            layers of their own, which are its features.
        rate: r, the share of the return in the loss.
        early_rate: the same in the first steps.
        early_steps: how many these are.
        match: m, the share of the features in what is not the return.
        loss: a name in `losses.LOSSES`, or an object like those.

    Example:
        >>> model = DiscoGAN.small()["plain"]()
        >>> model.compile("adam")
        >>> x = data.arrays("digits")[:64, 2:6, 2:6]
        >>> history = model.fit(x[:32], x[32:], epochs=1, verbose=0)
    """

    hands_on = False  # what is not named here is no choice

    def __init__(
        self,
        forward: keras.Model,
        back: keras.Model,
        critic_a: keras.Model,
        critic_b: keras.Model,
        rate: Share = 0.5,
        early_rate: Share = 0.01,
        early_steps: CountFrom0 = 10_000,
        match: Share = 0.9,
        loss: Objective = "non_saturating",
        **kwargs,
    ):
        super().__init__(
            forward,
            back,
            critic_a,
            critic_b,
            identity=0.0,
            pool=0,
            loss=loss,
            **kwargs,
        )
        self.rate = rate
        self.early_rate = early_rate
        self.early_steps = early_steps
        self.match = match
        self.inside_a = _inside(critic_a)
        self.inside_b = _inside(critic_b)

    def fooled(self, critic, real, made, training):
        game = super().fooled(critic, real, made, training)
        inside = self.inside_a if critic is self.critic_a else self.inside_b
        says = [inside(x, training=training) for x in (real, made)]
        apart = [
            tf.reduce_mean((_mean(x) - _mean(y)) ** 2)
            for x, y in zip(*says, strict=True)
        ]
        return (1 - self.match) * game + self.match * tf.reduce_mean(apart)

    def distance(self, x, y):
        """Of each image: the mean square of the differences of its values."""
        return per_example(tf.square(x - y))

    def total(self, game, cycle):
        rate = self.rate
        if self.compiled:
            step = self.optimizers["generator"].iterations
            rate = tf.where(step < self.early_steps, self.early_rate, self.rate)
        return (1 - rate) * game + rate * cycle

    @classmethod
    def small(cls):
        shape = (4, 4, 1)

        def made():
            return cls(
                *(cyclegan.generator(shape, 1, 2, 0, 0) for _ in "ab"),
                *(pix2pix.discriminator(shape, width=2, strides=1) for _ in "ab"),
                early_steps=2,
            )

        return {"plain": made}


def _mean(features):
    """Over the whole batch."""
    return tf.reduce_mean(whole_batch(tf.cast(features, "float32")), 0)


def _inside(critic):
    """The critic up to each of its activations."""
    kinds = keras.layers.LeakyReLU, keras.layers.ReLU, keras.layers.Activation
    seen = [layer.output for layer in critic.layers if isinstance(layer, kinds)]
    if not seen:
        raise BadInput(
            f'the features of "{critic.name}" are what its activations give, and none '
            "of its layers is one: put them into layers of their own, such as "
            "keras.layers.LeakyReLU(0.2)."
        )
    return keras.Model(critic.input, seen)
