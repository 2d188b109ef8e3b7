"""NICE: couplings that shift, and one scale for each number at the end.

    z_a = x_a,   z_b = x_b + m(x_a)          log det = 0
    z <- exp(s) z                            log det = sum s

The shift of one part may be any function of the other, so the inverse is a subtraction,
and volumes stay as they are until the last step. The parts are the even and the odd
numbers, and take turns. The prior is the standard logistic,

    log p_0(z) = sum -softplus(z) - softplus(-z)

As in the paper, images of [0, 1] are taken as they are, without a logit.

Reference: Dinh et al., NICE: Non-linear Independent Components Estimation
(arXiv:1410.8516). Four couplings of five hidden layers of 1000 have, on 28x28 images,
the paper's 19,158,352 parameters.
Not here: its whitening of the data.
"""

import keras
import tensorflow as tf

from keras_gen.arguments import Shape, Size
from keras_gen.flows.base import Flow, Given, Levels, Prior, front, single, told
from keras_gen.layers.bijections.coupling import Coupling
from keras_gen.layers.bijections.mixing import Permutation
from keras_gen.layers.bijections.scaling import Stretch
from keras_gen.layers.bijections.transforms import Additive
from keras_gen.networks import flows
from keras_gen.signatures import Spec


@keras.saving.register_keras_serializable("keras_gen")
class Logistic(Prior):
    """Standard logistic numbers, drawn by uniform ones.

    Args:
        size: of the latent vector.
    """

    def call(self, z, context=None, training=False):
        return -tf.reduce_sum(tf.nn.softplus(z) + tf.nn.softplus(-z), axis=-1)

    def noise(self):
        return {
            "noise": Spec(
                (self.size,), "noise", "decides the draw (uniform)",
                range=(0.0, 1.0), law="uniform",
            )
        }  # fmt: skip

    def draw(self, context=None, *, noise):
        share = tf.clip_by_value(noise, 1e-6, 1.0 - 1e-6)
        return tf.math.log(share) - tf.math.log(1.0 - share)


@keras.saving.register_keras_serializable("keras_gen")
class NICE(Flow):
    """Additive couplings of vectors, or of images as vectors.

    Args:
        data_shape: shape of one example.
        couplings: how many.
        width, depth: of the hidden layers in each.
        levels, dequantiser, given: as in `Flow`.

    Example:
        >>> model = NICE((8, 8, 1), width=50, depth=2, levels=17)
        >>> model.compile("adam")
        >>> history = model.fit(data.load("digits"), epochs=1, verbose=0)
        >>> model.sample(4, seed=0).shape
        (4, 8, 8, 1)
    """

    hands_on = False

    def __init__(
        self,
        data_shape: Shape,
        couplings: Size = 4,
        width: Size = 1000,
        depth: Size = 5,
        levels: Levels | None = None,
        dequantiser: keras.Model | None = None,
        given: Given | None = None,
        **kwargs,
    ):
        size = single(data_shape, "NICE")
        first = -(-size // 2)
        steps = front(data_shape, margin=None)
        steps.append(Permutation([*range(0, size, 2), *range(1, size, 2)]))
        for k in range(couplings):
            swap = k % 2 == 1
            seen, moved = (size - first, first) if swap else (first, size - first)
            network = flows.dense(seen, moved, width, depth, told(given))
            steps.append(Coupling(network, Additive(), first, swap))
        steps.append(Stretch(size))
        super().__init__(
            data_shape, steps, Logistic(size), levels, dequantiser, given, **kwargs
        )
        self.couplings, self.width, self.depth = couplings, width, depth

    @classmethod
    def small(cls):
        return {
            "plain": lambda: cls((4, 4, 1), 2, width=8, depth=1),
        }
