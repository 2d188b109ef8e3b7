"""From a pure Python function to a graph that any converter can read.

Three things are settled here, once for all formats: the names of inputs and outputs
are those of the signature; the batch axis is free unless a size is asked for; and
nothing random, no Python callback and no 16-bit arithmetic is inside. A random
operation would convert without complaint and then fail in the runtime, or be folded
into one constant draw: noise is an argument instead.
"""

import re

import tensorflow as tf
from tensorflow.core.framework import types_pb2
from tensorflow.python.framework.convert_to_constants import (
    convert_variables_to_constants_v2,
)

from export.remedies import sentence
from keras_gen.errors import ExportError
from keras_gen.signatures import Signature

RANDOM = re.compile(
    "random|multinomial|truncatednormal|bernoulli|^rng|rng_|^stateful(uniform|standard)",
    re.IGNORECASE,
)
CALLBACK = re.compile(r"PyFunc")
HALF = {types_pb2.DT_HALF, types_pb2.DT_BFLOAT16}


def trace(name: str, signature: Signature, batch: int | None = None):
    """The concrete function of a signature, checked to keep its promises.

    Always a new trace: a `tf.function` that was traced for any batch size answers with
    that trace when it is asked for a fixed one. See `traced`.
    """
    function = getattr(signature.function, "python_function", signature.function)
    specs = {
        key: tf.TensorSpec((batch, *spec.fixed), spec.dtype, name=key)
        for key, spec in signature.inputs.items()
    }
    try:
        graph = tf.function(function, autograph=False)
        concrete = graph.get_concrete_function(**specs)
    except Exception as error:
        raise ExportError(
            f'"{name}" cannot be traced with batch size {batch or "any"}: '
            f"{sentence(error)} It must consist of TensorFlow and Keras operations on "
            f"its inputs {', '.join(specs)}."
        ) from error
    _check_outputs(name, signature, concrete.structured_outputs, batch)
    _check_nodes(name, concrete.graph.as_graph_def())
    return concrete


def traced(name: str, signature: Signature, batch: int | None = None):
    """`trace`, once for this signature and batch size, for all formats that take it."""
    kept = vars(signature).setdefault("traced", {})
    if batch not in kept:
        kept[batch] = trace(name, signature, batch)
    return kept[batch]


def freeze(concrete):
    """The same function with weights and captured tensors as constants.

    Both converters stumble over captures inside loops. Returns the `tf.function` and
    the input specs in the order in which it takes them.
    """
    frozen = convert_variables_to_constants_v2(concrete, lower_control_flow=False)
    specs = [
        tf.TensorSpec(tensor.shape, tensor.dtype, name=tensor.op.name)
        for tensor in frozen.inputs
    ]
    names = sorted(concrete.structured_outputs)  # the order of tf.nest.flatten

    def function(*inputs):
        return dict(zip(names, tf.nest.flatten(frozen(*inputs)), strict=True))

    return tf.function(function, autograph=False), specs


def nodes(graph_def):
    """All nodes of a graph and of the functions it calls."""
    yield from graph_def.node
    for function in graph_def.library.function:
        yield from function.node_def


def _check_outputs(name, signature, outputs, batch):
    if not isinstance(outputs, dict) or set(outputs) != set(signature.outputs):
        got = sorted(outputs) if isinstance(outputs, dict) else type(outputs).__name__
        raise ExportError(
            f'"{name}" declares the outputs {sorted(signature.outputs)} and returns '
            f"{got}. Return a dict with exactly the declared names."
        )
    for key, spec in signature.outputs.items():
        tensor, shape = outputs[key], (batch, *spec.fixed)
        if not tensor.shape.is_compatible_with(shape) or tensor.dtype != spec.dtype:
            raise ExportError(
                f'"{name}" declares its output "{key}" as {spec.dtype} of shape '
                f"{_shown(shape)} and returns {tensor.dtype.name} of shape "
                f"{_shown(tensor.shape.as_list() if tensor.shape.rank else [])}. "
                "Correct the declaration or the function."
            )


def _check_nodes(name, graph_def):
    for node in nodes(graph_def):
        if RANDOM.search(node.op):
            raise ExportError(
                f'"{name}" draws random numbers ({node.op}), which no exported file '
                "can do reproducibly. Take the noise as an input of the signature, "
                'with its law ("normal", "uniform" or "gumbel").'
            )
        if CALLBACK.search(node.op):
            raise ExportError(
                f'"{name}" calls back into Python ({node.op}), which no exported file '
                "can do. Write that part with TensorFlow operations."
            )
        if any(attr.type in HALF for attr in node.attr.values()):
            raise ExportError(
                f'"{name}" computes in 16 bits ({node.name}): phones would need other '
                "operators, and the files would not agree with the model. Build the "
                'model under the "float32" policy, load the same weights, export that.'
            )


def _shown(shape):
    sizes = ["batch", *shape[1:]] if len(shape) else []
    return "(" + ", ".join("?" if size is None else str(size) for size in sizes) + ")"
