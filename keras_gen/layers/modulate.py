"""Normalisation whose scale and offset depend on a condition.

    y = x (1 + gain(c)) + bias(c)

where x is a map of zero mean and unit variance in each channel (batch normalisation
without weights of its own), and `gain` and `bias` are linear in the condition c: the
code of a class, or an embedding of it beside some of the latents. A class chooses which
channels are loud, and nothing else.

Reference: de Vries et al., Modulating early visual processing by language
(arXiv:1707.00683).
"""

import keras


@keras.saving.register_keras_serializable("keras_gen")
class Modulate(keras.layers.Layer):
    """From a map and two vectors for each example, a gain around 1 and a bias.

    Example:
        >>> Modulate()([tf.ones((1, 2, 2, 1)), tf.ones((1, 1)), tf.zeros((1, 1))]).shape
        TensorShape([1, 2, 2, 1])
    """

    def call(self, inputs):
        x, gain, bias = inputs
        return x * (1 + gain[:, None, None]) + bias[:, None, None]

    def compute_output_shape(self, shapes):
        return shapes[0]
