"""Latents that are found, and put together.

*Inversion*: of a generator without an encoder, the latent of an image is searched for
by descending

    mean over pixels of (x - G(z))^2   +   prior * mean over k of z_k^2

from several beginnings, for there are many valleys. The second term is the standard
normal's -log p(z): what the generator cannot make, it should not be asked to explain by
latents that it has never met.

*Arithmetic*: if a cause moves the codes of all images by about the same vector, this is
the difference of two means, in which other causes cancel if they are as frequent on
both sides, and z + v is the image with the cause:

    v = mean of z over the images with it  -  mean of z over those without

References: Zhu et al., Generative Visual Manipulation on the Natural Image Manifold
(arXiv:1609.03552), for the search; Radford et al., DCGAN (arXiv:1511.06434) and Larsen
et al., Autoencoding beyond pixels (arXiv:1512.09300), for arithmetic.
Not here: distances in features of another network; an encoder trained to begin with.
"""

import math
from typing import NamedTuple

import numpy as np

from keras_gen.arguments import (
    Model,
    NotNegative,
    Numbers,
    Positive,
    Seed,
    Size,
    checked,
)
from keras_gen.errors import BadInput, KerasGenError

_DECAY = 0.9, 0.99  # of the search's averages: it has some hundred steps, not thousands


class Inversion(NamedTuple):
    """For each image: its latent, what the generator makes of that, and how far off.

    The error is the mean of (x - G(z))^2 over the pixels.
    """

    z: np.ndarray
    image: np.ndarray
    error: np.ndarray


@checked
def invert(
    model: Model,
    x: Numbers,
    steps: Size = 200,
    restarts: Size = 4,
    rate: Positive = 0.1,
    prior: NotNegative = 1e-4,
    draws: Size = 1024,
    seed: Seed = 0,
    batch: Size = 256,
) -> Inversion:
    """Find the latents of the images `x`, each one on its own.

    Args:
        model: a model with `decode` or `generate` of a standard normal latent.
        x: images in [0, 1], or points, as the model makes them.
        steps: of the search (Adam, at a rate that falls to nothing along a cosine).
        restarts: beginnings for each image; the best end is kept.
        rate: of the first step, in standard deviations of the latent.
        prior: weight of the second term.
        draws: random latents, of which those whose images are nearest are begun from.
        seed: of the draws.
        batch: images that are computed at once.

    Example:
        >>> model = GAN(mlp.generator(3, (8, 8, 1)), mlp.encoder((8, 8, 1), 1))
        >>> found = invert(model, model.sample(5, seed=1), steps=20)
        >>> found.z.shape, found.error.shape
        ((5, 3), (5,))
    """
    import tensorflow as tf

    from keras_gen.checks import check_batch
    from keras_gen.noise import draw

    function, spec = decoder(model)
    if spec.law != "normal":
        raise BadInput(
            "the search's second term is that of a standard normal latent; the law of "
            f"this model's is {spec.law}."
        )
    x = np.asarray(x, np.float32)
    check_batch(x, model.data_shape, type(model).__name__)
    if not 1 <= restarts <= draws:
        raise BadInput(
            f"restarts begin at the best of {draws} draws: from 1 to as many; received "
            f"{restarts}."
        )
    search = tf.function(
        lambda x, z: _search(function, x, z, steps, rate, prior),
        autograph=False,
        input_signature=[
            tf.TensorSpec((None, *shape)) for shape in (x.shape[1:], spec.shape)
        ],
    ).get_concrete_function()
    pool = draw("normal", (draws, *spec.shape), seed).numpy()
    made = [output(function, pool[i : i + batch]) for i in range(0, draws, batch)]
    near = _nearest(x, np.concatenate(made), restarts)
    begin, targets = tf.constant(pool[near.ravel()]), tf.repeat(x, restarts, 0)
    parts = [
        search(targets[i : i + batch], begin[i : i + batch])
        for i in range(0, len(targets), batch)
    ]
    z, image, error = (np.concatenate(part) for part in zip(*parts, strict=True))
    best = error.reshape(-1, restarts).argmin(1) + restarts * np.arange(len(x))
    return Inversion(z[best], image[best], error[best])


@checked
def attribute(codes: Numbers, present: Numbers) -> np.ndarray:
    """The direction of a cause: the mean of the codes with it less that of the others.

    Args:
        codes: one latent for each image, such as `model.encode(x)["mean"]`.
        present: for each, whether the cause is there.

    Example:
        >>> attribute([[1.0, 0.0], [3.0, 0.0], [0.0, 0.0]], [True, True, False])
        array([2., 0.])
    """
    codes, present = np.asarray(codes, np.float64), np.asarray(present, bool)
    if present.shape != codes.shape[:1] or present.all() or not present.any():
        raise BadInput(
            "a direction needs codes (n, d), and for each whether the cause is there, "
            f"some with and some without; received {codes.shape} and "
            f"{present.shape}, {present.sum()} with."
        )
    return codes[present].mean(0) - codes[~present].mean(0)


def decoder(model):
    """The function from a model's latents to what it makes, and their `Spec`."""
    signatures = model.signatures()
    for name in ("decode", "generate"):
        inputs = signatures[name].inputs if name in signatures else {}
        if set(inputs) == {"z"}:
            return signatures[name].function, inputs["z"]
    raise KerasGenError(
        "a walk in the latent space needs decode(z) or generate(z), and "
        f"{type(model).__name__} has neither. plots.samples works for every model."
    )


def output(function, z):
    """What `decoder(model)[0]` makes of the latents, as an array."""
    return np.asarray(_made(function, np.asarray(z, np.float32)))


def _made(function, z):
    return next(iter(function(z=z).values()))


def _nearest(x, made, k):
    """For each of `x` the places of the k nearest of `made`."""
    x, made = (a.reshape(len(a), -1) for a in (x, made))
    squares = (made**2).sum(1) - 2 * x @ made.T  # the same of all, up to |x|^2
    return np.argsort(squares, 1, kind="stable")[:, :k]


def _search(function, x, z, steps, rate, prior):
    """Adam on each row of z; returns its end, what it makes and the error."""
    import tensorflow as tf

    def error(z):
        difference = tf.square(_made(function, z) - x)
        return tf.reduce_mean(difference, list(range(1, x.shape.rank)))

    def step(t, z, m, v):
        with tf.GradientTape() as tape:
            tape.watch(z)
            loss = error(z) + prior * tf.reduce_mean(tf.square(z), -1)
        slope = tape.gradient(loss, z)
        m, v = (
            b * old + (1 - b) * new
            for b, old, new in zip(_DECAY, (m, v), (slope, slope**2), strict=True)
        )
        t += 1.0
        mean, square = (
            a / (1 - tf.pow(b, t)) for b, a in zip(_DECAY, (m, v), strict=True)
        )
        now = rate * 0.5 * (1 + tf.cos(math.pi * (t - 1) / steps))
        return t, z - now * mean / (tf.sqrt(square) + 1e-8), m, v

    zeros = tf.zeros_like(z)
    begin = tf.constant(0.0), z, zeros, zeros
    _, z, _, _ = tf.while_loop(lambda t, *_: t < steps, step, begin)
    return z, _made(function, z), error(z)
