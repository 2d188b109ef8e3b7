"""Consistency model: where the flow ends, said at once, from anywhere on it.

The flow of a model of diffusion carries every noisy x_r to one example x_0. A network

    f(x_r, r)  =  x_0

says it in one step. It learns to say the same of two neighbours on a path of the flow,

    loss  =  E over x_0, eps, r   sqrt( mean |f(x_r, r) - f'(x_s, s)|^2 + h^2 ) - h
    x_s   =  the teacher's step (Heun's) from x_r to s

where f' is the moving average of f, without a gradient, and s a `pieces`-th of the way
from r to the data, evenly in sigma^(1/7). At the smallest noise f is the identity: the
target `V` of EDM says x itself there, and so does `Velocity` on the straight path of
flow matching, where f(x, t) = x - t network(x, t). Without a teacher x_s is x_0 with
the same noise, whose mean the teacher knows and a sample does not: it needs more
pieces.

From pure noise one step draws. More are better: what f says gets fresh noise, less each
time, and f says it again (`solvers.Renoise`); each x_s has the law of noisy data if f
is right, so that one network draws in 1, 2 and 4 steps.

References: Song et al., Consistency Models (arXiv:2303.01469); Song & Dhariwal
(arXiv:2310.14189), for the loss.
Not here: a number of pieces that grows during the training.
"""

from typing import ClassVar

import keras
import tensorflow as tf

from keras_gen.arguments import Size
from keras_gen.diffusion.base import Diffusion
from keras_gen.diffusion.edm import EDM
from keras_gen.errors import BadInput
from keras_gen.networks import denoiser
from keras_gen.parts.solvers import EvenTime, Heun, Karras, Renoise, Turn
from keras_gen.parts.weightings import Levels

H = 1e-3  # where the loss turns from a square into a distance


@keras.saving.register_keras_serializable("keras_gen")
class ConsistencyModel(EDM):
    """A network that says where the flow ends.

    Args:
        network: from `networks.denoiser`; that of the teacher is a good beginning.
        teacher: a trained model on the same path. It is not saved with this one: give
            it again to go on with a training.
        pieces: steps of the whole way.
        **kwargs: of `EDM`; levels of noise are even in sigma^(1/7) in training.

    Example:
        >>> model = ConsistencyModel(denoiser.mlp((2,), 32), average=0.9)
        >>> model.compile("adam")
        >>> history = model.fit(data.load("points/ring").take(8), verbose=0)
        >>> model.sample(5, seed=1, steps=1).shape
        (5, 2)
    """

    renoised = True
    still = ("averaged",)  # which says what is wanted
    usual: ClassVar = {
        **EDM.usual,
        "weighting": Levels(),
        "solver": Renoise(),
        "grid": EvenTime(),
    }

    def __init__(
        self,
        network: keras.Model,
        teacher: Diffusion | None = None,
        pieces: Size = 18,
        steps: Size = 4,
        **kwargs,
    ):
        super().__init__(network, steps=steps, **kwargs)
        object.__setattr__(self, "teacher", teacher)  # its weights are not ours
        self.pieces = pieces
        if teacher and (teacher.noising, teacher.data_shape) != (
            self.noising,
            self.data_shape,
        ):
            raise BadInput(
                f"the teacher's path is {teacher.noising}, of examples of shape "
                f"{teacher.data_shape}; this model's is {self.noising}, of "
                f"{self.data_shape}. They must be the same."
            )

    def get_config(self):
        return {**super().get_config(), "teacher": None}

    def errors(self, x, z, u, given=None, training=False):
        """How far what it says of two neighbours is apart."""
        x, r = self.inward(x), self.column(self.weighting.draw(self.noising, u))
        s = self.nearer(r)
        here = self.noised(x, z, r)
        if self.teacher:
            turn = Turn(self.noising, r, s, True, self.pieces)
            there, _ = Heun().step(self._taught(given), here, turn, None, ())
        else:
            there = self.noised(x, z, s)
        wanted = tf.stop_gradient(self.end(there, s, given))
        network = self.network if training else None
        apart = self.end(here, r, given, network, training) - wanted
        square = tf.reduce_mean(tf.square(apart), list(range(1, self.rank + 1)))
        return tf.sqrt(square + H**2) - H

    def nearer(self, r):
        """The neighbour of r, a piece nearer to the data."""
        low, high = (tf.exp(end / 7.0) for end in self.noising.ends)
        place = (high - tf.exp(r / 7.0)) / (high - low)
        place = tf.minimum(place + 1.0 / self.pieces, 1.0)
        return Karras(7.0).at(self.noising, place, 2.0)

    def end(self, x, r, given=None, network=None, training=False):
        """f(x, r)."""
        said = self.output(x, r, given, network, training)
        return self.target.solved(self.noising, r, x, said)[0]

    def _taught(self, given):
        teacher = self.teacher
        weight = None if teacher.guidance == 1 else teacher.guidance
        return lambda x, r: teacher.predict_both(x, r, given, weight)

    @classmethod
    def small(cls):
        return {"plain": lambda: cls(denoiser.mlp((2,), 8, 1), steps=2, average=0.9)}
