"""The f-divergences that a GAN can minimise, and the bounds a critic gives of them.

For a convex f with f(1) = 0, and its conjugate f*(t) = sup_u (u t - f(u)),

    D_f(P || Q) = E_Q f(p / q)  >=  E_P T(x) - E_Q f*(T(x))       for every function T

with equality at T = f'(p / q). T must lie in the domain of f*, so it is written as
T = g(v) with v a score on the whole real line and g increasing: a high score means
"real". The conjugate is only ever needed of g(v), and simplifies there:

    divergence         f(u)                          g(v)            f*(g(v))
    Kullback-Leibler   u log u                       v               e^(v-1)
    reverse KL         -log u                        -e^(-v)         v - 1
    Pearson            (u - 1)^2                     v               relu(1 + v/2)^2 - 1
    squared Hellinger  (sqrt u - 1)^2                1 - e^(-v)      e^v - 1
    Jensen-Shannon     u log u - (u+1) log((u+1)/2)  log 2 - sp(-v)  sp(v) - log 2
    GAN                u log u - (u+1) log(u+1)      -sp(-v)         sp(v)
    total variation    |u - 1| / 2                   tanh(v) / 2     tanh(v) / 2
    Neyman             (1 - u)^2 / u                 1 - e^(-v)      2 - 2 e^(-v/2)

with sp(v) = log(1 + e^v). (GAN's f(1) is -log 4: its value is 2 JSD - log 4.)

The paper has v^2/4 + v for Pearson, which is the same from v = -2 on. Below, it is the
supremum over negative u, too, of which there are none, and rises again: a generator
would gain by what looks worst, and leave the data for good.

Of two laws that do not overlap, Kullback-Leibler, reverse KL, Pearson and Neyman are
infinite: then the critic's gain has no end. What grows exponentially with its scores
(the price of a generated example that it calls real, with Kullback-Leibler; the gain of
one that it knows, with Neyman) may overflow.

Reference: Nowozin, Cseke & Tomioka, f-GAN (arXiv:1606.00709), tables 1, 2 and 6.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

softplus, relu, exp = tf.nn.softplus, tf.nn.relu, tf.exp


class Divergence(NamedTuple):
    """The output activation g, the composition of f* and g, and v where p = q.

    `least` is minus the divergence of two laws that do not overlap, if it is finite.
    """

    activation: Callable
    conjugate: Callable
    level: float = 0.0  # g(level) = f'(1)
    least: float | None = None


DIVERGENCES = {
    "kullback_leibler": Divergence(tf.identity, lambda v: exp(v - 1), 1.0),
    "reverse_kl": Divergence(lambda v: -exp(-v), lambda v: v - 1),
    "pearson": Divergence(tf.identity, lambda v: tf.square(relu(1 + v / 2)) - 1),
    "squared_hellinger": Divergence(
        lambda v: 1 - exp(-v), lambda v: exp(v) - 1, least=-2.0
    ),
    "jensen_shannon": Divergence(
        lambda v: math.log(2) - softplus(-v),
        lambda v: softplus(v) - math.log(2),
        least=-math.log(4),
    ),
    "gan": Divergence(lambda v: -softplus(-v), softplus, least=0.0),
    "total_variation": Divergence(
        lambda v: tf.tanh(v) / 2, lambda v: tf.tanh(v) / 2, least=-1.0
    ),
    "neyman": Divergence(lambda v: 1 - exp(-v), lambda v: 2 - 2 * exp(-v / 2)),
}
