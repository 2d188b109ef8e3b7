"""What the two players of a GAN minimise, as pure functions of the critic's scores.

The discriminator's function takes `(real, fake)`, the scores of both. The generator's
takes `(real, fake)` with the real scores as a *function*, so that a loss which does not
look at the real batch does not pay for scoring it. Scores may be one number for each
example or a map of them (patches): losses average over all.

With l a score that is a logit, D = sigmoid(l), softplus(-l) = -log D and
softplus(l) = -log(1 - D).

References: at each class. f-GAN has a file of its own (divergences.py), EBGAN and BEGAN
are systems.
"""

import math
from typing import Annotated, ClassVar

import tensorflow as tf

from keras_gen.arguments import NotNegative, Positive, Rule, named, within
from keras_gen.parts import Part, part
from keras_gen.parts.divergences import DIVERGENCES
from keras_gen.training.distribute import whole_batch

softplus, relu, mean = tf.nn.softplus, tf.nn.relu, tf.reduce_mean


class Loss(Part):
    """A pair of functions, one for each player, that return a scalar.

    `level` is the score of a critic that cannot tell the examples apart, and `offset`
    says that this could be any number, for only differences of scores count. `least` is
    the loss of a discriminator that has won, if there is a least one.
    """

    level: ClassVar[float] = 0.0
    offset: ClassVar[bool] = False
    least: ClassVar[float | None] = None

    def equilibrium(self) -> dict[str, dict[str, float]]:
        """The players' losses where p_G = p_data, against the best critic.

        As `plots.losses` takes its references; without a penalty and other terms. Where
        the scores have an offset, so has the generator's loss, and is left out.

        Example:
            >>> Minimax().equilibrium()["discriminator_loss"]  # log 4
            {'equilibrium': 1.3862943649291992}
        """
        score = tf.fill((1, 1), float(self.level))
        values = {"discriminator_loss": self.discriminator(score, score)}
        if not self.offset:
            values["generator_loss"] = self.generator(lambda: score, score)
        return {name: {"equilibrium": float(v)} for name, v in values.items()}

    @property
    def stakes(self) -> tuple[float, float] | None:
        """The discriminator's loss if it has won, and if it can tell nothing."""
        if self.least is None:
            return None
        return self.least, self.equilibrium()["discriminator_loss"]["equilibrium"]

    def discriminator(self, real, fake):
        raise NotImplementedError

    def generator(self, real, fake):
        raise NotImplementedError


@part
class Minimax(Loss):
    """The game itself: both players have the same value, with opposite signs.

        D: -E log D(x) - E log(1 - D(G(z)))         G: E log(1 - D(G(z)))

    Goodfellow et al. (arXiv:1406.2661). `smoothing` s asks for D = 1 - s on real
    examples (and 0 on generated ones), so that no logit grows without bound: one-sided
    label smoothing, Salimans et al. (arXiv:1606.03498).
    """

    smoothing: Annotated[
        float,
        within("[0, 0.5)", "the share of a real example that is called generated"),
    ] = 0.0

    @property
    def level(self):
        return math.log((1 - self.smoothing) / (1 + self.smoothing))

    @property
    def least(self):
        s = self.smoothing
        return -(1 - s) * math.log(1 - s) - (s * math.log(s) if s else 0.0)

    def discriminator(self, real, fake):
        # (1 - s) softplus(-l) + s softplus(l), with softplus(l) = softplus(-l) + l
        return mean(softplus(-real) + self.smoothing * real) + mean(softplus(fake))

    def generator(self, real, fake):
        return -mean(softplus(fake))


@part
class NonSaturating(Minimax):
    """G: -E log D(G(z)). Its gradient does not vanish where the discriminator is sure.

    The same fixed point as the minimax game; Goodfellow et al. (arXiv:1406.2661).
    """

    def generator(self, real, fake):
        return mean(softplus(-fake))


@part
class BoundarySeeking(Minimax):
    """G: 1/2 E (log D(G(z)) - log(1 - D(G(z))))^2, the square of the logit.

    The generator seeks the boundary of the best discriminator, where D = 1/2.
    Hjelm et al., Boundary-Seeking GANs (arXiv:1702.08431), for continuous data.
    """

    def generator(self, real, fake):
        return 0.5 * mean(tf.square(fake))


@part
class LeastSquares(Loss):
    """D: 1/2 E (D(x) - b)^2 + 1/2 E (D(G) - a)^2     G: 1/2 E (D(G) - c)^2

    Mao et al., Least Squares GANs (arXiv:1611.04076): a = 0, b = c = 1; with b - c = 1
    and b - a = 2 the game's value is a Pearson divergence.
    """

    a: float = 0.0
    b: float = 1.0
    c: float = 1.0

    least: ClassVar[float] = 0.0

    @property
    def level(self):
        return (self.a + self.b) / 2

    def discriminator(self, real, fake):
        return 0.5 * (mean(tf.square(real - self.b)) + mean(tf.square(fake - self.a)))

    def generator(self, real, fake):
        return 0.5 * mean(tf.square(fake - self.c))


