"""Restricted Boltzmann machine: visible and hidden units, and nothing within a side.

    p(v, h)  =  exp( -E(v, h) ) / Z,     E(v, h)  =  -b'v - c'h - v'W h

Given one side the units of the other are independent, so a step of Gibbs sampling is a
product with W there and one back, and the hidden units can be summed out:

    F(v)  =  -b'v - sum_j log(1 + exp(c_j + (v'W)_j)),     p(v)  =  exp( -F(v) ) / Z

F is the free energy. Visible units that are numbers are Gaussian given h, of learned
variances s: E has |v - b|^2 / 2s in the place of -b'v, and v / s in that of v'W.

The slope of the mean of -log p is that of the mean of F over data less that over the
model, and the model's is taken from chains:

    loss  =  mean F(v)  -  mean F(v~)

v~ is k steps from the data (contrastive divergence, CD-k), or the state of chains that
go on from step to step of the training and never see the data (persistent, PCD). The
loss is near 0 at all times and tells nothing; the error of one step up and down,
`reconstruction`, tells a little. What tells is -log p, and for it one needs

    log Z      exactly, where one side has at most 20 units, by summing over its states;
               else by annealed importance sampling, with a standard error:
               Z / Z_0  =  E exp( sum_i F_i(v_i) - F_{i+1}(v_i) )

along laws F_i whose W and c grow from 0 to their own, v_i being a step of Gibbs of F_i
from v_{i-1}. The mean of Z is right; its logarithm is then too low in the mean, and
-log p with it, by about half the squared standard error.

References: Hinton, Training Products of Experts by Minimizing Contrastive Divergence
(Neural Computation 14, 2002); Tieleman, Training Restricted Boltzmann Machines using
Approximations to the Likelihood Gradient (ICML 2008); Salakhutdinov & Murray, On the
Quantitative Analysis of Deep Belief Networks (ICML 2008); Cho, Ilin & Raiko, Improved
Learning of Gaussian-Bernoulli Restricted Boltzmann Machines (ICANN 2011).
Not here: connections within a side; sparsity targets; tempered chains.
"""

import math
from typing import Literal, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from keras_gen.arguments import CountFrom0, Seed, Shape, Size
from keras_gen.energy.base import Chain, energy_signature
from keras_gen.likelihoods.base import noise_spec
from keras_gen.likelihoods.bernoulli import Bernoulli
from keras_gen.noise import draw
from keras_gen.signatures import Signature, Spec, data_spec

COUNTED = 20  # units at most whose states are all gone through
BLOCK = 12  # of which as many at once


class LogZ(NamedTuple):
    """The logarithm of the normalising constant, and how it was found.

    Args:
        value: in nats.
        stderr: one standard error, or None of what is exact.
        estimator: how, in a phrase.
    """

    value: float
    stderr: float | None
    estimator: str


