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

from typing import ClassVar

import keras

from keras_gen.arguments import Positive
from keras_gen.diffusion.base import Diffusion
from keras_gen.networks import denoiser
from keras_gen.parts.paths import Exploding
from keras_gen.parts.solvers import Churn, Heun, Karras
from keras_gen.parts.targets import Target, V
from keras_gen.parts.weightings import LogNormal


@keras.saving.register_keras_serializable("keras_gen")
class EDM(Diffusion):
    """A network whose input, target and errors have unit size at every noise.

    Args:
        network: from `networks.denoiser`.
        target: as in `Diffusion`; else `targets.V` of the data's spread.
        spread: the standard deviation of the data, images in [-1, 1].
        **kwargs: of `Diffusion`; the path is exploding, log sigma normal in training,
            Heun's steps end where Karras's do.

    Example:
        >>> model = EDM(denoiser.mlp((2,), 32), spread=1.4, average=0.9)
        >>> model.compile("adam")
        >>> history = model.fit(data.load("points/ring").take(8), verbose=0)
        >>> model.sample(5, seed=1).shape
        (5, 2)
    """

    usual: ClassVar = {
        "noising": Exploding(),
        "weighting": LogNormal(),
        "solver": Heun(),
        "grid": Karras(),
    }

    def __init__(
        self,
        network: keras.Model,
        target: Target | None = None,
        spread: Positive = 0.5,
        **kwargs,
    ):
        target = target or V(spread)
        super().__init__(network, target=target, spread=spread, **kwargs)

    @classmethod
    def small(cls):
        def images():
            network = denoiser.unet((8, 8, 1), (4,), patch=2, dropout=0.1, classes=3)
            return cls(network, solver=Churn(4.0), steps=3, average=0.0, classes=3)

        return {
            "plain": lambda: cls(denoiser.mlp((2,), 8, 1), steps=3, average=0.9),
            "convolutional": images,
        }
