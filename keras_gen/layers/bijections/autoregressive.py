"""Autoregressive steps: each number moves as those before it say.

    z_d = f(x_d; network_d(x_<d)),     log det = sum_d log df/dx_d

The network is MADE's: one pass gives the parameters of all d, so the density takes one
pass. The way back needs x_<d for x_d, one after the other. Its loop keeps the sums of
the first layer and adds one row of its kernel to them at each turn (NADE's recursion),
so that with one hidden layer all of it costs about as much as a single pass.

References: Papamakarios et al., Masked Autoregressive Flow (arXiv:1705.07057); Germain
et al., MADE (arXiv:1502.03509).
"""

import keras
import numpy as np
import tensorflow as tf

from keras_gen.arguments import Activation, Checked, CountFrom0, Size, Sizes
from keras_gen.errors import BadInput
from keras_gen.layers.bijections.base import Bijection, exact
from keras_gen.layers.bijections.transforms import Transform
from keras_gen.layers.loops import loop, push
from keras_gen.layers.masked import MaskedDense


@keras.saving.register_keras_serializable("keras_gen")
class Conditionals(Checked, keras.layers.Layer):
    """Numbers about each dimension of a vector, from those before it alone.

    Args:
        size: of the vector.
        numbers: for each dimension.
        hidden: widths of the hidden layers.
        backwards: whether the last dimension is the first of the order.
        context: numbers that all the dimensions are told.
        activation: of the hidden layers.

    Example:
        >>> Conditionals(3, 2, hidden=(8,))(tf.zeros((1, 3))).shape
        TensorShape([1, 3, 2])
    """

    def __init__(
        self,
        size: Size,
        numbers: Size,
        hidden: Sizes = (64,),
        backwards: bool = False,
        context: CountFrom0 = 0,
        activation: Activation = "relu",
        **kwargs,
    ):
        super().__init__(**kwargs)
        if not hidden:
            raise BadInput("a masked network needs a hidden layer; received hidden=().")
        self.size = size
        self.numbers = numbers
        self.hidden = tuple(hidden)
        self.backwards = backwards
        self.context = context
        self.activation = activation
        self.act = keras.activations.get(activation)
        order = np.arange(size)
        self.order = order[::-1] if backwards else order
        degrees = np.argsort(self.order) + 1
        seen = np.concatenate([degrees, np.zeros(context, int)])
        self.dense = []
        for width in self.hidden:
            first = 0 if context else 1  # units that know the context alone
            units = np.linspace(first, max(1, size - 1), width).round().astype(int)
            self.dense.append(MaskedDense(seen, units))
            self.dense[-1].build((None, len(seen)))
            seen = units
        about = np.repeat(degrees, numbers)
        self.last = MaskedDense(seen, about, strict=True, dtype=exact())
        self.last.build((None, len(seen)))
        self.built = True

    def call(self, x, context=None, training=False):
        if context is not None:
            x = tf.concat([x, tf.cast(context, x.dtype)], axis=-1)
        for layer in self.dense:
            x = self.act(layer(x))
        return tf.reshape(self.last(x), (-1, self.size, self.numbers))

    def unroll(self, draw, given, context=None):
        """The vector whose dimension d is `draw(given[:, d], parameters of d)`.

        Args:
            draw: from (batch, n) and (batch, numbers) to (batch, 1).
            given: of shape (batch, size, n).
            context: as in a call.
        """
        kernels = [layer.kernel * self._mask(layer) for layer in self.dense]
        biases = [tf.convert_to_tensor(layer.bias) for layer in self.dense]
        last = tf.transpose(self.last.kernel * self._mask(self.last))
        last = tf.reshape(last, (self.size, self.numbers, -1))
        last_bias = tf.reshape(self.last.bias, (self.size, self.numbers))
        sums = biases[0] + tf.zeros_like(given[:, :1, 0])
        if context is not None:
            told = tf.cast(context, kernels[0].dtype)
            sums += tf.matmul(told, kernels[0][self.size :])
        sums.set_shape((given.shape[0], self.hidden[0]))
        place = tf.constant(self.order, tf.int32)

        def turn(i, drawn, sums):
            d = tf.gather(place, i)
            x = self.act(sums)
            for kernel, bias in zip(kernels[1:], biases[1:], strict=True):
                x = self.act(tf.matmul(x, kernel) + bias)
            params = tf.matmul(x, tf.gather(last, d), transpose_b=True)
            params += tf.gather(last_bias, d)
            value = draw(tf.gather(given, d, axis=1), params)
            sums += value * tf.gather(kernels[0], d)
            return i + 1, push(drawn, value, 1), sums

        _, drawn, _ = loop(self.size, turn, (tf.zeros_like(given[..., 0]), sums))
        return drawn[:, ::-1] if self.backwards else drawn

    def _mask(self, layer):
        return tf.cast(layer.mask(), layer.kernel.dtype)

    def get_config(self):
        names = ("size", "numbers", "hidden", "backwards", "context", "activation")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


@keras.saving.register_keras_serializable("keras_gen")
class Autoregressive(Bijection):
    """A masked network, and the transform whose parameters it gives.

    Args:
        network: with `transform.numbers` for each dimension.
        transform: f.

    Example:
        >>> from keras_gen.layers.bijections.transforms import Affine
        >>> step = Autoregressive(Conditionals(3, 2), Affine())
        >>> step(tf.ones((4, 3)))[1].shape
        TensorShape([4])
    """

    def __init__(self, network: Conditionals, transform: Transform, **kwargs):
        super().__init__(**kwargs)
        self.network = network
        self.transform = transform

    def forward(self, x, context=None, training=False):
        params = self.network(x, context=context, training=training)
        z, log_slope = self.transform.forward(x, params)
        return z, tf.reduce_sum(log_slope, axis=-1)

    def inverse(self, z, context=None):
        def draw(value, params):
            return self.transform.inverse(value, params[:, None])

        return self.network.unroll(draw, z[..., None], context)
