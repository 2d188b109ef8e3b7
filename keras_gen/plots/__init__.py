"""Pictures of what a model does.

Every function returns a matplotlib `Figure` (a notebook shows it) and writes a PNG if
`path` is given: whole or not at all, and the same bytes for the same numbers. Nothing
here touches pyplot, so that no window, backend or global state is involved.

A function that looks inside a model asks for the method it is about (`reconstruct`,
`decode`, `generate`) and says so if there is none.
"""

from keras_gen.plots.examples import (
    neighbours,
    overview,
    reconstructions,
    samples,
    scatter,
    trials,
)
from keras_gen.plots.game import best_discriminator, discriminator
from keras_gen.plots.latent import (
    activity,
    interpolations,
    latents,
    linear,
    manifold,
    posterior,
    quantiles,
    spherical,
    traversals,
    traverse,
)
from keras_gen.plots.pixels import encoded, grid, png, save_image
from keras_gen.plots.plane import density
from keras_gen.plots.training import losses

__all__ = [
    "activity",
    "best_discriminator",
    "density",
    "discriminator",
    "encoded",
    "grid",
    "interpolations",
    "latents",
    "linear",
    "losses",
    "manifold",
    "neighbours",
    "overview",
    "png",
    "posterior",
    "quantiles",
    "reconstructions",
    "samples",
    "save_image",
    "scatter",
    "spherical",
    "traversals",
    "traverse",
    "trials",
]
