"""Recipes of EDM: points, whose score is known, and small digits."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.registry import Recipe, entry

GENERATES = {"system": "EDM", "tasks": ("generate",), "paper": "arXiv:2206.00364"}


@entry(
    "vp-ring",
    title="Score of eight Gaussians in a ring, on the path of DDPM",
    data=Spec("points/ring"),
    **GENERATES,
)
def vp_ring() -> Recipe:
    spread = 1.42  # of the ring: a radius of 2 in two dimensions
    return Recipe(
        model=kg.EDM(
            kg.networks.denoiser.mlp((2,), 128, 4),
            noising=kg.paths.LinearVariance(),
            spread=spread,
            # Times alike: the modes are .05 wide, narrower than most noise of EDM.
            weighting=kg.weightings.Uniform(),
            # Even times end so coarsely that modes come out half as wide as they are.
            grid=kg.solvers.EvenRatio(),
            steps=40,
            average=0.998,  # over 500 steps
        ),
        optimizer=decaying(2e-3),
        batch=1024,  # a step of points costs little more than its call
        epochs=400,  # 7,600 steps
    )


@entry(
    "edm-digits",
    title="EDM of handwritten digits",
    data=Spec("digits"),
    **GENERATES,
)
def edm_digits() -> Recipe:
    return Recipe(
        model=kg.EDM(
            # Two levels, 8x8 and 4x4; each pixel is a patch. With (48, 64), twice the
            # weights, the Frechet distance was .23, and is .24.
            kg.networks.denoiser.unet((8, 8, 1), (32, 44), patch=1, dropout=0.1),
            spread=0.75,  # of these digits in [-1, 1]; photographs have .5
            steps=18,  # the paper's for images of 32x32
            average=0.998,
        ),
        optimizer=decaying(1e-3),
        batch=64,
        epochs=300,  # 6,000 steps
    )
