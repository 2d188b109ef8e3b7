"""Discretized logistic, alone and in mixtures: grey levels that know their neighbours.

A logistic variable on [-1, 1], of location m and scale s, is rounded to the nearest of
the levels; the lowest and the highest level take the whole tails, so that the
probabilities sum to one. With the edges a < b of a level, measured in scales from m,

    P(level) = sigmoid(b) - sigmoid(a)
    log P    = log(1 - e^(a - b)) - softplus(a) - softplus(-b)

The second line has no difference of nearly equal numbers. Its first term needs only
the width b - a; as log(2 t / (1 + t)) with t = tanh((b - a) / 2) it is exact for narrow
levels too, and made of operations that every runtime has. An outer edge at infinity
drops the terms that contain it.

In the mixture for several channels, one component is chosen per pixel, and the location
of a channel moves linearly with the values of the channels before it (R -> G -> B).

Reference: Salimans et al., PixelCNN++ (arXiv:1701.05517); its code multiplies by
tanh-bounded coefficients and bounds log s below by -7, as is done here.
"""

import itertools
import math

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from keras_gen.arguments import Count
from keras_gen.likelihoods.base import (
    Levels,
    Likelihood,
    groups,
    inverse_cdf,
    level_index,
    noise_spec,
    sum_event,
)

tfd = tfp.distributions

LOG_SCALES = (-7.0, 7.0)  # e^-7: all mass on one of 256 levels; e^7: all in the tails


def log_mass(x, location, log_scale, levels: Levels):
    """Log-probability of the levels `x`, elementwise."""
    k = level_index(x, levels)
    inverse = tf.exp(-tf.clip_by_value(log_scale, *LOG_SCALES))
    # A level's upper edge and the next one's lower edge are the same float.
    a = ((2.0 * k - levels) / (levels - 1) - location) * inverse
    b = ((2.0 * k + 2.0 - levels) / (levels - 1) - location) * inverse
    t = tf.tanh(inverse / (levels - 1))
    has_a = tf.cast(k > 0.5, tf.float32)
    has_b = tf.cast(k < levels - 1.5, tf.float32)
    width = has_a * has_b * tf.math.log(2.0 * t / (1.0 + t))
    return width - has_a * tf.nn.softplus(a) - has_b * tf.nn.softplus(-b)


def draw(location, log_scale, uniform, levels: Levels):
    """The level in [0, 1] that `uniform` draws: inverse CDF, then rounding."""
    uniform = tf.clip_by_value(uniform, 1e-7, 1.0 - 1e-7)
    logit = tf.math.log(uniform) - tf.math.log(1.0 - uniform)
    scale = tf.exp(tf.clip_by_value(log_scale, *LOG_SCALES))
    k = tf.round(0.5 * (location + scale * logit + 1.0) * (levels - 1))
    return tf.clip_by_value(k, 0.0, levels - 1.0) / (levels - 1)


def to_unit(location):
    """A location on [-1, 1] as a grey value."""
    return tf.clip_by_value(0.5 * (location + 1.0), 0.0, 1.0)


class HeadDistribution(tfd.Distribution):
    """A distribution over whole examples whose formulas are those of its head."""

    def __init__(self, head, params, event_shape, name="HeadDistribution"):
        parameters = dict(locals())
        self.head, self.params = head, params
        self.shape = tf.TensorShape(event_shape)
        super().__init__(
            dtype=tf.float32,
            reparameterization_type=tfd.NOT_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=False,
            parameters=parameters,
            name=name,
        )

    def _batch_shape(self):
        return self.params.shape[:1]

    def _batch_shape_tensor(self, **kwargs):
        return tf.shape(self.params)[:1]

    def _event_shape(self):
        return self.shape

    def _event_shape_tensor(self):
        return tf.constant(self.shape.as_list(), tf.int32)

    def _log_prob(self, x):
        return self.head.log_prob(self.params, x)

    def _mean(self):
        return self.head.mean(self.params)

    def _sample_n(self, n, seed=None):
        shape = self.head.noise(self.shape.as_list()).shape
        shape = tf.concat([[n], self._batch_shape_tensor(), shape], axis=0)
        noise = tf.random.stateless_uniform(shape, tfp.random.sanitize_seed(seed))
        return self.head.sample_from(self.params, noise)