@keras.saving.register_keras_serializable("keras_gen")
class RBM(Chain):
    """Two sides of units, and the products between them.

    Args:
        data_shape: shape of one example; each of its values is a visible unit.
        hidden: how many hidden units, which are on or off.
        visible: "bernoulli" for values that are 0 or 1, or "gaussian" for numbers.
        k: steps of Gibbs sampling for each step of training.
        chains: how many persist; 0 for chains that begin at the data.
        steps: of Gibbs sampling that make a sample, from a persistent chain or, without
            any, from nothing.

    Example:
        >>> model = RBM((8, 8, 1), 32, k=2, chains=64)
        >>> model.compile(keras.optimizers.SGD(0.05))
        >>> history = model.fit(data.load("digits", binarise="threshold"), verbose=0)
        >>> model.sample(3, seed=1).shape
        (3, 8, 8, 1)
        >>> model.log_partition(temperatures=100, chains=20).estimator
        'annealed importance sampling, 20 chains of 100 temperatures'
    """

    reports = ("reconstruction",)

    def __init__(
        self,
        data_shape: Shape,
        hidden: Size,
        visible: Literal["bernoulli", "gaussian"] = "bernoulli",
        k: Size = 1,
        chains: CountFrom0 = 0,
        steps: Size = 100,
        **kwargs,
    ):
        super().__init__(data_shape, steps, **kwargs)
        self.hidden, self.visible, self.k, self.chains = hidden, visible, k, chains
        self.size = math.prod(data_shape)
        self.binary = visible == "bernoulli"
        self.discrete = self.binary
        self.likelihood = Bernoulli() if self.binary else None

        def weight(name, shape, initializer="zeros", trainable=True):
            return self.add_weight(
                name=name,
                shape=shape,
                initializer=initializer,
                trainable=trainable,
                autocast=False,  # a unit is drawn by a sum over the other side
                aggregation="none" if trainable else "only_first_replica",
            )

        small = keras.initializers.RandomNormal(0.0, 0.1 / math.sqrt(self.size))
        self.w = weight("w", (self.size, hidden), small)
        self.b = weight("b", (self.size,))
        self.c = weight("c", (hidden,))
        if not self.binary:
            self.log_variance = weight("log_variance", (self.size,))
        if chains:
            self.persistent = weight(
                "persistent", (chains, *self.data_shape), trainable=False
            )
            self.persistent.assign(self.from_nothing(self.drawn_at_first()))

    def drawn_at_first(self):
        """Noise for the first states, by Keras's seed."""
        seed = keras.random.SeedGenerator().next()
        law = self.fresh()["v_noise"].law
        return draw(law, (self.chains, self.size), tf.cast(seed, tf.int32))

    def check(self, x):
        super().check(x)
        if self.binary:
            self.likelihood.check(x)

    # The law.

    def flat(self, x):
        return tf.reshape(tf.cast(x, tf.float32), (-1, self.size))

    def variance(self):
        return tf.exp(self.log_variance.value)

    def fields(self, v):
        """What the hidden units feel: the logits of p(h | v)."""
        v = v if self.binary else v / self.variance()
        return self.c.value + tf.matmul(v, self.w.value)

    def expected(self, h):
        """The means of p(v | h)."""
        felt = self.b.value + tf.matmul(h, self.w.value, transpose_b=True)
        return tf.sigmoid(felt) if self.binary else felt

    def energy(self, x):
        """The free energy F, in nats: -log p(x) - log Z."""
        v = self.flat(x)
        soft = tf.reduce_sum(tf.nn.softplus(self.fields(v)), -1)
        if self.binary:
            return -tf.linalg.matvec(v, self.b.value) - soft
        square = tf.square(v - self.b.value) / self.variance()
        return 0.5 * tf.reduce_sum(square, -1) - soft

    def log_partition(
        self, temperatures: Size = 5000, chains: Size = 100, seed: Seed = 0
    ) -> LogZ:
        """log Z: exact where one side is small, else by annealed importance sampling.

        Args:
            temperatures: how many laws lie between no products and these.
            chains: how many estimates are averaged.
            seed: of their noise.
        """
        if self.hidden <= COUNTED:
            return LogZ(self._by_hidden(), None, "exact, by enumeration")
        if self.binary and self.size <= COUNTED:
            return LogZ(self._by_visible(), None, "exact, by enumeration")
        return annealed(self, temperatures, chains, seed)

    def _by_hidden(self):
        """log sum_h exp(c'h) times the sum, or the integral, over v."""
        w, b, c = (np.float64(t.numpy()) for t in (self.w, self.b, self.c))

        def summed(h):
            if self.binary:
                rest = np.logaddexp(0, b + h @ w.T).sum(-1)
            else:
                s = np.exp(np.float64(self.log_variance.numpy()))
                mean = b + h @ w.T
                rest = ((mean**2 - b**2) / s + np.log(2 * np.pi * s)).sum(-1) / 2
            return h @ c + rest

        return log_sum(summed, self.hidden)

    def _by_visible(self):
        w, b, c = (np.float64(t.numpy()) for t in (self.w, self.b, self.c))
        return log_sum(lambda v: v @ b + np.logaddexp(0, c + v @ w).sum(-1), self.size)

    # The chain.

    def origin(self):
        if self.chains:
            return noise_spec((), "uniform")
        return self.fresh()["v_noise"]

    def fresh(self):
        law = "uniform" if self.binary else "normal"
        return {
            "h_noise": noise_spec((self.hidden,), "uniform"),
            "v_noise": noise_spec((self.size,), law),
        }

    def from_nothing(self, noise):
        """Visible units that know of no others."""
        v = tf.cast(noise < 0.5, tf.float32) if self.binary else noise
        return tf.reshape(v, (-1, *self.data_shape))

    def begin(self, start):
        if not self.chains:
            return self.from_nothing(start)
        place = tf.cast(tf.floor(start * self.chains), tf.int32)
        return tf.gather(self.persistent.value, tf.minimum(place, self.chains - 1))

    def move(self, x, h_noise, v_noise):
        """Gibbs: h given v, and v given h."""
        hidden = tf.sigmoid(self.fields(self.flat(x)))
        mean = self.expected(tf.cast(h_noise < hidden, tf.float32))
        if self.binary:
            v = tf.cast(v_noise < mean, tf.float32)
        else:
            v = mean + tf.sqrt(self.variance()) * v_noise
        return tf.reshape(v, (-1, *self.data_shape))

    # Training.

    def train_step(self, data):
        x, _ = self.unpack(data)
        x = tf.cast(x, tf.float32)
        if self.chains:
            rows, first = self.share(self.chains, "chains")
            before = self.persistent.value[first : first + rows]
        else:
            rows, before = tf.shape(x)[0], x
        after = self.moved(before, self.stirred(rows, self.k))
        if self.chains:
            self.keep(self.persistent, after)

        def loss():
            return tf.reduce_mean(self.energy(x)) - tf.reduce_mean(self.energy(after))

        loss = self.descend("model", loss)
        return self.report(loss=loss, reconstruction=self.restored(x))

    def test_step(self, data):
        x, _ = self.unpack(data)
        noise = self.stirred(tf.shape(x)[0], self.k, training=False)
        after = self.persistent.value if self.chains else self.moved(x, noise)
        loss = self.energy(x) - tf.reduce_mean(self.energy(after))
        return self.report(loss=loss, reconstruction=self.restored(x))

    def restored(self, x):
        """The mean squared error of each example, there and back by means."""
        v = self.flat(x)
        back = self.expected(tf.sigmoid(self.fields(v)))
        return tf.reduce_mean(tf.square(v - back), -1)

    # Use.

    def encode(self, x):
        """p(h = 1 | x)."""
        return {"z": tf.sigmoid(self.fields(self.flat(x)))}

    def signatures(self):
        x = data_spec(self.data_shape, "example to encode")
        z = Spec((self.hidden,), "latent", "probabilities of the hidden units")
        return {
            **super().signatures(),
            "encode": Signature(self.encode, {"x": x}, {"z": z}),
            "energy": energy_signature(self),
        }

    @classmethod
    def small(cls):
        return {
            "plain": lambda: cls((4, 4, 1), 3, k=2, chains=8, steps=3),
            "gaussian": lambda: cls((2,), 4, "gaussian", steps=2),
        }


