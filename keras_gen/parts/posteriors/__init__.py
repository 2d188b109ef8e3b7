"""Families of approximate posteriors q(z | x), the parts of a VAE that choose z.

From the cheapest to the richest: `Diagonal` and `FullCovariance` are Gaussians, whose
divergence from a standard normal prior is known in closed form; `Planar`, `Radial` and
`InverseAutoregressive` bend a Gaussian by invertible steps.
"""

from keras_gen.parts.posteriors.autoregressive import InverseAutoregressive
from keras_gen.parts.posteriors.base import Approximation, Posterior
from keras_gen.parts.posteriors.flows import Planar, Radial
from keras_gen.parts.posteriors.gaussian import Diagonal, FullCovariance

__all__ = [
    "Approximation",
    "Diagonal",
    "FullCovariance",
    "InverseAutoregressive",
    "Planar",
    "Posterior",
    "Radial",
]
