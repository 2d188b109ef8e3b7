"""The slope of an energy, in operations that every runtime has.

A chain goes down the slope of its energy, so a chain that is exported has gradients in
it. Those that TensorFlow writes are operations of their own for each activation, which
no phone knows, and sums over axes that are found out when the graph runs. Here the
chain rule is applied to the graph of the energy, backwards, in products and sums:

    sigmoid  y (1 - y)      tanh  1 - y^2      softplus  sigmoid(x)
    relu     1 where y > 0                     leaky     its slope where not

and an axis along which a value was repeated, as a bias is along the batch, is known
from the shapes: one of 1, or none. Where a network has other operations than those in
`RULES`, TensorFlow's gradients stand in: it trains and draws, and is not exported.
"""

import tensorflow as tf


def sloped(energy, x):
    """(E, its gradient), of each example.

    Args:
        energy: function from examples to a number for each.
        x: examples.

    Example:
        >>> sloped(lambda x: tf.reduce_sum(x**2, -1), tf.constant([[3.0]]))[1].numpy()
        array([[6.]], dtype=float32)
    """
    x = tf.convert_to_tensor(x)
    if tf.executing_eagerly():
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            value = energy(x)
        return value, tape.gradient(value, x)
    x = tf.identity(x)  # of this graph: a loop's body is one of its own
    first = len(x.graph.get_operations())
    value = energy(x)
    return value, _backwards(value, x, x.graph.get_operations()[first:])


def _backwards(value, x, operations):
    """d sum(value) / dx, by the operations that lie between, in order."""
    depends, between = {x.ref()}, []
    for op in operations:
        found = [t.ref() for t in op.outputs if t.dtype.is_floating]  # not its shape
        if found and any(tensor.ref() in depends for tensor in op.inputs):
            depends.update(found)
            between.append(op)
    if not all(map(_known, between)):
        return tf.gradients(value, x)[0]
    slopes = {value.ref(): tf.ones_like(value)}
    for op in reversed(between):
        above = slopes.get(op.outputs[0].ref())
        if above is None:
            continue
        gone = RULES[op.type](op, above)
        for tensor, slope in zip(op.inputs, gone, strict=False):
            known = tensor.ref()
            if known in depends:
                slopes[known] = slopes[known] + slope if known in slopes else slope
    return slopes[x.ref()]


def _known(op):
    """Whether there is a rule for it; there is none for convolutions in groups."""
    grouped = op.type == "Conv2D" and op.inputs[0].shape[-1] != op.inputs[1].shape[2]
    return op.type in RULES and not grouped


# The rules: the slopes of an operation's inputs from that of its output.


def _elementwise(derivative):
    return lambda op, above: [above * derivative(op.inputs[0], op.outputs[0])]


def _leak(op, above):
    alpha = op.get_attr("alpha")
    on = tf.cast(op.inputs[0] > 0, above.dtype)
    return [above * (alpha + (1.0 - alpha) * on)]


def _both(left, right):
    def rule(op, above):
        x, y = op.inputs
        return [_summed(left(above, y), x), _summed(right(above, x), y)]

    return rule


def _summed(slope, like):
    """`slope` without the axes along which `like` was repeated."""
    extra = slope.shape.rank - like.shape.rank
    slope = tf.reduce_sum(slope, list(range(extra))) if extra else slope
    sizes = enumerate(zip(slope.shape, like.shape, strict=True))
    once = [axis for axis, (n, m) in sizes if m == 1 and n != 1]
    return tf.reduce_sum(slope, once, keepdims=True) if once else slope


def _reshaped(op, above):
    return [tf.reshape(above, (-1, *op.inputs[0].shape[1:]))]


def _repeated(op, above):
    """Of a sum: the same for each of its terms."""
    x, axes = op.inputs[0], tf.get_static_value(op.inputs[1])
    axes = {int(axis) % x.shape.rank for axis in axes.reshape(-1)}
    kept = [1 if i in axes else -1 if i == 0 else n for i, n in enumerate(x.shape)]
    return [tf.reshape(above, kept) * tf.ones_like(x)]


def _product(op, above):
    """Of examples and weights; that of the weights is not asked for."""
    back = not op.get_attr("transpose_b")
    return [tf.matmul(above, op.inputs[1], transpose_b=back)]


def _convolved(op, above):
    """Of images and kernels: the transposed convolution."""
    image, kernel = op.inputs
    shape = tf.concat([tf.shape(above)[:1], image.shape[1:]], 0)
    how = {name: op.get_attr(name) for name in ("strides", "dilations")}
    how["padding"] = op.get_attr("padding").decode()
    return [tf.nn.conv2d_transpose(above, kernel, shape, **how)]


RULES = {
    "Identity": lambda op, above: [above],
    "Neg": lambda op, above: [-above],
    "BiasAdd": lambda op, above: [above],
    "Square": _elementwise(lambda x, y: 2.0 * x),
    "Sigmoid": _elementwise(lambda x, y: y * (1.0 - y)),
    "Tanh": _elementwise(lambda x, y: 1.0 - y * y),
    "Softplus": _elementwise(lambda x, y: tf.sigmoid(x)),
    "Relu": _elementwise(lambda x, y: tf.cast(y > 0, y.dtype)),
    "LeakyRelu": _leak,
    "AddV2": _both(lambda above, y: above, lambda above, x: above),
    "Sub": _both(lambda above, y: above, lambda above, x: -above),
    "Mul": _both(lambda above, y: above * y, lambda above, x: above * x),
    "Reshape": _reshaped,
    "Sum": _repeated,
    "MatMul": _product,
    "Conv2D": _convolved,
}
