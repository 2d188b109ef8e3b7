"""RealNVP: couplings that scale and shift, on images at several sizes.

    z_a = x_a,     z_b = x_b exp(s(x_a)) + t(x_a),     log det = sum s(x_a)

At each scale but the last three couplings take turns on the fields of a checkerboard;
then each square of 2x2 pixels becomes one of four times the channels, and three
couplings take turns on these; then half of the channels leaves, as noise, and the other
half goes on to the next scale. At the last one there are four checkerboards. Each
coupling is followed by a step that normalises the channels.

Reference: Dinh, Sohl-Dickstein & Bengio, Density estimation using Real NVP
(arXiv:1605.08803), figure 4.
Not here: batch normalisation and weight normalisation; ActNorm takes their place, which
no example sees the others by.
"""

import keras

from keras_gen.arguments import ImageShape, Size
from keras_gen.errors import BadInput
from keras_gen.flows.base import Flow, Given, Levels, told
from keras_gen.layers.bijections.coupling import CheckerboardCoupling, Coupling
from keras_gen.layers.bijections.mixing import FactorOut, Squeeze
from keras_gen.layers.bijections.scaling import ActNorm, Flatten, Logit
from keras_gen.layers.bijections.transforms import Affine
from keras_gen.networks import flows


@keras.saving.register_keras_serializable("keras_gen")
class RealNVP(Flow):
    """Affine couplings of images, multi-scale.

    Args:
        data_shape: of an image; its sides are multiples of 2^(scales - 1).
        scales: how many sizes.
        width: channels of the couplings' networks.
        depth: residual blocks in each.
        levels, dequantiser, given: as in `Flow`.

    Example:
        >>> model = RealNVP((8, 8, 1), scales=2, width=8, depth=1, levels=17)
        >>> z = model.encode(tf.zeros((3, 8, 8, 1)))["z"]
        >>> z.shape, model.decode(z)["image"].shape
        (TensorShape([3, 64]), TensorShape([3, 8, 8, 1]))
    """

    hands_on = False

    def __init__(
        self,
        data_shape: ImageShape,
        scales: Size = 2,
        width: Size = 64,
        depth: Size = 8,
        levels: Levels | None = None,
        dequantiser: keras.Model | None = None,
        given: Given | None = None,
        **kwargs,
    ):
        check_sides(data_shape, scales - 1, "RealNVP")

        def net(shape, outputs):
            return flows.residual(shape, 2 * outputs, width, depth, told(given))

        def boards(shape, count):
            steps = []
            for k in range(count):
                network = net(shape, shape[-1])
                steps += [CheckerboardCoupling(network, Affine(), k % 2 == 1)]
                steps += [ActNorm(shape[-1])]
            return steps

        def channels(shape, count):
            steps, half = [], shape[-1] // 2
            for k in range(count):
                network = net((*shape[:2], half), half)
                steps += [Coupling(network, Affine(), half, k % 2 == 1)]
                steps += [ActNorm(shape[-1])]
            return steps

        def scale(shape, left):
            if not left:
                return [*boards(shape, 4), Flatten(shape)]
            height, breadth, c = shape
            squeezed = (height // 2, breadth // 2, 4 * c)
            inner = scale((*squeezed[:2], 2 * c), left - 1)
            return [
                *boards(shape, 3),
                Squeeze(),
                *channels(squeezed, 3),
                FactorOut(squeezed, inner),
            ]

        steps = [Logit(), *scale(tuple(data_shape), scales - 1)]
        super().__init__(data_shape, steps, None, levels, dequantiser, given, **kwargs)
        self.scales, self.width, self.depth = scales, width, depth

    @classmethod
    def small(cls):
        return {
            "plain": lambda: cls((4, 4, 1), 2, width=4, depth=1),
            "labels": lambda: cls((2, 4, 3), 1, width=4, depth=1, given=3),
        }


def check_sides(data_shape, halvings: int, who: str):
    """Refuse images that cannot be squeezed so often."""
    height, width, _ = data_shape
    if height % 2**halvings or width % 2**halvings:
        raise BadInput(
            f"{who} halves the sides of its images {halvings} times here, so they are "
            f"multiples of {2**halvings}; received {height}x{width}. Take fewer "
            "scales, or images of another size."
        )
