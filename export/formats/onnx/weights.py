"""ONNX models with smaller weights.

float16: large constants are stored in 16 bits and cast back, which runtimes do once,
when they load the file. dynamic: matrix products with a constant run in 8 bits, scaled
anew at each call; the constants of convolutions are stored in 8 bits and made float32
again, one scale for each output channel, because integer convolutions are slow and
transposed ones do not exist.

Weights are unsigned with 128 for zero: on processors without dot-product instructions
a product of unsigned and signed bytes saturates.
"""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from export.formats.onnx import contents

LEAST = 256  # elements: smaller constants save nothing
CHANNELS = {"Conv": 0, "ConvTranspose": 1}  # the axis of output channels of weights


def shrink(model, mode: str):
    """Change the model in place."""
    graphs = list(contents.graphs(model.graph))
    for graph in reversed(graphs):  # a loop's before those around it, which copy it
        if mode == "float16":
            _cast(graph)
        else:
            _multiply_in_integers(graph, graphs)
            _restore_convolutions(graph, graphs)
        drop_unused(graph, graphs)


def _large(graph):
    """{name: values} of the float constants that are worth the trouble."""
    return {
        entry.name: numpy_helper.to_array(entry)
        for entry in graph.initializer
        if entry.data_type == TensorProto.FLOAT and np.prod(entry.dims) >= LEAST
    }


def _cast(graph):
    """Each large constant in 16 bits, and a cast to what it was, under its name."""
    casts = []
    for name, values in _large(graph).items():
        half = np.clip(values, -65504, 65504).astype("float16")
        _replace(graph, name, {f"{name}_float16": half})
        casts.append(
            helper.make_node(
                "Cast",
                [f"{name}_float16"],
                [name],
                f"{name}_cast",
                to=TensorProto.FLOAT,
            )
        )
    _put(graph, 0, casts)


def _restore_convolutions(graph, graphs):
    """The constants of convolutions in 8 bits, and a node that restores them."""
    axes = {}
    for node in _nodes(graphs):
        for i, name in enumerate(node.input):
            known = CHANNELS.get(node.op_type) if i == 1 else None
            axes.setdefault(name, set()).add(known)
    restored = []
    for name, values in _large(graph).items():
        axis = axes.get(name, {None})
        if len(axis) != 1 or None in axis:
            continue
        (axis,) = axis
        bytes_, scale = _bytes(values, axis)
        zero = np.full(scale.shape, 128, "uint8")
        parts = {
            f"{name}_{k}": v
            for k, v in zip(
                ("uint8", "scale", "zero"), (bytes_, scale, zero), strict=True
            )
        }
        _replace(graph, name, parts)
        restored.append(
            helper.make_node(
                "DequantizeLinear", list(parts), [name], f"{name}_restore", axis=axis
            )
        )
    _put(graph, 0, restored)


def _multiply_in_integers(graph, graphs):
    """Each product with a large constant on the right, in 8 bits."""
    constants = {k: v for k, v in _large(graph).items() if v.ndim == 2}
    stored = set()
    for i, node in reversed(list(enumerate(graph.node))):
        if not _is_product(node) or node.input[1] not in constants:
            continue
        weights, (out,) = node.input[1], node.output
        if weights not in stored:
            stored.add(weights)
            bytes_, scale = _bytes(constants[weights], 1)
            for key, value in {
                "uint8": bytes_,
                "scale": scale,
                "zero": np.uint8(128),
            }.items():
                entry = numpy_helper.from_array(np.asarray(value), f"{weights}_{key}")
                graph.initializer.append(entry)
        x, bias = f"{out}_x", list(node.input[2:])
        result = f"{out}_product" if bias else out

        def make(kind, inputs, outputs, **attributes):
            return helper.make_node(kind, inputs, outputs, outputs[0], **attributes)

        nodes = [
            make(
                "DynamicQuantizeLinear", [node.input[0]], [x, f"{x}_scale", f"{x}_zero"]
            ),
            make(
                "MatMulInteger",
                [x, f"{weights}_uint8", f"{x}_zero", f"{weights}_zero"],
                [f"{out}_int32"],
            ),
            make("Cast", [f"{out}_int32"], [f"{out}_float"], to=TensorProto.FLOAT),
            make("Mul", [f"{x}_scale", f"{weights}_scale"], [f"{out}_scale"]),
            make("Mul", [f"{out}_float", f"{out}_scale"], [result]),
            *([make("Add", [result, *bias], [out])] if bias else []),
        ]
        del graph.node[i]
        _put(graph, i, nodes)


def _is_product(node):
    if node.op_type == "MatMul":
        return True
    plain = {"alpha": 1.0, "beta": 1.0, "transA": 0, "transB": 0}
    return node.op_type == "Gemm" and all(
        helper.get_attribute_value(a) == plain[a.name] for a in node.attribute
    )


def _bytes(values, axis):
    others = tuple(i for i in range(values.ndim) if i != axis)
    largest = np.abs(values).max(others, keepdims=True)
    scale = np.where(largest > 0, largest / 127, 1).astype("float32")
    return (np.rint(values / scale) + 128).astype("uint8"), scale.ravel()


def _nodes(graphs):
    return (node for graph in graphs for node in graph.node)


def _replace(graph, name, parts):
    kept = [entry for entry in graph.initializer if entry.name != name]
    new = [numpy_helper.from_array(value, key) for key, value in parts.items()]
    del graph.initializer[:]
    graph.initializer.extend(kept + new)


def _put(graph, index, nodes):
    after = list(graph.node)[index:]
    del graph.node[index:]
    graph.node.extend([*nodes, *after])


def drop_unused(graph, graphs):
    """Take constants away that nothing in the `graphs` of a model uses any more."""
    used = {name for node in _nodes(graphs) for name in node.input}
    used |= {output.name for output in graph.output}
    kept = [entry for entry in graph.initializer if entry.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