def log_sum(function, units):
    """log sum over all states of the units of exp function(states), in float64."""
    low = min(units, BLOCK)
    inner = _states(low)
    parts = []
    for outer in _states(units - low):
        states = np.concatenate([np.tile(outer, (len(inner), 1)), inner], -1)
        value = function(states)
        parts.append(value.max() + np.log(np.exp(value - value.max()).sum()))
    parts = np.array(parts)
    return float(parts.max() + np.log(np.exp(parts - parts.max()).sum()))


def _states(units):
    """All states of the units, (2^units, units)."""
    return (np.arange(2**units)[:, None] >> np.arange(units) & 1).astype(np.float64)


def annealed(model, temperatures, chains, seed) -> LogZ:
    """log Z by annealed importance sampling.

    Args:
        model: an `RBM`.
        temperatures, chains, seed: as of `RBM.log_partition`.
    """
    log_w = log_weights(model, temperatures, chains, seed)
    spread = np.exp(log_w - log_w.max())
    value = log_w.max() + math.log(spread.mean())
    stderr = None
    if chains > 1:
        stderr = float(spread.std(ddof=1) / spread.mean() / math.sqrt(chains))
    how = f"{chains} chains of {temperatures} temperatures"
    return LogZ(float(value), stderr, f"annealed importance sampling, {how}")


def log_weights(model, temperatures, chains, seed) -> np.ndarray:
    """log w of each chain, the logarithm of the first law's constant included."""
    annealing = tf.function(
        lambda s: _annealing(model, temperatures, chains, s), autograph=False
    )
    return np.float64(annealing(tf.constant(seed & 0x7FFFFFFF)))


def _annealing(model, temperatures, chains, seed):
    b = model.b.value
    if model.binary:
        first = tf.reduce_sum(tf.nn.softplus(b))
    else:
        first = 0.5 * tf.reduce_sum(math.log(2 * math.pi) + model.log_variance.value)
    first += model.hidden * math.log(2.0)

    def visible(mean, i):
        if model.binary:
            noise = draw("uniform", (chains, model.size), tf.stack([seed, 2 * i]))
            return tf.cast(noise < mean, tf.float32)
        noise = draw("normal", (chains, model.size), tf.stack([seed, 2 * i]))
        return mean + tf.sqrt(model.variance()) * noise

    def soft(fields, beta):
        return tf.reduce_sum(tf.nn.softplus(beta * fields), -1)

    def mean_of(h, beta):
        felt = b + beta * tf.matmul(h, model.w.value, transpose_b=True)
        return tf.sigmoid(felt) if model.binary else felt

    def turn(i, v, log_w):
        beta = tf.cast(i, tf.float32) / temperatures
        after = tf.cast(i + 1, tf.float32) / temperatures
        fields = model.fields(v)  # where only the products differ, F differs by these
        log_w += soft(fields, after) - soft(fields, beta)
        noise = draw("uniform", (chains, model.hidden), tf.stack([seed, 2 * i + 1]))
        h = tf.cast(noise < tf.sigmoid(after * fields), tf.float32)
        return i + 1, visible(mean_of(h, after), i + 1), log_w

    none = tf.zeros((chains, model.hidden))
    start = (tf.constant(0), visible(mean_of(none, 0.0), 0), tf.fill((chains,), first))
    return tf.while_loop(lambda i, *_: i < temperatures, turn, start)[2]
