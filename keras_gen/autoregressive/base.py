"""What all autoregressive models share: a density in factors, drawn in its order.

    log p(x) = sum_t log p(x_t | x_<t)

where t counts the steps in which the dimensions of x are drawn. A subclass gives the
parameters of all the factors in one pass, so the likelihood is exact; here are the
training, the naive sampler (a pass for each step, from the definition) and the
signatures. A subclass may know a faster way to `fill`, which must draw the same.

A model with a `condition` is p(x | label) or p(x | embedding): all the methods below
take it then, under its name.
"""

import math

import numpy as np
import tensorflow as tf

from keras_gen.checks import check_batch
from keras_gen.errors import BadInput
from keras_gen.likelihoods import Bernoulli, Likelihood
from keras_gen.model import GenerativeModel
from keras_gen.parts.causal.purification import Nearby
from keras_gen.signatures import (
    Signature,
    Spec,
    data_spec,
    embedding_spec,
    label_spec,
)


class Autoregressive(GenerativeModel):
    """Exact density and samples, one dimension given those before.

    Args:
        data_shape: shape of one example.
        likelihood: head that the parameters of the factors are for; Bernoulli if None.
        place: for each dimension, the step at which it is drawn, from 0; an array that
            broadcasts to `data_shape`.
    """

    reports = ("nll",)
    sampler = "sample_loop"
    embedding_law: str | None = None  # of the embeddings that are not given

    def __init__(self, data_shape, likelihood: Likelihood | None, place, **kwargs):
        super().__init__(data_shape, **kwargs)
        self.likelihood = likelihood or Bernoulli()
        self.place = np.asarray(place, "int32")

    @property
    def loss_terms(self):
        return math.prod(self.data_shape)

    def parameters(self, x, training=False, **given):
        """Of all the factors p(x_t | x_<t), for the likelihood."""
        raise NotImplementedError(f"{type(self).__name__} gives no parameters")

    def check(self, x):
        super().check(x)
        self.likelihood.check(x)

    # The density.

    def log_prob(self, x, condition=None, training=False, **given):
        """log p(x), or log p(x | condition), in nats per example."""
        if condition is not None:
            given[self.condition or "label"] = condition
        return self.likelihood.log_prob(self.parameters(x, training, **given), x)

    def train_step(self, data):
        x, given = self.unpack(data)
        nll = self.descend(
            "model", lambda: -tf.reduce_mean(self.log_prob(x, training=True, **given))
        )
        return self.report(loss=nll, nll=nll)

    def test_step(self, data):
        x, given = self.unpack(data)
        nll = -self.log_prob(x, **given)
        return self.report(loss=nll, nll=nll)

    def call(self, x, condition=None, training=False, **given):
        return self.log_prob(x, condition, training, **given)

    # Drawing from it.

    def draw_one(self, x, noise, step, temperature=1.0, head=None, **given):
        """`x` with what comes at `step` (from 0) drawn.

        All dimensions are drawn and one is kept: selecting is an operation that every
        runtime has, writing into a tensor is not.
        """
        head = head or self.likelihood
        params = head.tempered(self.parameters(x, **given), temperature)
        drawn = head.sample_from(params, noise)
        here = tf.equal(self.place, tf.reshape(step, (-1, *[1] * len(self.data_shape))))
        return tf.where(here, drawn, x)

    def fill(self, noise, x=None, known=None, temperature=1.0, head=None, **given):
        """The example that this noise draws, where it is not `known` from `x`.

        Args:
            noise: as `likelihood.noise` describes it.
            x: an example, or None if nothing is known.
            known: boolean, of the shape of `x`.
            temperature: below 1 the draws keep to what is likely.
            head: draws in the place of the likelihood.
        """
        batch = tf.shape(tf.nest.flatten(noise)[0])[0]
        start = tf.zeros((batch, *self.data_shape))

        def keep(drawn):
            return drawn if known is None else tf.where(known, x, drawn)

        def draw(step, so_far):
            drawn = self.draw_one(so_far, noise, step, temperature, head, **given)
            return step + 1, keep(drawn)

        _, whole = tf.while_loop(
            lambda step, _: step <= self.place.max(),
            draw,
            (tf.constant(0), keep(start)),
            shape_invariants=(tf.TensorShape([]), start.shape),
        )
        return whole

    def complete(self, x, known, noise, temperature=1.0, **given):
        """`x` with the pixels that are not `known` drawn; the known ones stay.

        Each drawn pixel follows p(x_t | x_<t). If the known pixels are the first of the
        order (the upper half of an image, drawn row by row), the result follows their
        true conditional. Otherwise it is an approximation: a drawn pixel agrees with
        the known pixels before it, but does not foresee those after it.

        Args:
            x: a batch of examples; what is not known has no influence.
            known: boolean, broadcast to the shape of `x`.
            noise: as `sample_loop` takes it.
            temperature: below 1 the draws keep to what is likely.
        """
        check_batch(np.asarray(x), self.data_shape, type(self).__name__)
        known = tf.broadcast_to(tf.cast(known, tf.bool), tf.shape(x))
        x = tf.convert_to_tensor(x, tf.float32)
        return self._named(self.fill(noise, x, known, temperature, **given))

    def purify(self, x, epsilon: float, **given):
        """The most likely example near `x`, found greedily: see purification.py.

        Args:
            x: a batch of examples, of the likelihood's levels.
            epsilon: the greatest change of a value; 0 changes nothing.
        """
        head = Nearby(self.likelihood, epsilon)
        check_independent(self.likelihood, self.data_shape)
        self.check(np.asarray(x))
        x = tf.convert_to_tensor(x, tf.float32)
        return self._named(self.fill(x, head=head, **given))

    def sample_step(self, x, noise, step, **given):
        """One draw of the loop, for programs that run the loop themselves.

        Args:
            x: the example so far; what is not drawn yet has no influence.
            noise: the same at every step.
            step: int32 of shape (batch, 1), from 0.
        """
        return {self.data_name: self.draw_one(x, noise, step, **given)}

    def generate(self, noise, temperature=1.0, **given):
        """The example that this noise draws; a Gaussian pixel is clipped at the end."""
        return self._named(self.fill(noise, temperature=temperature, **given))

    def _named(self, x):
        clip = self.data_name == "image" and self.likelihood.levels is None
        return {self.data_name: tf.clip_by_value(x, 0.0, 1.0) if clip else x}

    def signatures(self):
        discrete = self.likelihood.levels is not None
        noise = self.likelihood.noise(self.data_shape)
        x = data_spec(self.data_shape, "example to score")
        so_far = data_spec(self.data_shape, "example so far, zeros at first")
        more = data_spec(
            self.data_shape, "example with one more step drawn", discrete=discrete
        )
        sample = data_spec(self.data_shape, "sample", discrete=discrete)
        last = int(self.place.max())
        step = Spec(
            (1,),
            "index",
            f"number of this draw; call once for each, 0 to {last}",
            dtype="int32",
            range=(0, last),
        )
        log_prob = Spec((), "log_prob", "log p(x) in nats")
        signatures = {
            "log_prob": Signature(
                lambda x, **given: {"log_prob": self.log_prob(x, **given)},
                {"x": x},
                {"log_prob": log_prob},
            ),
            "sample_step": Signature(
                self.sample_step,
                {"x": so_far, "noise": noise, "step": step},
                {self.data_name: more},
            ),
            "sample_loop": Signature(
                self.generate, {"noise": noise}, {self.data_name: sample}
            ),
        }
        if self.condition is not None:
            given = (
                embedding_spec(self.embedding, self.embedding_law)
                if self.classes is None
                else label_spec(self.classes)
            )
            for signature in signatures.values():
                signature.inputs[self.condition] = given
        return signatures


