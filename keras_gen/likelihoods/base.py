"""What every likelihood head has in common.

One head, one law, in three forms that must agree (the tests hold them to it):

    head(params)                a TensorFlow Probability distribution, for training,
                                evaluation and everything TFP knows to do with one
    head.log_prob(params, x)    the same number from plain operations, because what
                                TFP composes it from does not convert to phones
    head.sample_from(params, u) a draw as a pure function of its noise

The first axis of `params` is the batch; all the others belong to one example. Along
the last axis, each of the C channels of the data has its own group of consecutive
numbers, channel after channel.
"""

from typing import Annotated

import keras
import numpy as np
import tensorflow as tf

from keras_gen.arguments import Checked, within
from keras_gen.errors import BadInput
from keras_gen.signatures import Spec


class Likelihood(Checked, keras.layers.Layer):
    """Base of the heads: shapes, checks and the law of the noise.

    A head is a Keras layer so that what it learns itself (a shared scale) is trained,
    saved and counted with the model that holds it. It always computes in float32:
    a log-probability is a sum of thousands of terms.

    A subclass sets `per_channel` (how many parameters a channel needs), `levels` (the
    number of values of discrete data, k / (levels - 1), or None) and `law` (of the
    noise that one draw needs), and defines the methods that raise here.
    """

    per_channel: int = 1
    levels: int | None = None
    law: str = "uniform"

    def __init__(self, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.built = True

    def __call__(self, params):
        """The distribution of whole examples: `log_prob` sums over all dimensions."""
        raise NotImplementedError

    def log_prob(self, params, x):
        """log p(x | params) per example, in nats, from exportable operations only."""
        raise NotImplementedError

    def mean(self, params):
        """The expected example; what a reconstruction shows."""
        raise NotImplementedError

    def sample_from(self, params, noise):
        """The example that this `noise` (see the method `noise`) draws."""
        raise NotImplementedError

    def tempered(self, params, temperature: float):
        """Parameters of a law that is sharper below a temperature of 1."""
        if temperature == 1.0:
            return params
        if not temperature > 0:
            raise BadInput(f"a temperature is above 0; received {temperature}.")
        return self._tempered(params, temperature)

    def _tempered(self, params, temperature):
        raise BadInput(
            f"{type(self).__name__} knows no temperature; take a likelihood of levels "
            "(Bernoulli, Categorical, a discretized logistic), or leave it at 1."
        )

    def parameters(self, event_shape) -> tuple[int, ...]:
        """Shape, per example, that a network's output must have."""
        *grid, channels = event_shape
        return (*grid, channels * self.per_channel)

    def noise(self, event_shape) -> Spec:
        """Law and shape of the noise that one draw needs."""
        return noise_spec(tuple(event_shape), self.law)

    def independent(self, event_shape) -> bool:
        """Whether the dimensions are independent of each other, given `params`."""
        return True

    def check(self, x) -> None:
        """Raise `BadInput` unless this head gives all of the array `x` a likelihood."""
        x, name = np.asarray(x), type(self).__name__
        if not np.isfinite(x).all():
            count = int(np.sum(~np.isfinite(x)))
            raise BadInput(
                f"{count} of the {x.size} values are NaN or infinite; remove or "
                f"replace them: {name} gives them no likelihood."
            )
        if (x.ndim == 4 or self.levels) and x.size and (x.min() < 0 or x.max() > 1):
            raise BadInput(
                f"values from {x.min():g} to {x.max():g}, but images are float32 in "
                "[0, 1] everywhere; divide 8-bit images by 255."
            )
        if self.levels and x.size:
            index = x.astype("float64") * (self.levels - 1)
            off = np.abs(index - np.round(index))
            if off.max() > 1e-3:
                example = x.reshape(-1)[off.argmax()]
                raise BadInput(
                    f"{name} gives a likelihood only to {self._support()}, but the "
                    f"data hold values such as {example:.4g}; {self._remedy()}"
                )

    def check_network(self, output_shape, event_shape) -> None:
        """Raise `BadInput` unless a network's `output_shape` (batch first) fits."""
        received, expected = tuple(output_shape[1:]), self.parameters(event_shape)
        if received != expected:
            raise BadInput(
                f"{type(self).__name__} needs {expected} numbers per example for data "
                f"of shape {tuple(event_shape)}, but the network gives {received}; "
                f"end the network in {expected[-1]} channels and the size of the data "
                "(`likelihood.parameters(shape)` tells this shape), or take another "
                "likelihood."
            )

    def _support(self) -> str:
        return f"the {self.levels} levels k/{self.levels - 1}"

    def _remedy(self) -> str:
        return "round the data to the levels, or tell the head their true number."


# Of fewer there is nothing to choose between.
Levels = Annotated[int, within("[2, 65536]")]


def noise_spec(shape, law: str) -> Spec:
    """The `Spec` of noise that decides one draw."""
    limits = (0.0, 1.0) if law == "uniform" else None
    return Spec(shape, "noise", f"decides the draw ({law})", range=limits, law=law)


def groups(params, size: int):
    """`params` as float32 (..., channels, size)."""
    params = tf.cast(params, tf.float32)
    channels = params.shape[-1] // size
    return tf.reshape(params, (-1, *params.shape[1:-1], channels, size))


def sum_event(values, rank: int):
    """Sum over the last `rank` axes, those of one example."""
    return tf.reduce_sum(values, axis=list(range(-rank, 0)))


def level_index(x, levels: int):
    """The number k, a float, of the level nearest to x = k / (levels - 1)."""
    return tf.round(tf.cast(x, tf.float32) * (levels - 1))


def inverse_cdf(probabilities, uniform):
    """Index (an int32) that `uniform` in [0, 1) draws from the last axis."""
    edges = tf.cumsum(probabilities, axis=-1)[..., :-1]
    below = tf.cast(edges <= uniform[..., None], tf.int32)
    return tf.reduce_sum(below, axis=-1)
