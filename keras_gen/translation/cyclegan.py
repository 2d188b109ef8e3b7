"""CycleGAN: a translation learned without pairs.

There are images a of one kind and images b of another, and nobody knows which belong
together. A translator G makes b's of a's, another one, F, makes a's of b's, and each
kind has a critic. A critic alone would be content with any b; so whatever is translated
must come back:

    L_G,F = E game_B(G(a)) + E game_A(F(b))
            + w ( E |F(G(a)) - a|_1 + E |G(F(b)) - b|_1 )
            + i w ( E |G(b) - b|_1 + E |F(a) - a|_1 )

The last line asks a translator to leave alone what is already of its kind, which keeps
colours. The critics play least squares, and see images that were made some steps ago
as well as new ones (`keras_gen.layers.pool`).

w = 10 and i = .5 are the paper's: its images are in [-1, 1], which doubles the absolute
errors, and its squares are not halved, which is the same factor. One optimizer moves
both translators, one both critics.

Of a validation, `kind_error` tells how far what is made is from images of the kind that
was asked for (`keras_gen.translation.kinds`), and `cycle_error` what is lost there and
back: a checkpoint is chosen by both.

Data are batches (a, b), drawn independently: `data.load(a, other=b)`.

Reference: Zhu et al., Unpaired Image-to-Image Translation using Cycle-Consistent
Adversarial Networks (arXiv:1703.10593).
Not here: the paper's last hundred epochs of a falling rate, which are the optimizer's.
"""

import keras
import numpy as np
import tensorflow as tf

from keras_gen.arguments import CountFrom0, NotNegative
from keras_gen.errors import BadInput
from keras_gen.layers.pool import Pool
from keras_gen.networks import cyclegan, pix2pix
from keras_gen.parts.losses import Objective, objective
from keras_gen.parts.reconstruction import absolute
from keras_gen.signatures import Signature, data_spec
from keras_gen.translation import kinds
from keras_gen.translation.base import Translator
from keras_gen.trial import Trial, in_parts


