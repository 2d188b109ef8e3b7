"""Solvers: from noise to an example in any number of steps, whatever the network is.

A step leads from the log-ratio r to a smaller one, s. The network says of x what the
example x_0 and the noise eps are (targets.py), by one pass, and a solver's step is an
expression of these. With u = sigma / alpha, the noise of x / alpha:

    the flow          d(x / alpha) / du  =  eps
    DDIM, Euler       x_s = alpha_s x_0 + sigma_s eps
    DDIM at eta       x_s = alpha_s x_0 + sqrt(sigma_s^2 - v) eps + sqrt(v) z
                      v = eta^2 sigma_s^2 (1 - u_s^2 / u_r^2)
    Heun              the mean of both ends' eps in the place of eps
    Renoise           x_s = alpha_s x_0 + sigma_s z
    DPM-Solver++(2M)  x_s = sigma_s / sigma_r x + alpha_s (1 - u_s / u_r) D,
                      D = x_0 + (x_0 - x_0 of the step before) / (2 h_before / h)

eta = 1 is DDPM's ancestral step with the posterior's variance. `Euler` steps along
dx/dt of the path's own clock, which on a straight path is the same as DDIM.

A solver has no state: what it keeps between steps goes in and out. The last step leads
to no noise at all, at r = END.

References: Ho et al. (arXiv:2006.11239), algorithm 2; Song et al. (arXiv:2010.02502),
equation 12; Karras et al. (arXiv:2206.00364), algorithms 1 and 2; Lu et al.
(arXiv:2211.01095), algorithm 2.
"""

from typing import Annotated, Any, Literal, NamedTuple

import tensorflow as tf

from keras_gen.arguments import NotNegative, Positive, Share, within
from keras_gen.parts import Part, part

END = -16.0  # the log-ratio where as good as no noise is left: sigma is 1e-7


class Turn(NamedTuple):
    """A step: its ends, and where it is among the others.

    Args:
        path: the path.
        r, s: the log-ratios of its ends, shaped to be multiplied with examples.
        first: whether there was none before.
        steps: how many there are.
    """

    path: Any
    r: Any
    s: Any
    first: Any
    steps: Any

    @property
    def last(self):
        return self.s <= END + 1.0


class Solver(Part):
    """Base of the solvers."""

    stochastic = False  # whether a step takes noise
    passes = 1  # of the network, in a step

    def start(self, x, r):
        """What is kept before the first step."""
        return ()

    def step(self, predict, x, turn: Turn, z, kept):
        """(x at s, what is kept).

        Args:
            predict: function (x, r) -> (x_0, eps).
            x: the noisy example at r.
            turn: the step.
            z: noise, if it is stochastic.
            kept: what `start` or the step before gave.
        """
        raise NotImplementedError


@part
class DDIM(Solver):
    """First order; `eta` is the share of the noise that is drawn anew."""

    eta: Share = 0.0

    @property
    def stochastic(self):
        return self.eta > 0

    def step(self, predict, x, turn, z, kept):
        clean, eps = predict(x, turn.r)
        (_, sigma), (alpha_s, sigma_s) = map(turn.path.scales, (turn.r, turn.s))
        if not self.stochastic:
            return alpha_s * clean + sigma_s * eps, kept
        fresh = self.eta * sigma_s / sigma * _added(turn, sigma)
        rest = tf.sqrt(tf.maximum(tf.square(sigma_s) - tf.square(fresh), 0.0))
        return alpha_s * clean + rest * eps + fresh * z, kept


@part
class Ancestral(Solver):
    """DDPM's own: the mean of q(x_s | x, x_0), and one of its two variances.

    "small" is that posterior's, right for examples that are one point; "large" that of
    q(x | x_s), right for standard normal ones.
    """

    variance: Literal["small", "large"] = "small"
    stochastic = True

    def step(self, predict, x, turn, z, kept):
        clean, _ = predict(x, turn.r)
        (alpha, sigma), (alpha_s, sigma_s) = map(turn.path.scales, (turn.r, turn.s))
        fresh = _added(turn, sigma)
        of_clean = alpha_s * tf.square(fresh / sigma)
        of_x = alpha / alpha_s * tf.square(sigma_s / sigma)
        small = sigma_s / sigma * fresh
        std = small if self.variance == "small" else fresh
        std = tf.where(turn.last, 0.0, std)  # an example, and no noise on it
        return of_clean * clean + of_x * x + std * z, kept


@part
class Renoise(Solver):
    """What is taken for the example, and new noise on it: for consistency models."""

    stochastic = True

    def step(self, predict, x, turn, z, kept):
        clean, _ = predict(x, turn.r)
        alpha, sigma = turn.path.scales(turn.s)
        return alpha * clean + sigma * z, kept


