"""An instance norm as the one operator that ONNX has for it.

The converter writes what TensorFlow computes, nine operators on maps whose channels
come first,

    d = x - mean x,    y = d / sqrt( mean d^2 + epsilon ),

where a runtime has a kernel for all of it, which is three times as fast.
"""

import numpy as np
from onnx import helper, numpy_helper

from export.formats.onnx import contents

SIDES = [2, 3]
CHAIN = ("Mul", "ReduceMean", "Add", "Sqrt", "Reciprocal", "Mul")  # after the Sub


def rewrite(model) -> None:
    """Change the model in place; it computes what it computed.

    Constants that are left over stay, for `portable.rewrite` to drop.
    """
    readers = {}  # within loops, too, which see what is around them
    for node in contents.nodes(model.graph):
        for name in dict.fromkeys(node.input):
            readers.setdefault(name, []).append(node)
    for graph in contents.graphs(model.graph):
        _rewrite(graph, readers)


def _rewrite(graph, readers):
    constants = {e.name: numpy_helper.to_array(e) for e in graph.initializer}
    made_by = {name: node for node in graph.node for name in node.output}
    ends = {value.name for value in graph.output}
    gone = []
    for node in list(graph.node):
        found = node.op_type == "Sub" and _norm(node, constants, made_by, readers)
        if not found or ends & {name for part in found[0] for name in part.output}:
            continue
        parts, last, channels, epsilon = found
        names = [f"{last.output[0]}_{kind}" for kind in ("scale", "offset")]
        for name, value in zip(names, (1, 0), strict=True):
            values = np.full(channels, value, "float32")
            graph.initializer.append(numpy_helper.from_array(values, name))
        norm = helper.make_node(
            "InstanceNormalization",
            [node.input[0], *names],
            last.output,
            epsilon=epsilon,
            name=last.name,
        )
        graph.node.insert(list(graph.node).index(last), norm)
        gone += [*parts, last]
    for node in gone:
        graph.node.remove(node)


def _norm(sub, constants, made_by, readers):
    """What a norm that begins with this `Sub` is made of, or nothing.

    Returns the nodes that nobody else reads, the last one, channels and epsilon.
    """
    x, mean = sub.input
    reshape = made_by.get(mean)
    if reshape is None or reshape.op_type != "Reshape":
        return None
    shape = constants.get(reshape.input[1], np.zeros(0))
    reduce = made_by.get(reshape.input[0])
    if reduce is None or not _means(reduce, x, constants) or len(shape) != 4:
        return None
    chain, name = [], sub.output[0]
    for kind in CHAIN:
        after = [n for n in readers.get(name, ()) if n.op_type == kind]
        if kind == "Mul" and not chain:
            after = [n for n in after if list(n.input) == [name, name]]
        if len(after) != 1:
            return None
        chain.append(after[0])
        (name,) = after[0].output
    square, variance, add, _, _, last = chain
    epsilon = [constants[i] for i in add.input if i in constants]
    whole = [reduce, reshape, sub, *chain[:-1]]
    inside = {id(node) for node in (*whole, last)}
    alone = all(id(r) in inside for part in whole for r in readers[part.output[0]])
    if (
        not alone
        or not _means(variance, square.output[0], constants)
        or sub.output[0] not in last.input
        or len(epsilon) != 1
        or epsilon[0].size != 1
    ):
        return None
    return whole, last, int(shape[1]), float(epsilon[0].ravel()[0])


def _means(node, name, constants):
    """Whether a node takes the mean of `name` over height and width."""
    if node.op_type != "ReduceMean" or node.input[0] != name:
        return False
    axes = constants.get(node.input[1]) if len(node.input) > 1 else None
    return axes is not None and sorted(axes.tolist()) == SIDES
