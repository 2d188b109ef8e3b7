"""Flow matching: learn the velocity that carries noise to data along straight lines.

    x_t  =  (1 - t) x_0  +  t eps,      loss  =  E | network(x_t, t) - (eps - x_0) |^2

The network's best answer is the mean of eps - x_0 over all lines through x_t; following
it backwards in time, from noise, turns the law of noise into that of the data. Without
any of diffusion's schedules, this is one: the path "straight" with the target
"velocity", on which Euler's steps along t are those of DDIM. It draws in few steps for
its paths are hardly curved.

References: Lipman et al., Flow Matching for Generative Modeling (arXiv:2210.02747); Liu
et al., Flow Straight and Fast (arXiv:2209.03003), called rectified flow; the times of
`LogitNormal` are from Esser et al. (arXiv:2403.03206).
Not here: couplings of noise and data (reflow, optimal transport).
"""

import keras

from keras_gen.diffusion.base import Diffusion
from keras_gen.networks import denoiser
from keras_gen.parts.paths import Path, Straight
from keras_gen.parts.solvers import DPMSolver2M, Heun, Solver
from keras_gen.parts.targets import Target, Velocity
from keras_gen.parts.weightings import LogitNormal, Weighting


@keras.saving.register_keras_serializable("keras_gen")
class FlowMatching(Diffusion):
    """A network that says where a noisy example goes.

    Args:
        network: from `networks.denoiser`.
        noising, target, weighting, solver: as in `Diffusion`, with other defaults.

    Example:
        >>> model = FlowMatching(denoiser.mlp((2,), 32), average=0.9)
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
        **kwargs,
    ):
        super().__init__(
            network,
            noising or Straight(),
            target or Velocity(),
            weighting or LogitNormal(),
            solver or Heun(),
            **kwargs,
        )

    @classmethod
    def small(cls):
        def told():
            network = denoiser.unet((4, 4, 1), (4, 4), classes=3, patch=1)
            solver = DPMSolver2M()  # Heun's many passes tell batches of two sizes apart
            return cls(
                network, solver=solver, classes=3, guidance=1.5, steps=3, average=0.0
            )

        return {
            "plain": lambda: cls(denoiser.mlp((2,), 8, 1), steps=4, average=0.9),
            "told": told,
        }
