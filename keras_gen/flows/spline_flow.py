"""Spline flow: couplings that bend.

    z_a = x_a,     z_b = spline(x_b; network(x_a)),     log det = sum log spline'(x_b)

The splines are monotone curves of rational quadratic pieces (layers/bijections/
spline.py), of which two couplings already bend half circles straight. The two halves of
the numbers take turns, in an order that changes at random after each turn.

Reference: Durkan, Bekasov, Murray & Papamakarios, Neural Spline Flows
(arXiv:1906.04032), the coupling variant.
Not here: its autoregressive variant, and its linear layers in the place of the orders.
"""

import keras
import numpy as np

from keras_gen.arguments import Positive, Shape, Size
from keras_gen.flows.base import Flow, Given, Levels, front, single, told
from keras_gen.layers.bijections.coupling import Coupling
from keras_gen.layers.bijections.mixing import Permutation
from keras_gen.layers.bijections.scaling import ActNorm
from keras_gen.layers.bijections.spline import Bins, Spline
from keras_gen.networks import flows


@keras.saving.register_keras_serializable("keras_gen")
class SplineFlow(Flow):
    """Couplings by rational quadratic splines, of vectors or of images as vectors.

    Args:
        data_shape: shape of one example.
        couplings: how many.
        width, depth: of the hidden layers in each.
        bins: pieces of a curve.
        bound: where the curves end, in deviations of the data.
        levels, dequantiser, given: as in `Flow`.

    Example:
        >>> model = SplineFlow((2,), couplings=2, width=8)
        >>> z = model.encode(tf.ones((3, 2)))["z"]
        >>> model.decode(z)["point"].numpy().round(3).tolist()
        [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]
    """

    hands_on = False

    def __init__(
        self,
        data_shape: Shape,
        couplings: Size = 4,
        width: Size = 64,
        depth: Size = 2,
        bins: Bins = 8,
        bound: Positive = 4.0,
        levels: Levels | None = None,
        dequantiser: keras.Model | None = None,
        given: Given | None = None,
        **kwargs,
    ):
        size = single(data_shape, "SplineFlow")
        first, spline = -(-size // 2), Spline(bins, bound)
        steps = [*front(data_shape), ActNorm(size)]
        for k in range(couplings):
            if k % 2 == 0 and k and size > 2:
                order = np.random.default_rng(k).permutation(size)
                steps.append(Permutation(order))
            swap = k % 2 == 1
            seen, moved = (size - first, first) if swap else (first, size - first)
            network = flows.dense(
                seen, moved * spline.numbers, width, depth, told(given)
            )
            steps.append(Coupling(network, spline, first, swap))
        super().__init__(data_shape, steps, None, levels, dequantiser, given, **kwargs)
        self.couplings, self.width, self.depth = couplings, width, depth
        self.bins, self.bound = bins, bound

    @classmethod
    def small(cls):
        return {"plain": lambda: cls((2,), 2, width=8, depth=1, bins=3)}