@keras.saving.register_keras_serializable("keras_gen")
class DiscretizedLogistic(Likelihood):
    """Independent rounded logistic pixels; a location and a log-scale each.

    Args:
        levels: number of values, which are k / (levels - 1).

    `mean` is the location as a grey value: the mean up to what the tails cut off.

    Example:
        >>> DiscretizedLogistic().parameters((32, 32, 3))
        (32, 32, 6)
    """

    per_channel = 2

    def __init__(self, levels: Levels = 256, **kwargs):
        super().__init__(**kwargs)
        self.levels = levels

    def __call__(self, params):
        params = tf.cast(params, tf.float32)
        event_shape = (*params.shape[1:-1], params.shape[-1] // 2)
        return HeadDistribution(self, params, event_shape)

    def log_prob(self, params, x):
        location, log_scale = tf.unstack(groups(params, 2), axis=-1)
        mass = log_mass(x, location, log_scale, self.levels)
        return sum_event(mass, location.shape.rank - 1)

    def mean(self, params):
        return to_unit(groups(params, 2)[..., 0])

    def sample_from(self, params, noise):
        location, log_scale = tf.unstack(groups(params, 2), axis=-1)
        return draw(location, log_scale, tf.cast(noise, tf.float32), self.levels)

    def _tempered(self, params, temperature):
        """Scales are multiplied: the log-scale is the second of each pair."""
        pair = [0.0, math.log(temperature)]
        return params + tf.constant(pair * (params.shape[-1] // 2), params.dtype)

    def get_config(self):
        return {**super().get_config(), "levels": self.levels}


@keras.saving.register_keras_serializable("keras_gen")
class DiscretizedLogisticMixture(Likelihood):
    """Mixture of rounded logistics, the component shared by the channels of a pixel.

    For each pixel the network gives K logits and then, for each component, C locations,
    C log-scales, and C (C - 1) / 2 coefficients that tie each channel to those before.

    Args:
        components: number K of components.
        levels: number of values, which are k / (levels - 1).

    Example:
        >>> head = DiscretizedLogisticMixture()
        >>> head.parameters((32, 32, 3)), head.parameters((28, 28, 1))
        ((32, 32, 100), (28, 28, 30))
    """

    def __init__(self, components: Count = 10, levels: Levels = 256, **kwargs):
        super().__init__(**kwargs)
        self.components = components
        self.levels = levels

    def parameters(self, event_shape):
        *grid, channels = event_shape
        return (*grid, self._size(channels))

    def noise(self, event_shape):
        """One uniform number per pixel for the component, then one per channel."""
        *grid, channels = event_shape
        return noise_spec((*grid, 1 + channels), self.law)

    def independent(self, event_shape):
        return event_shape[-1] == 1

    def __call__(self, params):
        params = tf.cast(params, tf.float32)
        event_shape = (*params.shape[1:-1], self._channels(params))
        return HeadDistribution(self, params, event_shape)

    def log_prob(self, params, x):
        logits, *parts = self._split(params)
        x = tf.unstack(tf.cast(x, tf.float32)[..., None, :], axis=-1)
        values = [2.0 * channel - 1.0 for channel in x]
        total = tf.nn.log_softmax(logits)
        for c, channel in enumerate(x):
            location, log_scale = self._channel(parts, c, values)
            total += log_mass(channel, location, log_scale, self.levels)
        mass = tf.reduce_logsumexp(total, axis=-1)
        return sum_event(mass, logits.shape.rank - 2)

    def mean(self, params):
        logits, *parts = self._split(params)
        values = []
        for c in range(self._channels(params)):
            values.append(self._channel(parts, c, values)[0])
        weights = tf.nn.softmax(logits)[..., None]
        return to_unit(tf.reduce_sum(weights * tf.stack(values, axis=-1), axis=-2))

    def sample_from(self, params, noise):
        logits, *parts = self._split(params)
        component, *uniforms = tf.unstack(tf.cast(noise, tf.float32), axis=-1)
        component = inverse_cdf(tf.nn.softmax(logits), component)
        chosen = tf.one_hot(component, self.components)[..., None]
        parts = [tf.reduce_sum(chosen * part, axis=-2) for part in parts]
        pixels, values = [], []
        for c, uniform in enumerate(uniforms):
            location, log_scale = self._channel(parts, c, values)
            pixels.append(draw(location, log_scale, uniform, self.levels))
            values.append(2.0 * pixels[-1] - 1.0)
        return tf.stack(pixels, axis=-1)

    def _tempered(self, params, temperature):
        """The choice of the component, and its scales."""
        channels, k = self._channels(params), self.components
        component = np.zeros((params.shape[-1] - k) // k, "float32")
        component[channels : 2 * channels] = math.log(temperature)
        shift = tf.constant(np.tile(component, k), params.dtype)
        return tf.concat([params[..., :k] / temperature, params[..., k:] + shift], -1)

    def get_config(self):
        own = {"components": self.components, "levels": self.levels}
        return {**super().get_config(), **own}

    def _size(self, channels: int) -> int:
        return self.components * (1 + 2 * channels + channels * (channels - 1) // 2)

    def _channels(self, params) -> int:
        size = params.shape[-1]
        return next(c for c in itertools.count(1) if self._size(c) >= size)

    def _split(self, params):
        """Logits (..., K); locations, log-scales, coefficients (..., K, C or pairs)."""
        params, channels = tf.cast(params, tf.float32), self._channels(params)
        logits, rest = params[..., : self.components], params[..., self.components :]
        rest = groups(rest, rest.shape[-1] // self.components)
        locations = rest[..., :channels]
        log_scales = rest[..., channels : 2 * channels]
        return logits, locations, log_scales, tf.tanh(rest[..., 2 * channels :])

    def _channel(self, parts, c: int, values):
        """Location and log-scale of channel `c`, given the earlier ones' `values`."""
        locations, log_scales, coefficients = parts
        location = locations[..., c]
        for j in range(c):
            pair = c * (c - 1) // 2 + j
            location += coefficients[..., pair] * values[j]
        return location, log_scales[..., c]