@keras.saving.register_keras_serializable("keras_gen")
class CycleGAN(Translator):
    """Two players: both translators, and both critics.

    Args:
        forward: G, network from images a to images b, all in [0, 1].
        back: F, network from images b to images a.
        critic_a: network from images a to scores, one or a map.
        critic_b: the same of images b.
        cycle: w, the weight of the absolute errors.
        identity: i, the share of it that images of the right kind have; 0 where the
            kinds have different shapes.
        pool: how many made images of each kind are kept for the critics; 0 for none.
        loss: a name in `losses.LOSSES`, or an object like those.

    Example:
        >>> shape = (8, 8, 1)
        >>> model = CycleGAN(
        ...     *(cyclegan.generator(shape, 1, 4, blocks=1, depth=1) for _ in "ab"),
        ...     *(pix2pix.discriminator(shape, width=4, strides=1) for _ in "ab"),
        ... )
        >>> model.compile(keras.optimizers.Adam(2e-4, beta_1=0.5))
        >>> ink = data.arrays("digits")[:64]
        >>> history = model.fit(ink, 1 - ink[::-1], epochs=1, verbose=0)
        >>> model.translate_back(model.translate(ink[:2])["image"])["image"].shape
        TensorShape([2, 8, 8, 1])
    """

    reports = ("discriminator_loss", "generator_loss", "kind_error", "cycle_error")
    beside = "images of the other kind"

    def __init__(
        self,
        forward: keras.Model,
        back: keras.Model,
        critic_a: keras.Model,
        critic_b: keras.Model,
        cycle: NotNegative = 10.0,
        identity: NotNegative = 0.5,
        pool: CountFrom0 = 50,
        loss: Objective = "least_squares",
        **kwargs,
    ):
        a, b = (tuple(f.input_shape[1:]) for f in (forward, back))
        made = [tuple(f.output_shape[1:]) for f in (back, forward)]
        judged = [tuple(f.input_shape[1:]) for f in (critic_a, critic_b)]
        if made != [a, b] or judged != [a, b]:
            raise BadInput(
                f"the translators take images of shapes {a} and {b}, so they and the "
                f"critics are of these; they make {made[0]} and {made[1]}, and the "
                f"critics judge {judged[0]} and {judged[1]}."
            )
        if identity and a != b:
            raise BadInput(
                f"images of shapes {a} and {b} cannot be left as they are by the "
                "translator of the other kind: give identity=0."
            )
        meters = {"kind_error": kinds.KindError(kinds.size(a) + kinds.size(b))}
        super().__init__(a, meters=meters, **kwargs)
        self.forward = forward
        self.back = back
        self.critic_a = critic_a
        self.critic_b = critic_b
        self.cycle = cycle
        self.identity = identity
        self.pool = pool
        self.loss = loss
        self.objective = objective(loss)
        self.other_shape = b
        self.generator = Both(forward, back)
        self.discriminator = Both(critic_a, critic_b)
        self.pools = [Pool(pool, shape) for shape in (a, b)] if pool else []

    def settled(self):
        """Without the pools, which are of use to a training alone."""
        if not self.pools:
            return self
        model = type(self).from_config({**self.get_config(), "pool": 0})
        for name in ("forward", "back", "critic_a", "critic_b"):
            getattr(model, name).set_weights(getattr(self, name).get_weights())
        return model

    # The game.

    def task(self, data, training):
        """Images of both kinds, and made ones of both for the critics to see."""
        a, b = self.pair(data)
        made = [_made(self.back, b, training), _made(self.forward, a, training)]
        if training:
            for kind, pool in enumerate(self.pools):
                noise = self.noise("uniform", tf.shape(a)[0], (2,))
                made[kind] = pool.show(made[kind], noise)
        return a, b, made

    def judge(self, critic, x, training=False):
        return tf.cast(critic(x, training=training), "float32")

    def discriminator_loss(self, a, b, made, training=False):
        loss = 0.0
        for critic, real, fake in self._kinds(a, b, *made):
            real, fake = (self.judge(critic, x, training) for x in (real, fake))
            loss += self.objective.discriminator(real, fake)
        return loss

    def _kinds(self, a, b, made_a, made_b):
        return (self.critic_a, a, made_a), (self.critic_b, b, made_b)

    def generator_loss(self, a, b, made=None, training=False):
        """What both translators descend, and how far an image is from its return."""
        made_a, made_b = _made(self.back, b, training), _made(self.forward, a, training)
        back_a = _made(self.back, made_b, training)
        back_b = _made(self.forward, made_a, training)
        game = 0.0
        for kind in self._kinds(a, b, made_a, made_b):
            game += self.fooled(*kind, training)
        self.reported["kind_error"].update_state(
            *(
                tf.stop_gradient(tf.concat([*map(kinds.statistics, both)], -1))
                for both in ((made_a, made_b), (a, b))
            )
        )
        error = (self.distance(a, back_a) + self.distance(b, back_b)) / 2
        loss = self.total(game, 2 * tf.reduce_mean(error))
        if self.identity:
            still = self.distance(b, _made(self.forward, b, training))
            still += self.distance(a, _made(self.back, a, training))
            loss += self.identity * self.cycle * tf.reduce_mean(still)
        return loss, error

    def fooled(self, critic, real, made, training):
        """The translators' loss in the game with one critic."""
        return self.objective.generator(
            lambda: self.judge(critic, real, training),
            self.judge(critic, made, training),
        )

    def distance(self, x, y):
        """Of each image: the mean absolute difference of its values."""
        return absolute(y, x)

    def total(self, game, cycle):
        """The loss, of that in the game and the error of both cycles."""
        return game + self.cycle * cycle

    # Use.

    def call(self, x):
        return _made(self.forward, x)

    def translate(self, x):
        """Images b of images a."""
        return {"image": self(x)}

    def translate_back(self, x):
        """Images a of images b."""
        return {"image": _made(self.back, x)}

    def trial(self, x, seed: int = 0) -> Trial:
        """It translates `x`, and what it made of it back; nothing is random."""
        x = np.asarray(x)
        made = in_parts(self, x)
        back = in_parts(lambda part: _made(self.back, part), made)
        return Trial(x, made, x, back=back)

    def signatures(self):
        a, b = self.data_shape, self.other_shape
        one = data_spec(a, "image of the first kind")
        other = data_spec(b, "image of the second kind")
        return {
            "translate": Signature(self.translate, {"x": one}, {"image": other}),
            "translate_back": Signature(
                self.translate_back, {"x": other}, {"image": one}
            ),
        }

    @classmethod
    def small(cls):
        shape = (4, 4, 1)

        def made(**options):
            return cls(
                *(cyclegan.generator(shape, 1, 2, 0, 0) for _ in "ab"),
                *(pix2pix.discriminator(shape, width=2, strides=1) for _ in "ab"),
                **options,
            )

        return {"plain": lambda: made(pool=3)}


class Both(keras.Model):
    """Two networks as one player."""

    def __init__(self, first, second):
        super().__init__()
        self.first = first
        self.second = second
        self.built = True


def _made(network, x, training=False):
    return tf.cast(network(x, training=training), "float32")
