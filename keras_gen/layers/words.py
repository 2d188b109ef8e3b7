"""What a sentence says, whatever else it says: the strongest of each feature.

    y_c  =  max over the words of  relu( x_c )

where the features x of a word know its neighbours. A feature is said or it is not; how
many other words there are does not weaken it, and of no words at all it is 0.
"""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("keras_gen")
class Strongest(keras.layers.Layer):
    """From features of each word, and the words' numbers, to one vector.

    Example:
        >>> x = tf.constant([[[1.0, -1.0], [3.0, 9.0]]])
        >>> Strongest()([x, tf.constant([[5, 0]])]).numpy().tolist()
        [[1.0, 0.0]]
    """

    def call(self, inputs):
        x, numbers = inputs
        there = tf.cast(numbers > 0, x.dtype)[..., None]
        return tf.reduce_max(tf.nn.relu(x) * there, axis=1)

    def compute_output_shape(self, shapes):
        return (shapes[0][0], shapes[0][2])
