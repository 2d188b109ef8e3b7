"""What every step of a flow can do: go forth, go back, and say how it stretches space.

    z, log_det = step(x),     x = step.inverse(z),     log_det = log |det dz/dx|

Forth is from the data to the noise, the way of the density; log_det has one number for
each example. A step computes in the precision of its weights, whatever the networks in
it do: a log-determinant is a sum of thousands of terms.

A step may be told a `context`, a vector for each example, by which its map varies; one
that has no use for it passes it by.
"""

import keras
import tensorflow as tf

from keras_gen import arguments


def exact() -> str:
    """The precision of weights under the policy that holds now: no half of one."""
    return keras.config.dtype_policy().variable_dtype


def total(values):
    """The sum over all axes but that of the batch."""
    return tf.reduce_sum(values, axis=list(range(1, values.shape.rank)))


class Bijection(arguments.Checked, keras.layers.Layer):
    """Base of the steps; a subclass has `forward` and `inverse`.

    Its constructor keeps each argument under its own name and makes the weights.
    """

    def __init__(self, **kwargs):
        super().__init__(**{"dtype": exact(), **kwargs})
        self.built = True

    def forward(self, x, context=None, training=False):
        """z, and log |det dz/dx| of each example."""
        raise NotImplementedError

    def inverse(self, z, context=None):
        """The x that this z comes from."""
        raise NotImplementedError

    def call(self, x, context=None, training=False):
        return self.forward(x, context, training)

    def get_config(self):
        own = {name: getattr(self, name) for name in arguments.own(type(self))}
        return {**super().get_config(), **own}

    @classmethod
    def from_config(cls, config):
        deserialize = keras.saving.deserialize_keras_object
        return cls(**{name: deserialize(value) for name, value in config.items()})


def forth(steps, x, context=None, training=False):
    """Through all the steps, and the sum of their log-determinants."""
    log_det = tf.zeros_like(x[..., 0])
    while log_det.shape.rank > 1:
        log_det = log_det[:, 0]
    for step in steps:
        x, more = step(x, context=context, training=training)
        log_det += more
    return x, log_det


def back(steps, z, context=None):
    """The way back through all the steps."""
    for step in reversed(steps):
        z = step.inverse(z, context)
    return z
