"""The likelihood of a model of diffusion: its flow has one, exact up to the steps.

Along the flow dx/dr = f(x, r) that carries data to noise, a density changes as space is
stretched,

    log p(x_0)  =  log N(x_end)  +  integral over r of  div f,
    f  =  d alpha / dr x_0(x, r)  +  d sigma / dr eps(x, r)

It is computed from the path's smallest noise to its largest, by Runge and Kutta's steps
of the fourth order, even in r, and is the density of the data with that smallest noise
on them. The divergence is a trace of derivatives: all of them, or, with v of random
signs, the mean of v . (df/dx) v over some probes, one product for each.

Reference: Chen et al. (arXiv:1806.07366); Grathwohl et al. (arXiv:1810.01367) for the
probes; Song et al. (arXiv:2011.13456), appendix D.
"""

import math

import tensorflow as tf

from keras_gen.layers.loops import loop
from keras_gen.noise import draw


def log_prob(model, x, probes=0, steps=32, seed=0, given=None):
    """log p(x) in nats; of images in the unit of [0, 1].

    Args:
        model: a `Diffusion`.
        x: examples.
        probes: of Hutchinson's estimate, 0 for the exact trace.
        steps: of the flow, four passes each.
        seed: of the probes.
        given: {name: what is told of each}.
    """
    x, signs = tf.cast(x, "float32"), None
    if probes:
        uniform = draw("uniform", (probes, *x.shape), seed)
        signs = tf.where(uniform < 0.5, -1.0, 1.0)
    return _log_prob(model, x, given, signs, steps)


@tf.function(autograph=False, reduce_retracing=True)
def _log_prob(model, x, given, signs, steps):
    x = model.inward(x)
    batch, probes = tf.shape(x)[0], 0 if signs is None else signs.shape[0]

    def flow(x, r):
        """(f, its divergence)."""
        r = tf.fill((batch, *[1] * model.rank), r)
        with tf.GradientTape(persistent=bool(probes)) as tape:
            tape.watch(x)
            clean, eps = model.predict_both(x, r, given)
            alpha, sigma = model.noising.rates(r)
            f = alpha * clean + sigma * eps
            products = [total(f * signs[k]) for k in range(probes)]
        if probes:
            each = (
                total(tape.gradient(product, x) * signs[k])
                for k, product in enumerate(products)
            )
            return f, tf.add_n(list(each)) / probes
        size = math.prod(model.data_shape)
        jacobian = tf.reshape(tape.batch_jacobian(f, x), (-1, size, size))
        return f, tf.linalg.trace(jacobian)

    def total(values):
        return tf.reduce_sum(values, list(range(1, model.rank + 1)))

    low, high = model.noising.ends
    h = (high - low) / steps

    def step(i, x, gained):
        r = low + h * tf.cast(i, "float32")
        f1, d1 = flow(x, r)
        f2, d2 = flow(x + h / 2.0 * f1, r + h / 2.0)
        f3, d3 = flow(x + h / 2.0 * f2, r + h / 2.0)
        f4, d4 = flow(x + h * f3, r + h)
        x += h / 6.0 * (f1 + 2.0 * f2 + 2.0 * f3 + f4)
        return i + 1, x, gained + h / 6.0 * (d1 + 2.0 * d2 + 2.0 * d3 + d4)

    (alpha, _), (alpha_end, sigma_end) = map(model.noising.scales, (low, high))
    _, x, gained = loop(steps, step, (alpha * x, tf.zeros((batch,))))
    variance = tf.square(sigma_end) + tf.square(model.spread * alpha_end)
    size = math.prod(model.data_shape)
    end = -0.5 * total(tf.square(x)) / variance
    end -= size / 2.0 * tf.math.log(2.0 * math.pi * variance)
    unit = math.log(2.0) if model.is_image else 0.0
    return end + gained + size * (unit + tf.math.log(alpha))


def bits_per_dim(model, x, levels, probes=1, steps=32, seed=0, given=None):
    """Of examples of so many levels, with uniform noise on them: an upper bound.

    The noise fills the cell of each level: the density's mean over the cell is at least
    the exponential of the mean log-density, so no code of these lengths is too short.
    """
    x = tf.cast(x, "float32")
    cell = tf.round(x * (levels - 1)) + draw("uniform", x.shape, seed + 1)
    nats = log_prob(model, cell / levels, probes, steps, seed, given)
    return math.log2(levels) - nats / (math.log(2.0) * math.prod(model.data_shape))