@part
class Euler(Solver):
    """First order, along dx/dt of the path's clock."""

    def step(self, predict, x, turn, z, kept):
        clean, eps = predict(x, turn.r)
        slope, (alpha, sigma) = turn.path.slope(turn.r), turn.path.rates(turn.r)
        velocity = slope * (alpha * clean + sigma * eps)
        time = turn.path.time(turn.s) - turn.path.time(turn.r)
        return tf.where(turn.last, clean, x + time * velocity), kept


@part
class Heun(Solver):
    """Second order, by two passes a step."""

    passes = 2

    def step(self, predict, x, turn, z, kept):
        clean, eps = predict(x, turn.r)
        (alpha, sigma), (alpha_s, sigma_s) = map(turn.path.scales, (turn.r, turn.s))
        euler = alpha_s * clean + sigma_s * eps
        _, there = predict(euler, turn.s)
        change = alpha_s * (sigma_s / alpha_s - sigma / alpha)
        both = alpha_s / alpha * x + change * (eps + there) / 2.0
        return tf.where(turn.last, euler, both), kept


@part
class Churn(Solver):
    """Heun's step, after some noise was added to what there is.

    Args:
        amount: how much in all steps together; 0 is Heun.
        low, high: between which sigma / alpha.
        inflation: the standard deviation of the new noise.
    """

    amount: NotNegative = 40.0
    low: NotNegative = 0.05
    high: Positive = 50.0
    inflation: Annotated[float, within("[1, 2]")] = 1.003
    stochastic = True
    passes = 2

    def step(self, predict, x, turn, z, kept):
        u = tf.exp(turn.r)
        within = tf.cast((u >= self.low) & (u <= self.high), "float32")
        more = within * tf.minimum(self.amount / turn.steps, 2.0**0.5 - 1.0)
        r = tf.minimum(turn.r + tf.math.log1p(more), turn.path.ends[1])
        (alpha, _), (alpha_r, _) = map(turn.path.scales, (turn.r, r))
        grown = u * tf.sqrt(tf.math.expm1(2.0 * (r - turn.r)))
        x = alpha_r * (x / alpha + self.inflation * grown * z)
        return Heun().step(predict, x, turn._replace(r=r), None, kept)


@part
class DPMSolver2M(Solver):
    """DPM-Solver++(2M): second order, by one pass a step and the one before."""

    def start(self, x, r):
        return x, r

    def step(self, predict, x, turn, z, kept):
        before, r_before = kept
        clean, _ = predict(x, turn.r)
        (_, sigma), (alpha_s, sigma_s) = map(turn.path.scales, (turn.r, turn.s))
        plain = turn.first | turn.last
        h, h_before = turn.r - turn.s, tf.where(plain, 1.0, r_before - turn.r)
        share = tf.where(plain, 0.0, h / (2.0 * h_before))
        data = clean + share * (clean - before)
        stepped = sigma_s / sigma * x - alpha_s * tf.math.expm1(-h) * data
        return stepped, (clean, turn.r)


SOLVERS: dict[str, type[Solver]] = {
    "ddim": DDIM,
    "ancestral": Ancestral,
    "renoise": Renoise,
    "euler": Euler,
    "heun": Heun,
    "churn": Churn,
    "dpm2m": DPMSolver2M,
}


class Grid(Part):
    """Where the steps end: the log-ratio after i of n, from the largest on."""

    def at(self, path, i, n):
        raise NotImplementedError


@part
class EvenTime(Grid):
    """At even times, from 1 on; the n-th is 0."""

    def at(self, path, i, n):
        return path.ratio(1.0 - i / n)


@part
class EvenRatio(Grid):
    """At even log-ratios, from end to end."""

    def at(self, path, i, n):
        low, high = path.ends
        return high + (low - high) * i / tf.maximum(n - 1.0, 1.0)


@part
class Karras(Grid):
    """At even powers of sigma / alpha: closer where there is little noise.

    Reference: Karras et al. (arXiv:2206.00364), equation 5.
    """

    rho: Positive = 7.0

    def at(self, path, i, n):
        low, high = (tf.exp(r / self.rho) for r in path.ends)
        share = i / tf.maximum(n - 1.0, 1.0)
        return self.rho * tf.math.log(high + (low - high) * share)


GRIDS: dict[str, type[Grid]] = {
    "time": EvenTime,
    "ratio": EvenRatio,
    "karras": Karras,
}


def _added(turn, sigma):
    """The standard deviation of q(x | x_s), the noise that a step forward adds."""
    return sigma * tf.sqrt(-tf.math.expm1(2.0 * (turn.s - turn.r)))
