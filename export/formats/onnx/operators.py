"""Four operators of TensorFlow that tf2onnx lacks, in terms of those it has.

And a pass of its optimiser that is wrong at a graph's end.
"""

import numpy as np
from tf2onnx import optimizer
from tf2onnx.handler import tf_op
from tf2onnx.utils import make_name, map_onnx_to_numpy_type


def _constant(ctx, node, value):
    dtype = map_onnx_to_numpy_type(ctx.get_dtype(node.input[0]))
    return ctx.make_const(make_name("constant"), np.array(value, dtype)).output[0]


def _replace(ctx, node, operator, inputs):
    """Put `operator(inputs)` in the place of `node`, under the name of its output."""
    shapes, dtypes, outputs = node.output_shapes, node.output_dtypes, node.output
    ctx.remove_node(node.name)
    ctx.make_node(operator, inputs, outputs=outputs, shapes=shapes, dtypes=dtypes)


@tf_op("Log1p")
class Log1p:
    @classmethod
    def version_7(cls, ctx, node, **kwargs):
        """log(1 + x)"""
        one = _constant(ctx, node, 1)
        total = ctx.make_node("Add", [node.input[0], one]).output[0]
        _replace(ctx, node, "Log", [total])


@tf_op("Expm1")
class Expm1:
    @classmethod
    def version_7(cls, ctx, node, **kwargs):
        """exp(x) - 1"""
        one = _constant(ctx, node, 1)
        power = ctx.make_node("Exp", [node.input[0]]).output[0]
        _replace(ctx, node, "Sub", [power, one])


@tf_op("Erfc")
class Erfc:
    @classmethod
    def version_9(cls, ctx, node, **kwargs):
        """1 - erf(x)"""
        one = _constant(ctx, node, 1)
        erf = ctx.make_node("Erf", [node.input[0]]).output[0]
        _replace(ctx, node, "Sub", [one, erf])


@tf_op("MulNoNan")
class MulNoNan:
    @classmethod
    def version_9(cls, ctx, node, **kwargs):
        """x y, and zero where y is zero, whatever x"""
        zero = _constant(ctx, node, 0)
        product = ctx.make_node("Mul", node.input).output[0]
        is_zero = ctx.make_node("Equal", [node.input[1], zero]).output[0]
        _replace(ctx, node, "Where", [is_zero, zero, product])


class Reshapes(optimizer.ReshapeOptimizer):
    """Where an image may be of any size, a Reshape's shape is one of 0s and -1.

    They only fit after a squeeze, which tf2onnx puts before all who read the result:
    nobody does where it is what the graph returns. So somebody is put there.
    """

    def _optimize_reshape(self, node, graph):
        (name,) = node.output
        if name in graph.outputs and not node.inputs[1].is_const():
            about = {"shapes": node.output_shapes, "dtypes": node.output_dtypes}
            graph.remove_node(node.name)
            node = graph.make_node("Reshape", node.input, **about)
            graph.make_node("Identity", node.output, outputs=[name], **about)
        return super()._optimize_reshape(node, graph)


optimizer._optimizers["reshape_optimizer"] = Reshapes
