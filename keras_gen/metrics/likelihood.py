"""How surprising are test images to a model: likelihoods and their bounds.

The negative log-likelihood -log p(x) is the length, in nats, of the shortest code that
the model allows for x; divided by log 2 and by the number of dimensions it is bits per
dimension, comparable between image sizes (8 bits is a uniform guess of 256 levels).

A latent-variable model offers only lower bounds of log p(x). With L samples z from the
encoder,

    E[ log 1/L sum_l p(x, z_l) / q(z_l | x) ] <= log p(x),

and the bound grows with L: L = 1 is the ELBO, large L is close to the evidence. So the
number of samples is part of the estimator's name.

A model with an energy E has -log p(x) = E(x) + log Z, and the sum Z is exact where the
model is small, and estimated elsewhere.

References: Burda et al., Importance Weighted Autoencoders (arXiv:1509.00519);
Theis et al., A note on the evaluation of generative models (arXiv:1511.01844).
"""

import math

import numpy as np

from keras_gen.arguments import Model, Numbers, Seed, Size, checked
from keras_gen.errors import KerasGenError
from keras_gen.metrics.estimate import Estimate, mean, scaled
from keras_gen.noise import draw


@checked
def bits_per_dim(nll: Numbers | Estimate, dims: Size):
    """Nats per example, a number or an `Estimate`, as bits per dimension.

    Example:
        >>> round(bits_per_dim(64 * math.log(256), dims=64), 3)
        8.0
    """
    factor = 1 / (math.log(2) * dims)
    return scaled(nll, factor) if isinstance(nll, Estimate) else nll * factor


@checked
def negative_log_likelihood(model: Model, x: Numbers, batch: Size = 256) -> Estimate:
    """Mean of -log p(x) in nats, for a model with an exact `log_prob`.

    Here and below, `x` is (examples, labels) for a model that is conditioned on labels,
    and the likelihood is that of the examples given the labels; embeddings likewise.
    """
    log_prob = _method(model, "log_prob")
    values = _per_batch(lambda part, _: log_prob(*part), x, batch)
    return mean(-values, "exact")


@checked
def upper_bound(model: Model, x: Numbers, batch: Size = 256) -> Estimate:
    """Mean of -bound(x) in nats, for a model that knows one without noise."""
    bound = _method(model, "bound")
    values = _per_batch(lambda part, _: bound(*part), x, batch)
    return mean(-values, "upper bound, without noise")


@checked
def evidence_lower_bound(
    model: Model, x: Numbers, batch: Size = 256, seed: Seed = 0
) -> Estimate:
    """Mean of the ELBO in nats, one draw of noise per example."""
    elbo = _method(model, "elbo")

    def bound(part, seed):
        return elbo(*part, draw("normal", (len(part[0]), model.latent_dim), seed))

    values = _per_batch(bound, x, batch, seed)
    return mean(values, "lower bound, 1 sample per example")


@checked
def importance_weighted(
    model: Model, x: Numbers, samples: Size = 256, batch: Size = 64, seed: Seed = 0
) -> Estimate:
    """Mean of the importance-weighted upper bound of -log p(x), in nats."""
    log_likelihood = _method(model, "log_likelihood")

    def bound(part, seed):
        return log_likelihood(*part, samples, seed=seed)

    values = _per_batch(bound, x, batch, seed)
    return mean(-values, f"upper bound, {samples} importance samples per example")


@checked
def dequantised(
    model: Model, x: Numbers, samples: Size = 16, batch: Size = 64, seed: Seed = 0
) -> Estimate:
    """Mean upper bound of -log P(x) in nats, of a flow whose images have levels."""
    bound = _method(model, "dequantised")

    def tightened(part, seed):
        given = part[1] if len(part) > 1 else None
        return bound(part[0], given, samples, seed)

    values = _per_batch(tightened, x, batch, seed)
    return mean(-values, f"upper bound, {samples} dequantisations per example")


@checked
def normalised(model: Model, x: Numbers, batch: Size = 256, seed: Seed = 0) -> Estimate:
    """Mean of energy + log Z in nats, for a model that finds its log Z.

    Where log Z is an estimate, so is this: its error is in the standard error, and it
    is too low in the mean, by a little.
    """
    log_z = _method(model, "log_partition")(seed=seed)
    energy = _method(model, "energy")
    values = _per_batch(lambda part, _: energy(*part), x, batch)
    if log_z.stderr is None:
        return mean(values + log_z.value, log_z.estimator)
    found = mean(values + log_z.value, f"estimate, log Z by {log_z.estimator}")
    return found._replace(stderr=math.hypot(found.stderr, log_z.stderr))


def _method(model, name):
    if not callable(getattr(model, name, None)):
        raise KerasGenError(
            f"{type(model).__name__} has no method {name}, which this measure calls. "
            "metrics.evaluate chooses the measures that a model allows."
        )
    return getattr(model, name)


def _per_batch(function, x, batch, seed=0):
    """`function(part, seed)` over consecutive parts, each with a seed of its own.

    A part is a tuple: of examples, and of their labels if `x` has them.
    """
    whole = x if isinstance(x, tuple) else (x,)
    values = [
        function([a[start : start + batch] for a in whole], seed + k)
        for k, start in enumerate(range(0, len(whole[0]), batch))
    ]
    values = [v["log_prob"] if isinstance(v, dict) else v for v in values]
    return np.concatenate([np.asarray(v, np.float64) for v in values])