def check_independent(likelihood: Likelihood, data_shape):
    """Refuse a head that draws the channels of a pixel together."""
    if not likelihood.independent(data_shape):
        raise BadInput(
            f"{type(likelihood).__name__} ties the channels of a pixel together, but "
            "here each is drawn on its own; take a head that is independent per "
            "channel, such as Categorical or DiscretizedLogistic."
        )


class OneByOne(Autoregressive):
    """Models that carry a state from one dimension to the next, in the memory's order.

    A subclass knows the parameters of all factors in one pass, and the same numbers one
    by one: from its `start` it gives the `factor` of a dimension and can `observe` the
    dimension's value.
    """

    def __init__(self, data_shape, likelihood: Likelihood | None = None, **kwargs):
        size = math.prod(data_shape)
        place = np.arange(size).reshape(data_shape)
        super().__init__(data_shape, likelihood, place, **kwargs)
        self.size = size
        check_independent(self.likelihood, self.data_shape)
        numbers = math.prod(self.likelihood.parameters(self.data_shape))
        self.per_dimension = numbers // self.size

    def start(self, batch):
        """The state before the first dimension."""
        raise NotImplementedError

    def factor(self, state, i):
        """Parameters of dimension `i`, of shape (batch, per_dimension)."""
        raise NotImplementedError

    def observe(self, state, i, value):
        """The state after `value`, of shape (batch, 1), of dimension `i`."""
        raise NotImplementedError

    def fill(self, noise, x=None, known=None, temperature=1.0, head=None):
        batch, head = tf.shape(noise)[0], head or self.likelihood
        numbers = math.prod(noise.shape[1:]) // self.size  # that one draw needs
        noise = tf.reshape(noise, (-1, self.size, numbers))
        if known is not None:
            known = tf.reshape(known, (-1, self.size))
            x = tf.reshape(x, (-1, self.size))

        def draw(i, so_far, state):
            params = tf.reshape(self.factor(state, i), (-1, 1, 1, self.per_dimension))
            u = tf.reshape(tf.gather(noise, i, axis=1), (-1, 1, 1, numbers))
            value = head.sample_from(head.tempered(params, temperature), u)
            value = tf.reshape(value, (-1, 1))
            if known is not None:
                here = tf.gather(known, [i], axis=1)
                value = tf.where(here, tf.gather(x, [i], axis=1), value)
            drawn = tf.concat([so_far[:, 1:], value], axis=1)
            drawn.set_shape(so_far.shape)
            return i + 1, drawn, self.observe(state, i, value)

        state = self.start(batch)
        start = tf.zeros((batch, self.size))
        _, whole, _ = tf.while_loop(
            lambda i, *_: i < self.size,
            draw,
            (tf.constant(0), start, state),
            shape_invariants=(tf.TensorShape([]), start.shape, state.shape),
        )
        return tf.reshape(whole, (-1, *self.data_shape))

    def _shaped(self, params):
        """The parameters as the likelihood takes them, in float32."""
        shape = self.likelihood.parameters(self.data_shape)
        return tf.reshape(tf.cast(params, tf.float32), (-1, *shape))