@part
class Wasserstein(Loss):
    """D: E D(G(z)) - E D(x)     G: -E D(G(z))

    With D among the 1-Lipschitz functions this is the earth mover's distance; a penalty
    or a constraint must keep it there. Arjovsky et al. (arXiv:1701.07875).

    Only differences of scores count, so all of them may wander off together; `drift`
    adds drift * E D(x)^2. Karras et al. (arXiv:1710.10196), appendix A.1, with .001.
    """

    drift: NotNegative = 0.0

    @property
    def offset(self):
        return not self.drift

    def discriminator(self, real, fake):
        return mean(fake) - mean(real) + self.drift * mean(tf.square(real))

    def generator(self, real, fake):
        return -mean(fake)


@part
class Hinge(Loss):
    """D: E max(0, 1 - D(x)) + E max(0, 1 + D(G(z)))     G: -E D(G(z))

    Lim & Ye, Geometric GAN (arXiv:1705.02894): the margin of a support vector machine.
    """

    offset: ClassVar[bool] = True
    least: ClassVar[float] = 0.0

    def discriminator(self, real, fake):
        return mean(relu(1 - real)) + mean(relu(1 + fake))

    def generator(self, real, fake):
        return -mean(fake)


@part
class RelativisticAverage(Loss):
    """How much more real than the average example of the other kind.

        D: -E log s(l_x - E l_G) - E log(1 - s(l_G - E l_x)),  s the sigmoid
        G: the same with the roles exchanged, so it looks at the real batch, too

    Jolicoeur-Martineau, The relativistic discriminator (arXiv:1807.00734).
    """

    least: ClassVar[float] = 0.0

    def discriminator(self, real, fake):
        of_real, of_fake = (mean(whole_batch(t)) for t in (real, fake))
        return mean(softplus(of_fake - real)) + mean(softplus(fake - of_real))

    def generator(self, real, fake):
        return self.discriminator(fake, real())


@part
class FDivergence(Loss):
    """Any f-divergence, by its variational bound, with T = g(D) and g an activation.

        D: E f*(T(G(z))) - E T(x)     G: -E f*(T(G(z)))

    Nowozin et al., f-GAN (arXiv:1606.00709). With `trick` the generator minimises
    -E T(G(z)) instead (section 3.2), which does not saturate.
    """

    divergence: Annotated[str, named(DIVERGENCES, "divergence")] = "kullback_leibler"
    trick: bool = False

    @property
    def level(self):
        return DIVERGENCES[self.divergence].level

    @property
    def least(self):
        return DIVERGENCES[self.divergence].least

    def discriminator(self, real, fake):
        f = DIVERGENCES[self.divergence]
        return mean(f.conjugate(fake)) - mean(f.activation(real))

    def generator(self, real, fake):
        f = DIVERGENCES[self.divergence]
        return -mean(f.activation(fake) if self.trick else f.conjugate(fake))


@part
class MMD(Loss):
    """Maximum mean discrepancy of the critic's features, over the whole batch.

        MMD^2 = E k(a, a') + E k(b, b') - 2 E k(a, b)
        k(a, b) = sum over s of exp( -|a - b|^2 / (2 s^2) )

    The critic maximises it, the generator minimises it. The critic's outputs are the
    features. The expectations are over all pairs of the batch, an example with itself
    included: never below zero.

    Li et al., MMD GAN (arXiv:1705.08584); not here: the autoencoder that they add to
    keep the features injective.
    """

    bandwidths: tuple[Positive, ...] = (1.0, 2.0, 4.0, 8.0, 16.0)

    def __post_init__(self):
        object.__setattr__(self, "bandwidths", tuple(self.bandwidths))

    def distance(self, a, b):
        """The squared MMD of two batches of scores."""
        a, b = (whole_batch(tf.reshape(t, (tf.shape(t)[0], -1))) for t in (a, b))
        return mean(self._k(a, a)) + mean(self._k(b, b)) - 2 * mean(self._k(a, b))

    def _k(self, a, b):
        norms = [tf.reduce_sum(tf.square(t), -1) for t in (a, b)]
        d = norms[0][:, None] + norms[1][None] - 2 * tf.matmul(a, b, transpose_b=True)
        return sum(tf.exp(-relu(d) / (2 * s**2)) for s in self.bandwidths)

    def discriminator(self, real, fake):
        return -self.distance(real, fake)

    def generator(self, real, fake):
        return self.distance(real(), fake)


LOSSES = {
    "minimax": Minimax(),
    "non_saturating": NonSaturating(),
    "boundary_seeking": BoundarySeeking(),
    "least_squares": LeastSquares(),
    "wasserstein": Wasserstein(),
    "hinge": Hinge(),
    "relativistic_average": RelativisticAverage(),
    "mmd": MMD(),
    **{name: FDivergence(name) for name in DIVERGENCES},
}


Objective = Annotated[
    Loss | str,
    named(LOSSES, "adversarial loss"),
    Rule("(your own is an instance of a class that inherits losses.Loss)", bool),
]


def objective(loss: Objective) -> Loss:
    """The loss itself, or that of this name in `LOSSES`."""
    return loss if isinstance(loss, Loss) else LOSSES[loss]
