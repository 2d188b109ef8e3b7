"""Penalties on the slope of a critic, added to its loss.

Each is a pure function `penalty(score, x, fake, noise)` of the critic, a real batch, a
generated batch, and noise of the `law` and shape that it asks for. Where the critic
gives more than one score for an example (patches, features), the slope is that of
their sum.
"""

import tensorflow as tf

from keras_gen.arguments import NotNegative
from keras_gen.parts import Part, part
from keras_gen.training.distribute import whole_batch

EPSILON = 1e-10  # inside the root, whose derivative at zero is infinite


class Penalty(Part):
    """Base: a penalty without noise."""

    law: str | None = None

    def noise_shape(self, data_shape) -> tuple[int, ...]:
        """Shape of the noise for one example of the data."""
        raise NotImplementedError

    def __call__(self, score, x, fake, noise):
        raise NotImplementedError


def squared_slopes(score, x):
    """|gradient of the score in x|^2 for each example, in float32."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(score(x))
    slope = tf.cast(tape.gradient(total, x), "float32")
    return tf.reduce_sum(tf.square(slope), list(range(1, slope.shape.rank)))


@part
class GradientPenalty(Penalty):
    """weight * E ( |grad D(y)| - target )^2 between real and generated examples.

    y = x + u (G(z) - x) with u uniform on [0, 1), one for each example. `one_sided`
    punishes only slopes above the target.

    Reference: Gulrajani et al., Improved Training of Wasserstein GANs
    (arXiv:1704.00028), equation 3.
    """

    weight: NotNegative = 10.0
    target: NotNegative = 1.0
    one_sided: bool = False
    law = "uniform"

    def noise_shape(self, data_shape):
        return (1,) * len(data_shape)

    def __call__(self, score, x, fake, noise):
        norm = tf.sqrt(squared_slopes(score, x + noise * (fake - x)) + EPSILON)
        excess = norm - self.target
        if self.one_sided:
            excess = tf.nn.relu(excess)
        return self.weight * tf.reduce_mean(tf.square(excess))


@part
class R1(Penalty):
    """weight / 2 * E |grad D(x)|^2 at the real examples.

    At the equilibrium the critic must be flat on the data, and then it converges.
    Reference: Mescheder et al. (arXiv:1801.04406), equation 9.
    """

    weight: NotNegative = 10.0

    def __call__(self, score, x, fake, noise):
        return self.weight / 2 * tf.reduce_mean(squared_slopes(score, x))


@part
class Dragan(Penalty):
    """weight * E ( |grad D(y)| - 1 )^2 around the real examples.

    y = x + std(x) / 2 * u, with u uniform on [0, 1) in every dimension and std(x) that
    of the whole batch. Reference: Kodali et al. (arXiv:1705.07215).
    """

    weight: NotNegative = 10.0
    law = "uniform"

    def noise_shape(self, data_shape):
        return tuple(data_shape)

    def __call__(self, score, x, fake, noise):
        near = x + 0.5 * tf.math.reduce_std(whole_batch(x)) * noise
        norm = tf.sqrt(squared_slopes(score, near) + EPSILON)
        return self.weight * tf.reduce_mean(tf.square(norm - 1))
