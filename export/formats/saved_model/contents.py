"""What is inside a SavedModel: its operators, and whether they reach out of it."""

import re

from google.protobuf.message import DecodeError
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow.python.framework import op_def_registry

from export import graphs
from keras_gen.errors import BadFile

# Operators with a state that a model of ours may have: its variables and its calls.
STATES = {"AssignVariableOp", "DisableCopyOnRead", "Empty", "If", "ReadVariableOp"}
STATES |= {"ResourceGather", "ResourceGatherNd", "StatefulPartitionedCall"}
STATES |= {"VarHandleOp", "While"}
# Operators that read files, although TensorFlow counts them among those without.
READERS = re.compile("ReadFile|MatchingFiles|Dataset|VocabRemapping")
# Things that TensorFlow fills from files, or by code of their own, when it loads them.
KINDS = {"asset", "resource"}


def operators(path) -> set[str]:
    """The names of the operators in all of its graphs."""
    return {
        node.op
        for graph in _read(path).meta_graphs
        for node in graphs.nodes(graph.graph_def)
    }


def reaches_out(path) -> list[str]:
    """What loading or calling it could do besides computing.

    Every SavedModel can save and restore its own variables; those functions are left
    out, unless something else calls them.
    """
    found = set()
    for graph in _read(path).meta_graphs:
        functions = {f.signature.name: f for f in graph.graph_def.library.function}
        if not graph.HasField("object_graph_def"):  # TensorFlow 1 runs all of it
            found |= {node.op for node in graph.graph_def.node}
        ours = _savers(graph, functions)
        found |= {
            node.op
            for name, function in functions.items()
            if name not in ours
            for node in function.node_def
            if node.op not in functions
        }
        for thing in graph.object_graph_def.nodes:
            found |= KINDS & {thing.WhichOneof("kind")}
            found |= {"a saver of its own"} if thing.saveable_objects else set()
    return sorted(name for name in found if not _harmless(name))


def _savers(graph, functions):
    """The functions that only the saver of a graph calls."""
    saver = graph.saver_def
    names = {saver.save_tensor_name.partition(":")[0], saver.restore_op_name}
    ours = set()
    for node in graph.graph_def.node:
        if node.name in names:
            ours |= _called(node)
    others = {*graph.object_graph_def.concrete_functions}
    for name, function in functions.items():
        others |= {name} if "api_implements" in function.attr else set()
        if name not in ours:
            others.update(*map(_called, function.node_def))
    return ours - others


def _called(node):
    names = {node.op}
    for value in node.attr.values():
        names |= {value.func.name, *(function.name for function in value.list.func)}
    return names


def _harmless(name):
    known = op_def_registry.get(name)
    if name in STATES:
        return True
    return known is not None and not known.is_stateful and not READERS.search(name)


def _read(path):
    file = saved_model_pb2.SavedModel()
    try:
        file.ParseFromString((path / "saved_model.pb").read_bytes())
    except (DecodeError, OSError):
        raise BadFile(f"{path} is no SavedModel, or it is damaged.") from None
    return file
