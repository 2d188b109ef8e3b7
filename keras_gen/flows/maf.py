"""MAF: masked autoregressive flow.

    z_d = x_d exp(s_d(x_<d)) + t_d(x_<d),     log det = sum_d s_d(x_<d)

and again, with the order of the dimensions turned round. The density takes one pass for
each step; drawing goes along the dimensions one after the other, in each step.

With `mixtures` the prior is an autoregressive density itself, each number a mixture of
Gaussians given those before it:

    p_0(z) = prod_d sum_c pi_dc(z_<d) N(z_d; m_dc(z_<d), exp(l_dc(z_<d)))

Reference: Papamakarios, Pavlakou & Murray, Masked Autoregressive Flow for Density
Estimation (arXiv:1705.07057). Five steps of one hidden layer of 1024 have, on 28x28
images, its 12,055,200 parameters, besides those of the normalisation.
Not here: batch normalisation between the steps; ActNorm takes its place, which no
example sees the others by.
"""

import math

import keras
import tensorflow as tf

from keras_gen.arguments import CountFrom0, Shape, Size, Sizes
from keras_gen.flows.base import Flow, Given, Levels, Prior, front, single, told
from keras_gen.layers.bijections.autoregressive import Autoregressive, Conditionals
from keras_gen.layers.bijections.scaling import ActNorm
from keras_gen.layers.bijections.transforms import Affine
from keras_gen.likelihoods.base import inverse_cdf
from keras_gen.signatures import Spec

LOG_SCALES = (-5.0, 5.0)  # of the mixtures: no density without bound


@keras.saving.register_keras_serializable("keras_gen")
class Mixtures(Prior):
    """Mixtures of Gaussians, given the dimensions before.

    Args:
        network: with three numbers for each component.
    """

    def __init__(self, network: Conditionals, **kwargs):
        super().__init__(network.size, **kwargs)
        self.network = network

    def laws(self, params):
        """Logits, means and log-deviations, of shape (..., components)."""
        logits, means, log_scales = tf.split(params, 3, axis=-1)
        return logits, means, tf.clip_by_value(log_scales, *LOG_SCALES)

    def call(self, z, context=None, training=False):
        params = self.network(z, context=context, training=training)
        logits, means, log_scales = self.laws(params)
        away = (z[..., None] - means) * tf.exp(-log_scales)
        each = -0.5 * (away * away + math.log(2 * math.pi)) - log_scales
        mixed = tf.reduce_logsumexp(tf.nn.log_softmax(logits) + each, axis=-1)
        return tf.reduce_sum(mixed, axis=-1)

    def noise(self):
        which = "picks the components (uniform)"
        uniform = Spec((self.size,), "noise", which, range=(0.0, 1.0), law="uniform")
        return {"noise": uniform, "eps": Spec(
            (self.size,), "noise", "decides the draw from them", law="normal"
        )}  # fmt: skip

    def draw(self, context=None, *, noise, eps):
        def one(given, params):
            logits, means, log_scales = self.laws(params)
            component = inverse_cdf(tf.nn.softmax(logits), given[:, 0])
            chosen = tf.one_hot(component, logits.shape[-1], dtype=logits.dtype)
            mean = tf.reduce_sum(chosen * means, axis=-1, keepdims=True)
            scale = tf.reduce_sum(chosen * tf.exp(log_scales), -1, keepdims=True)
            return mean + scale * given[:, 1:]

        return self.network.unroll(one, tf.stack([noise, eps], axis=-1), context)

    def get_config(self):
        config = {**super().get_config(), "network": self.network}
        del config["size"]
        return config


@keras.saving.register_keras_serializable("keras_gen")
class MAF(Flow):
    """Autoregressive steps of vectors, or of images as vectors.

    Args:
        data_shape: shape of one example.
        depth: how many steps.
        hidden: widths of the hidden layers in each.
        mixtures: components of the prior's mixtures; 0 for a standard normal.
        normalise: whether each step is followed by an ActNorm.
        levels, dequantiser, given: as in `Flow`.

    Example:
        >>> model = MAF((3,), depth=2, hidden=(16,), mixtures=2)
        >>> model.compile("adam")
        >>> model.log_prob(model.sample(4, seed=0)).shape
        TensorShape([4])
    """

    hands_on = False

    def __init__(
        self,
        data_shape: Shape,
        depth: Size = 5,
        hidden: Sizes = (1024,),
        mixtures: CountFrom0 = 0,
        normalise: bool = True,
        levels: Levels | None = None,
        dequantiser: keras.Model | None = None,
        given: Given | None = None,
        **kwargs,
    ):
        size = single(data_shape, "MAF")

        def network(numbers, backwards):
            return Conditionals(size, numbers, hidden, backwards, told(given))

        steps, affine = front(data_shape), Affine()
        for k in range(depth):
            steps.append(Autoregressive(network(affine.numbers, k % 2 == 1), affine))
            steps += [ActNorm(size)] * normalise
        prior = Mixtures(network(3 * mixtures, depth % 2 == 1)) if mixtures else None
        super().__init__(data_shape, steps, prior, levels, dequantiser, given, **kwargs)
        self.depth, self.hidden = depth, tuple(hidden)
        self.mixtures, self.normalise = mixtures, normalise

    @classmethod
    def small(cls):
        return {
            "plain": lambda: cls((4, 4, 1), 2, hidden=(20,)),
            "mixture": lambda: cls((2,), 1, hidden=(8, 8), mixtures=2, given=3),
        }
