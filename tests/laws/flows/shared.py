"""What the laws of flows share: weights that would show a wrong line."""

import numpy as np
import tensorflow as tf


def wild(part, size=2.0, noise=0.3, seed=0):
    """The same part with larger weights, and all of them at random places."""
    rng = np.random.default_rng(seed)
    for v in part.trainable_weights:
        v.assign(size * v + noise * rng.normal(size=v.shape))
    return part


def jacobian(step, x, context=None):
    """d z / d x of each example, flat: (batch, size, size)."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        z, _ = step.forward(x, context)
        z = tf.reshape(z, (len(x), -1))
    found = tape.batch_jacobian(z, x)
    return np.reshape(found, (len(x), z.shape[1], z.shape[1]))


def mass(model, given=(), reach=20.0, side=1001):
    """The integral of a density of the plane."""
    axis = np.linspace(-reach, reach, side, dtype="float32")
    x = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    told = [np.repeat(np.asarray(g)[None], len(x), 0) for g in given]
    log_p = np.asarray(model.log_prob(x, *told), "float64")
    return np.exp(log_p).sum() * (axis[1] - axis[0]) ** 2
