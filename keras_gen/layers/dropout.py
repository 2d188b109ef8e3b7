"""Dropout whose mask does not depend on the number of replicas.

Keras's layer draws a mask for the rows it is given, from a seed that all replicas
share: each would drop the same units in its first row, in its second, ... Here the mask
is drawn for the global batch, and each replica takes its rows, as with all noise.

Reference: Srivastava et al., Dropout: A Simple Way to Prevent Neural Networks from
Overfitting (JMLR 15, 2014).
"""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("keras_gen")
class Dropout(keras.layers.Dropout):
    """`keras.layers.Dropout`, and on one replica the same numbers.

    Example:
        >>> Dropout(0.5)(tf.ones((2, 3)), training=True).shape
        TensorShape([2, 3])
    """

    def call(self, inputs, training=False):
        context = tf.distribute.get_replica_context()
        replicas = context.num_replicas_in_sync if context else 1
        if not training or replicas == 1:
            return super().call(inputs, training=training)
        rows = tf.shape(inputs)[0]
        shape = tf.concat([[rows * replicas], tf.shape(inputs)[1:]], 0)
        everyone = super().call(tf.ones(shape, inputs.dtype), training=True)
        first = context.replica_id_in_sync_group * rows
        return inputs * everyone[first : first + rows]
