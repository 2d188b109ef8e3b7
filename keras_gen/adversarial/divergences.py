"""The f-divergences that a GAN can minimise, and the bounds a critic gives of them.

For a convex f with f(1) = 0, and its conjugate f*(t) = sup_u (u t - f(u)),

    D_f(P || Q) = E_Q f(p / q)  >=  E_P T(x) - E_Q f*(T(x))       for every function T

with equality at T = f'(p / q). T must lie in the domain of f*, so it is written as
T = g(v) with v a score on the whole real line and g increasing: a high score means
"real". The conjugate is only ever needed of g(v), and simplifies there:

    divergence         f(u)                          g(v)            f*(g(v))
    Kullback-Leibler   u log u                       v               e^(v-1)
    reverse KL         -log u                        -e^(-v)         v - 1
    Pearson            (u - 1)^2                     v               v^2/4 + v
    squared Hellinger  (sqrt u - 1)^2                1 - e^(-v)      e^v - 1
    Jensen-Shannon     u log u - (u+1) log((u+1)/2)  log 2 - sp(-v)  sp(v) - log 2
    GAN                u log u - (u+1) log(u+1)      -sp(-v)         sp(v)
    total variation    |u - 1| / 2                   tanh(v) / 2     tanh(v) / 2
    Neyman             (1 - u)^2 / u                 1 - e^(-v)      2 - 2 e^(-v/2)

with sp(v) = log(1 + e^v). (GAN's f(1) is -log 4: its value is 2 JSD - log 4.)

Reference: Nowozin, Cseke & Tomioka, f-GAN (arXiv:1606.00709), tables 1, 2 and 6.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

softplus, exp = tf.nn.softplus, tf.exp


class Divergence(NamedTuple):
    """The output activation g, the composition of f* and g, and v where p = q."""

    activation: Callable
    conjugate: Callable
    level: float = 0.0  # g(level) = f'(1)


DIVERGENCES = {
    "kullback_leibler": Divergence(tf.identity, lambda v: exp(v - 1), 1.0),
    "reverse_kl": Divergence(lambda v: -exp(-v), lambda v: v - 1),
    "pearson": Divergence(tf.identity, lambda v: tf.square(v) / 4 + v),
    "squared_hellinger": Divergence(lambda v: 1 - exp(-v), lambda v: exp(v) - 1),
    "jensen_shannon": Divergence(
        lambda v: math.log(2) - softplus(-v), lambda v: softplus(v) - math.log(2)
    ),
    "gan": Divergence(lambda v: -softplus(-v), softplus),
    "total_variation": Divergence(lambda v: tf.tanh(v) / 2, lambda v: tf.tanh(v) / 2),
    "neyman": Divergence(lambda v: 1 - exp(-v), lambda v: 2 - 2 * exp(-v / 2)),
}
