"""Multi-scale PixelCNN: first the coarse image, then all that is between its pixels.

A small image s(x), every k-th row and column of x, is drawn by a model of its own; a
second model, which is shown it, draws the other pixels:

    log p(x) = log p(s(x)) + sum_{i not in s} log p(x_i | x_<i, s(x))

Since the coarse pixels are pixels of x, which the second model need not predict again,
this is an exact density. What is drawn first is what an image is as a whole.

The second model is told a map, which a convolutional network (`guide`) makes of the
coarse image by transposed convolutions: at every pixel it knows the coarse pixels in
all directions. Both are drawn by the same sampler (sampler.py); the coarse pixels are
for the second what known pixels are for completion.

Reference: van den Oord et al., Pixel Recurrent Neural Networks (arXiv:1601.06759),
section 3.4.
Not here: more than two scales; groups of pixels that are drawn at once.
"""

import keras
import numpy as np
import tensorflow as tf

from keras_gen.autoregressive.base import Autoregressive
from keras_gen.errors import BadInput
from keras_gen.likelihoods import Likelihood
from keras_gen.networks import pixelcnn
from keras_gen.parts.causal import sampler


@keras.saving.register_keras_serializable("keras_gen")
class MultiScalePixelCNN(Autoregressive):
    """Exact density of images, the coarse image before the rest.

    Args:
        coarse: a causal network of the small images.
        guide: network from small images to maps as high and as wide as the large ones.
        fine: a causal network of the large images, whose second input is that map.
        likelihood: a head, the same for both; Bernoulli if not given.

    Example:
        >>> gated = pixelcnn.gated_pixelcnn
        >>> model = MultiScalePixelCNN(
        ...     gated((4, 4, 1), 17, width=4, depth=1),
        ...     pixelcnn.guide((4, 4, 1), scale=2, width=3),
        ...     gated((8, 8, 1), 17, width=4, depth=1, embedding=(8, 8, 3)),
        ...     Categorical(17),
        ... )
        >>> model.sample(2, seed=1).shape
        (2, 8, 8, 1)
    """

    jit_sampling = True

    def __init__(
        self,
        coarse: keras.Model,
        guide: keras.Model,
        fine: keras.Model,
        likelihood: Likelihood | None = None,
        **kwargs,
    ):
        plans = sampler.Plan(coarse), sampler.Plan(fine)
        small, large = (plan.shape for plan in plans)
        scale = large[0] // small[0]
        if scale < 2 or large != (scale * small[0], scale * small[1], small[2]):
            raise BadInput(
                f"the coarse images must be every k-th row and column, k > 1, of the "
                f"others; received networks for images of shapes {small} and {large}."
            )
        told = [tuple(t.shape[1:]) for t in fine.inputs[1:]]
        if len(coarse.inputs) > 1 or told != [tuple(guide.output_shape[1:])]:
            raise BadInput(
                "the fine network has one input beside the image, of the shape that "
                f"the guide gives, {tuple(guide.output_shape[1:])}, and the coarse one "
                f"has none; received {told} and {len(coarse.inputs) - 1}."
            )
        if guide.input_shape[1:] != small:
            raise BadInput(
                f"the guide must take the coarse images, of shape {small}; received "
                f"one for {guide.input_shape[1:]}."
            )
        groups, *others = {plan.groups for plan in plans}
        if others:
            raise BadInput(
                "the two networks must draw channels in the same way: give both the "
                f"same groups; received {[plan.groups for plan in plans]}."
            )
        kept = np.zeros(large[:2], bool)
        kept[::scale, ::scale] = True
        order = np.argsort(~kept.ravel(), kind="stable")
        place = np.argsort(order).reshape(*large[:2], 1) * groups + np.arange(groups)
        super().__init__(large, likelihood, place, **kwargs)
        self.coarse, self.guide, self.fine = coarse, guide, fine
        self.plans, self.scale, self.kept = plans, scale, kept[..., None]
        self.likelihood.check_network(coarse.output_shape, small)
        self.likelihood.check_network(fine.output_shape, large)
        if groups > 1 and not self.likelihood.independent(large):
            raise BadInput(
                f"{type(self.likelihood).__name__} ties the channels of a pixel "
                "together, and draws them at once; build the networks with groups=1."
            )

    def shrink(self, x):
        """Every k-th row and column."""
        return x[:, :: self.scale, :: self.scale]

    def spread(self, x):
        """Each pixel as a square of k x k: the coarse ones are where they belong."""
        height, width, channels = x.shape[1:]
        k = self.scale
        rows = tf.reshape(
            tf.concat([x] * k, axis=3), (-1, height, 1, k * width * channels)
        )
        rows = tf.concat([rows] * k, axis=2)
        return tf.reshape(rows, (-1, k * height, k * width, channels))

    def parameters(self, x, training=False):
        x = tf.cast(x, tf.float32)
        small = self.shrink(x)
        of_small = self.coarse(small, training=training)
        shown = self.guide(small, training=training)
        of_all = self.fine([x, shown], training=training)
        return tf.where(self.kept, self.spread(of_small), of_all)

    def fill(self, noise, given=None, known=None, temperature=1.0):
        """First the coarse image, from the noise at its pixels; then the others."""
        coarse, fine = self.plans
        head, shrink = self.likelihood, self.shrink
        parts = (None, None) if known is None else (shrink(given), shrink(known))
        small = sampler.draw(coarse, head, shrink(noise), (), *parts, temperature)
        shown = self.guide(small)
        image, fixed = self.spread(small), self.kept[None]
        if known is not None:
            image = tf.where(fixed, image, given)
            fixed = tf.logical_or(fixed, tf.cast(known, tf.bool))
        return sampler.draw(fine, head, noise, [shown], image, fixed, temperature)

    @classmethod
    def small(cls):
        def plain():
            gated, sizes = (
                pixelcnn.gated_pixelcnn,
                {"depth": 1, "first": 3, "head": (4,)},
            )
            return cls(
                gated((2, 2, 1), 1, 2, **sizes),
                pixelcnn.guide((2, 2, 1), width=2),
                gated((4, 4, 1), 1, 2, embedding=(4, 4, 2), **sizes),
            )

        return {"plain": plain}
