"""Models whose network is the truth: of data whose law is a mixture of Gaussians."""

import keras
import numpy as np
import tensorflow as tf

from keras_gen.parts.paths import PATHS

MEANS = np.array([[-1.0, 0.5], [1.5, -0.25], [0.0, 1.0]], "float32")
SHARES = np.array([0.5, 0.3, 0.2], "float32")
STD = 0.4


def posterior(path, r, x, means=MEANS, shares=SHARES, std=STD):
    """(E[x_0 | x], E[eps | x]) at the log-ratio r, in closed form, in float64."""
    x, r = np.asarray(x, "float64"), np.asarray(r, "float64")
    alpha, sigma = (np.asarray(s, "float64") for s in path.scales(tf.constant(r)))
    variance = (alpha * std) ** 2 + sigma**2
    apart = x[:, None] - alpha[..., None] * means
    log = np.log(shares) - 0.5 * (apart**2).sum(-1) / variance
    weight = np.exp(log - log.max(-1, keepdims=True))
    weight /= weight.sum(-1, keepdims=True)
    each = means + alpha[..., None] * std**2 / variance[..., None] * apart
    clean = (weight[..., None] * each).sum(1)
    return clean, (x - alpha * clean) / sigma


def network(law, shape=(2,)):
    """A functional network of points that says `law(x, time)`."""
    x, time = keras.Input(shape, name="x"), keras.Input((), name="time")
    said = Says(law)([x, time])
    return keras.Model([x, time], said)


class Says(keras.layers.Layer):
    """A function as a layer, with a weight so that there is one."""

    def __init__(self, law, **kwargs):
        super().__init__(**kwargs)
        self.law = law
        self.weight = self.add_weight(name="w", shape=(), initializer="ones")

    def call(self, inputs):
        return self.weight * self.law(*inputs)

    def compute_output_shape(self, shapes):
        return shapes[0]


def gaussian(model, std=1.0, mean=0.0):
    """`model`, whose network says the truth of data that are N(mean, std^2)."""

    def law(x, time):
        path = model.noising
        low, high = path.ends
        r = model.column(low + (high - low) * time)
        alpha, sigma = path.scales(r)
        x = x * tf.sqrt(tf.square(sigma) + tf.square(model.spread * alpha))
        variance = tf.square(alpha * std) + tf.square(sigma)
        clean = mean + alpha * std**2 / variance * (x - alpha * mean)
        eps = sigma / variance * (x - alpha * mean)
        return model.target.of(path, r, clean, eps)

    model.network = network(law, model.data_shape)
    model.averaged = None
    return model


def path_of(name):
    return PATHS[name]()
