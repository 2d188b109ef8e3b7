"""Half precision, whose small range needs a scale.

A gradient below 6e-8 is zero in float16. So the loss is multiplied by a large power of
two, and the gradient divided by it again; where the scale was too large, the gradient
overflows, that step is skipped, and the scale halved. bfloat16 needs none of it.

How large a gradient is, goes with how large the loss is. One that is a sum over pixels,
as a negative log-likelihood, has gradients as many times as large as the mean would
have: beginning at the usual scale, the convolutions of a PixelCNN of 28x28, whose
weights gather them from all pixels, overflow for the first eight steps or so.

Reference: Micikevicius et al., Mixed Precision Training (arXiv:1710.03740), 3.2.
"""

import math

import keras
import tensorflow as tf


def first_scale(terms: int) -> float:
    """The scale to begin with, a power of two, for a loss that sums so many terms."""
    return 2.0 ** max(0, 15 - round(math.log2(terms)))  # 2**15 is Keras's for one


@keras.saving.register_keras_serializable("keras_gen")
class LossScale(keras.optimizers.LossScaleOptimizer):
    """Keras's, which also counts the steps it skips, in `skipped`.

    Under several replicas an overflow on one of them skips the step on all: Keras asks
    each (between hosts) or the first (on one) about its own gradients only.
    """

    def build(self, variables):
        self.skipped = self.add_variable(
            shape=(),
            dtype="int",
            initializer="zeros",
            aggregation="only_first_replica",
            name="skipped",
        )
        super().build(variables)

    def apply(self, gradients, variables=None):
        finite = tf.math.is_finite(tf.linalg.global_norm(gradients))
        context = tf.distribute.get_replica_context()
        if context.num_replicas_in_sync > 1:
            overflows = context.all_reduce("SUM", tf.cast(~finite, "float32"))
            finite = tf.equal(overflows, 0)
            gradients = [
                None if g is None else tf.where(finite, g, math.nan) for g in gradients
            ]
        self.skipped.assign_add(tf.cast(~finite, self.skipped.dtype))
        super().apply(gradients, variables)
