"""A penalty on kernels whose columns are not at right angles to each other.

With W the kernel as a matrix (all axes but the last against the last),

    weight * | (W^T W) * (1 - I) |_F^2

which asks for different filters but, unlike the usual |W^T W - I|, not for their
lengths. A generator held to it stays smooth where latents are rare or cut off.

It is a Keras regulariser, for the `kernel_regularizer` of any layer.

Reference: Brock, Donahue & Simonyan, Large Scale GAN Training for High Fidelity Natural
Image Synthesis (arXiv:1809.11096), equation 3, with a weight of 1e-4.
"""

import keras
import tensorflow as tf

from keras_gen.arguments import NotNegative, checked_class


@keras.saving.register_keras_serializable("keras_gen")
@checked_class
class Orthogonal(keras.regularizers.Regularizer):
    """The penalty of the filters of one kernel.

    Example:
        >>> float(Orthogonal(0.5)(tf.constant([[1.0, 1.0], [0.0, 0.0]])))
        1.0
    """

    def __init__(self, weight: NotNegative = 1e-4):
        self.weight = weight

    def __call__(self, kernel):
        w = tf.reshape(tf.convert_to_tensor(kernel), (-1, kernel.shape[-1]))
        products = tf.matmul(w, w, transpose_a=True)
        crossed = tf.linalg.set_diag(products, tf.zeros_like(products[0]))
        return self.weight * tf.reduce_sum(tf.square(crossed))

    def get_config(self):
        return {"weight": self.weight}
