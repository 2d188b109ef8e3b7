"""Glow: couplings between mixtures of channels, on images at several sizes.

    z = f(W (x + b) exp(s)),     f: z_a = x_a,  z_b = (x_b + t(x_a)) gate(x_a)

A step normalises the channels (ActNorm), mixes them by a learned 1x1 convolution, and
lets one half of them move the other. At each scale squares of 2x2 pixels become pixels
of four times the channels, then come the steps, then half of the channels leaves: as
noise, of a mean and a scale that the other half predicts. The last scale's own mean and
scale are learned by channel, as one more ActNorm.

Reference: Kingma & Dhariwal, Glow (arXiv:1807.03039). Three scales of 32 steps with 512
channels have, on 32x32 colour images, the 44,135,856 parameters of its code, but for
83,040 that do nothing there: the kernel of a convolution over zeros, and its gains.
Here, and not there: gates are above 1/2, so that a sample's way back stays finite.
Not here: labels in the prior (a context goes to the couplings), temperatures (decode
a shorter z), and the warm-up of its rate, which is the optimizer's.
"""

import keras

from keras_gen.arguments import ImageShape, Size
from keras_gen.flows.base import Flow, Given, Levels, told
from keras_gen.flows.real_nvp import check_sides
from keras_gen.layers.bijections.coupling import Coupling
from keras_gen.layers.bijections.mixing import FactorOut, InvertibleConv, Squeeze
from keras_gen.layers.bijections.scaling import ActNorm, Flatten, Logit
from keras_gen.layers.bijections.transforms import Gated
from keras_gen.networks import flows


@keras.saving.register_keras_serializable("keras_gen")
class Glow(Flow):
    """Invertible 1x1 convolutions and couplings of images, multi-scale.

    Args:
        data_shape: of an image; its sides are multiples of 2^scales.
        scales: how many sizes.
        depth: steps at each.
        width: channels of the couplings' networks.
        levels, dequantiser, given: as in `Flow`.

    Example:
        >>> model = Glow((8, 8, 3), scales=2, depth=2, width=8)
        >>> model.sample(2, seed=0).shape
        (2, 8, 8, 3)
    """

    hands_on = False

    def __init__(
        self,
        data_shape: ImageShape,
        scales: Size = 3,
        depth: Size = 32,
        width: Size = 512,
        levels: Levels | None = None,
        dequantiser: keras.Model | None = None,
        given: Given | None = None,
        **kwargs,
    ):
        check_sides(data_shape, scales, "Glow")

        def step(shape):
            height, breadth, c = shape
            half = (height, breadth, c // 2)
            network = flows.normed(half, c, width, told(given))
            coupling = Coupling(network, Gated(), c // 2)
            return [ActNorm(c), InvertibleConv(c), coupling]

        def scale(shape, left):
            height, breadth, c = shape
            shape = (height // 2, breadth // 2, 4 * c)
            steps = [Squeeze()]
            for _ in range(depth):
                steps += step(shape)
            if left == 1:
                return [*steps, ActNorm(4 * c), Flatten(shape)]
            half = (*shape[:2], 2 * c)
            law = flows.conditional(half, 4 * c)
            return [*steps, FactorOut(shape, scale(half, left - 1), law)]

        steps = [Logit(), *scale(tuple(data_shape), scales)]
        super().__init__(data_shape, steps, None, levels, dequantiser, given, **kwargs)
        self.scales, self.depth, self.width = scales, depth, width

    @classmethod
    def small(cls):
        def variational():
            shape = (2, 4, 3)
            dequantiser = flows.conditional(shape, 6)
            return cls(shape, 1, depth=1, width=4, dequantiser=dequantiser)

        return {
            "plain": lambda: cls((4, 4, 1), 2, depth=1, width=4),
            "variational": variational,
        }
