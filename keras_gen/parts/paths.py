"""Paths from data to noise: what is left of an example, and how much noise there is.

    x_t  =  alpha_t x_0  +  sigma_t eps,     eps standard normal,  t in [0, 1]

At t = 0 there is the example and at t = 1 (nearly) nothing but noise. A path does two
things: it says which share of the noise comes with which share of the example, as
functions of their log-ratio

    r  =  log( sigma / alpha )

and how r grows with the time t. Everything else (solvers, targets, the network) knows
r alone: a network that was trained on one clock is sampled by another.

    preserving    alpha^2 + sigma^2 = 1     alpha^2 = sigmoid(-2 r)
    exploding     alpha = 1                 sigma   = exp(r)
    straight      alpha + sigma = 1         sigma   = sigmoid(r)

These are exact in float32 at both ends, where 1 - alpha^2 would not be.

References: Song et al. (arXiv:2011.13456); Kingma et al. (arXiv:2107.00630), who have
the log-ratio; Lipman et al. (arXiv:2210.02747) for the straight one.
"""

import functools
import math
from typing import Annotated

import numpy as np
import tensorflow as tf

from keras_gen.arguments import Positive, within
from keras_gen.errors import BadInput
from keras_gen.parts import Part, part

EDGE = 1e-3  # of the clocks whose log-ratio is infinite at an end


class Path(Part):
    """Base of the paths."""

    first, last = EDGE, 1.0 - EDGE  # where its clock is kept within

    def clock(self, t):
        """r at the time t, within the ends."""
        raise NotImplementedError

    def time(self, r):
        """The time at which the log-ratio is r: the inverse of `clock`."""
        raise NotImplementedError

    def slope(self, r):
        """dr/dt where the log-ratio is r."""
        raise NotImplementedError

    def scales(self, r):
        """(alpha, sigma)."""
        raise NotImplementedError

    def rates(self, r):
        """(d alpha / dr, d sigma / dr)."""
        raise NotImplementedError

    def ratio(self, t):
        """r at the time t; before the first time and after the last it stands still."""
        return self.clock(tf.clip_by_value(t, self.first, self.last))

    @property
    def ends(self):
        """The smallest and the largest r."""
        return self.ratio(tf.constant(0.0)), self.ratio(tf.constant(1.0))


class _Preserving(Path):
    def scales(self, r):
        alpha = tf.sqrt(tf.sigmoid(-2.0 * r))
        return alpha, alpha * tf.exp(r)  # some runtimes have no sigmoid below -18

    def rates(self, r):
        alpha, sigma = self.scales(r)
        return -alpha * tf.square(sigma), sigma * tf.square(alpha)


@part
class LinearVariance(_Preserving):
    """Preserving; the noise of a step grows linearly, as in DDPM.

        alpha^2 at t = i / steps  =  product over j <= i of (1 - beta_j)

    with beta from `low` to `high`. Between these times log alpha^2 is the polynomial
    through them (computed in float64, of degree 8: they lie on it to 1e-11).

    Reference: Ho et al. (arXiv:2006.11239).
    """

    steps: Annotated[int, within("[16, 65536]")] = 1000
    low: Annotated[float, within("(0, 1)")] = 1e-4
    high: Annotated[float, within("(0, 1)")] = 0.02
    last = 1.0

    @property
    def first(self):
        return 1.0 / self.steps

    @functools.cached_property
    def polynomial(self):
        """-log alpha^2 as a function of t; there is no constant term."""
        beta = np.linspace(self.low, self.high, self.steps)
        decay = np.concatenate([[0.0], np.cumsum(-np.log1p(-beta))])
        t = np.linspace(0.0, 1.0, self.steps + 1)
        powers = np.stack([t**k for k in range(1, 9)], axis=-1)
        return np.linalg.lstsq(powers, decay, rcond=None)[0]

    def _decay(self, t):
        return t * _horner(self.polynomial, t)

    def _rate(self, t):
        return _horner(self.polynomial * np.arange(1, 9), t)

    def clock(self, t):
        # sigma^2 / alpha^2 = exp(decay) - 1, written without the difference.
        d = self._decay(t)
        return 0.5 * (d + tf.math.log(tf.tanh(d / 2.0) * (1.0 + tf.exp(-d))))

    def time(self, r):
        # A quadratic's root, and Newton's steps from there.
        decay = tf.nn.softplus(2.0 * r)
        b, c = float(self._rate(0.0)), float(self._decay(1.0))
        t = 2.0 * decay / (b + tf.sqrt(b * b + 4.0 * (c - b) * decay))
        for _ in range(3):
            t -= (self._decay(t) - decay) / self._rate(t)
        return t

    def slope(self, r):
        return self._rate(self.time(r)) / (2.0 * tf.square(self.scales(r)[1]))


@part
class Cosine(_Preserving):
    """Preserving; alpha = cos(pi t / 2): the example fades more evenly.

    Reference: Nichol & Dhariwal (arXiv:2102.09672). Not here: their offset of .008,
    which keeps the first steps from being small; here it is the first time that does.
    """

    def clock(self, t):
        angle = math.pi / 2 * t
        return tf.math.log(tf.sin(angle) / tf.cos(angle))

    def time(self, r):
        return 2.0 / math.pi * tf.atan(tf.exp(r))

    def slope(self, r):
        alpha, sigma = self.scales(r)
        return math.pi / 2 / (alpha * sigma)


@part
class Exploding(Path):
    """The example stays as it is and the noise grows, evenly in r.

    Reference: Song & Ermon (arXiv:1907.05600); the default ends are those of Karras et
    al. (arXiv:2206.00364), for examples within [-1, 1].
    """

    low: Positive = 0.002
    high: Positive = 80.0
    first, last = 0.0, 1.0

    def __post_init__(self):
        if self.low >= self.high:
            raise BadInput(
                f"the noise grows from low to high; received {self.low}, {self.high}."
            )

    def time(self, r):
        low, high = math.log(self.low), math.log(self.high)
        return (r - low) / (high - low)

    def clock(self, t):
        low, high = math.log(self.low), math.log(self.high)
        return low + (high - low) * t

    def slope(self, r):
        return math.log(self.high / self.low) * tf.ones_like(r)

    def scales(self, r):
        return tf.ones_like(r), tf.exp(r)

    def rates(self, r):
        return tf.zeros_like(r), tf.exp(r)


@part
class Straight(Path):
    """A straight line from the example to the noise: alpha = 1 - t, sigma = t.

    Reference: Lipman et al. (arXiv:2210.02747); Liu et al. (arXiv:2209.03003). Their
    time runs from noise to data.
    """

    def clock(self, t):
        return tf.math.log(t / (1.0 - t))

    def time(self, r):
        return tf.sigmoid(r)

    def slope(self, r):
        alpha, sigma = self.scales(r)
        return 1.0 / (alpha * sigma)

    def scales(self, r):
        alpha = tf.sigmoid(-r)
        return alpha, alpha * tf.exp(r)

    def rates(self, r):
        alpha, sigma = self.scales(r)
        return -alpha * sigma, alpha * sigma


PATHS: dict[str, type[Path]] = {
    "linear": LinearVariance,
    "cosine": Cosine,
    "exploding": Exploding,
    "straight": Straight,
}


def _horner(coefficients, t):
    value = 0.0
    for c in reversed([float(c) for c in coefficients]):
        value = value * t + c
    return value
