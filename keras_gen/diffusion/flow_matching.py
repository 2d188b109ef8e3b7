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

from typing import ClassVar

import keras

from keras_gen.diffusion.base import Diffusion
from keras_gen.networks import denoiser
from keras_gen.parts.paths import Straight
from keras_gen.parts.solvers import DPMSolver2M, Heun
from keras_gen.parts.targets import Velocity
from keras_gen.parts.weightings import LogitNormal
from keras_gen.vocabulary import Vocabulary


@keras.saving.register_keras_serializable("keras_gen")
class FlowMatching(Diffusion):
    """A network that says where a noisy example goes.

    Args:
        network: from `networks.denoiser`.
        **kwargs: of `Diffusion`; the path is straight, the target its velocity, times
            are logit-normal in training, and Heun's steps draw.

    Example:
        >>> model = FlowMatching(denoiser.mlp((2,), 32), average=0.9)
        >>> model.compile("adam")
        >>> history = model.fit(data.load("points/ring").take(8), verbose=0)
        >>> model.sample(5, seed=1).shape
        (5, 2)
    """

    usual: ClassVar = {
        **Diffusion.usual,
        "noising": Straight(),
        "target": Velocity(),
        "weighting": LogitNormal(),
        "solver": Heun(),
    }

    @classmethod
    def small(cls):
        # Heun's many passes tell batches of two sizes apart.
        how = {"guidance": 1.5, "steps": 3, "average": 0.0, "solver": DPMSolver2M()}

        def shown():
            network = denoiser.mlp((4, 4, 1), 8, 1, embedding=(2, 2, 1))
            return cls(network, embedding=(2, 2, 1), **how)

        def captioned():
            words = Vocabulary(("a", "long", "short", "tie"), 5)
            network = denoiser.mlp((2,), 8, 1, vocabulary=words)
            return cls(network, vocabulary=words, **how)

        return {
            "plain": lambda: cls(denoiser.mlp((2,), 8, 1), steps=4, average=0.9),
            "shown": shown,
            "captioned": captioned,
        }
