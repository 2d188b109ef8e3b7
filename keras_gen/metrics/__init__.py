"""Numbers that say how good a model is, and how sure one can be of them.

Each measure lives in the module named after it; `evaluate` picks those that a model
and its data allow. Every result is an `Estimate`: the value never travels without its
standard error, its estimator and the number of examples behind it.
"""

from keras_gen.metrics import (
    baselines,
    classes,
    copies,
    disentanglement,
    features,
    frechet,
    kernel,
    latent,
    likelihood,
    modes,
    neighbours,
    outliers,
    reenactment,
    restoration,
    segmentation,
    translation,
)
from keras_gen.metrics.card import evaluate
from keras_gen.metrics.estimate import Estimate
from keras_gen.metrics.likelihood import (
    bits_per_dim,
    dequantised,
    evidence_lower_bound,
    importance_weighted,
    negative_log_likelihood,
)
from keras_gen.metrics.trained_on_samples import trained_on_samples

__all__ = [
    "Estimate",
    "baselines",
    "bits_per_dim",
    "classes",
    "copies",
    "dequantised",
    "disentanglement",
    "evaluate",
    "evidence_lower_bound",
    "features",
    "frechet",
    "importance_weighted",
    "kernel",
    "latent",
    "likelihood",
    "modes",
    "negative_log_likelihood",
    "neighbours",
    "outliers",
    "reenactment",
    "restoration",
    "segmentation",
    "trained_on_samples",
    "translation",
]
