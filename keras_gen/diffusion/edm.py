"""EDM: score matching on a path whose noise grows without end, well conditioned.

    x_r  =  x_0 + sigma eps,       sigma = e^r from .002 to 80
    D(x)  =  c_skip x  +  c_out F(c_in x, sigma)          estimates x_0

with weights of the spread c of the data that keep the network's input, its target and
its errors of unit size at every noise:

    c_skip = c^2 / (sigma^2 + c^2)      c_out = sigma c / sqrt(sigma^2 + c^2)
    c_in   = 1 / sqrt(sigma^2 + c^2)    log sigma normal in training

(D(x) - x) / sigma^2 is the score of the noisy data, which the first such models learnt
as it is. In the parts of this family it is the path "exploding" with the target "v" of
spread c, on any other path the same; the loss has weight 1 on F.

References: Karras et al., Elucidating the Design Space of Diffusion-Based Generative
Models (arXiv:2206.00364); before it Song & Ermon, NCSN (arXiv:1907.05600), and Song et
al., the SDEs (arXiv:2011.13456).
Not here: their augmentation that the network is told; 1 / c_out^2 as a weight of D is
the same as 1 of F.
"""

import keras

from keras_gen.arguments import Positive
from keras_gen.diffusion.base import Diffusion
from keras_gen.networks import denoiser
from keras_gen.parts.paths import Exploding, Path
from keras_gen.parts.solvers import Churn, Grid, Heun, Karras, Solver
from keras_gen.parts.targets import Target, V
from keras_gen.parts.weightings import LogNormal, Weighting


@keras.saving.register_keras_serializable("keras_gen")
class EDM(Diffusion):
    """A network whose input, target and errors have unit size at every noise.

    Args:
        network: from `networks.denoiser`.
        noising, target, weighting, solver, grid, spread: as in `Diffusion`, with other
            defaults; the target's spread is that of the data.

    Example:
        >>> model = EDM(denoiser.mlp((2,), 32), spread=1.4, average=0.9)
        >>> model.compile("adam")
        >>> history = model.fit(data.load("points/ring").take(8), verbose=0)
        >>> model.sample(5, seed=1).shape
        (5, 2)
    """

    def __init__(
        self,
        network: keras.Model,
        noising: Path | None = None,
        target: Target | None = None,
        weighting: Weighting | None = None,
        solver: Solver | None = None,
        grid: Grid | None = None,
        spread: Positive = 0.5,
        **kwargs,
    ):
        super().__init__(
            network,
            noising or Exploding(),
            target or V(spread),
            weighting or LogNormal(),
            solver or Heun(),
            grid or Karras(),
            spread=spread,
            **kwargs,
        )

    @classmethod
    def small(cls):
        def images():
            network = denoiser.unet((8, 8, 1), (4,), patch=2, dropout=0.1)
            return cls(network, solver=Churn(4.0), steps=3, average=0.0)

        return {
            "plain": lambda: cls(denoiser.mlp((2,), 8, 1), steps=3, average=0.9),
            "convolutional": images,
        }
