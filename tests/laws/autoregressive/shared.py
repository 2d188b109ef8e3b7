"""What the laws of autoregressive models share: weights that would show a leak."""

import itertools

import numpy as np
import tensorflow as tf

IMAGE = (3, 4, 1)  # 12 binary pixels: 4,096 images


def wild(model, size=1.8, noise=0.4):
    """The same model with larger weights, and biases."""
    rng = np.random.default_rng(0)
    for v in model.trainable_weights:
        v.assign(size * v + noise * rng.normal(size=v.shape))
    return model


def lively(model):
    """Not quite so wild: all levels are drawn, and images differ."""
    return wild(model, 1.2, 0.15)


def every(shape, levels):
    """All the images of so many levels."""
    values = itertools.product(np.arange(levels) / (levels - 1), repeat=np.prod(shape))
    return np.array(list(values), "float32").reshape(-1, *shape)


def total(model, x):
    return float(tf.reduce_sum(tf.exp(tf.cast(model.log_prob(x), tf.float64))))


def jacobian(network, x, training=False):
    """d output / d input of shape (batch, outputs, batch, inputs)."""
    x = tf.constant(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = network(x, training=training)
        y = tf.reshape(y, (len(x), -1))
    values = tape.jacobian(y, x)
    return np.reshape(values, (len(x), y.shape[1], len(x), -1))


def seen_from(network, shape, pixel, images=6):
    """Which pixels have any influence on the output at `pixel`, in some image."""
    x = np.random.default_rng(0).random((images, *shape))
    x = tf.constant(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(network(x)[:, pixel[0], pixel[1]])
    return np.abs(tape.gradient(y, x)).sum((0, -1)) > 0


def variation(share, p, n):
    """Total variation, and the largest that exact draws would plausibly have."""
    exact = np.random.default_rng(0).multinomial(n, p / p.sum(), 100) / n
    distances = np.abs(exact - p).sum(1) / 2
    return np.abs(share - p).sum() / 2, distances.mean() + 4 * distances.std()
