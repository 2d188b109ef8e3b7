"""Growing a map by repeating its values.

`keras.layers.UpSampling2D` does the same through operations that, chained under a
dynamic batch, phones do not have; a resize is one operation everywhere.
"""

import keras


@keras.saving.register_keras_serializable("keras_gen")
class Double(keras.layers.Layer):
    """Each value becomes a square of 2 x 2.

    Example:
        >>> Double()(keras.ops.ones((1, 4, 3, 2))).shape
        TensorShape([1, 8, 6, 2])
    """

    def call(self, x):
        size = (2 * x.shape[1], 2 * x.shape[2])
        return keras.ops.image.resize(x, size, interpolation="nearest")

    def compute_output_shape(self, shape):
        return (shape[0], 2 * shape[1], 2 * shape[2], shape[3])
