"""What is inside an ONNX file: operators, and what it says of itself.

Nothing here imports TensorFlow: a file is looked at where it is used.
"""

import dataclasses
import json

import onnx
from google.protobuf.message import DecodeError

from export.formats.counting import counted
from export.manifest import About


def operators(path) -> dict[str, dict]:
    """Those of the graph and of loop bodies; the version is that of the opset."""
    model = onnx.load(path, load_external_data=False)
    versions = {entry.domain: entry.version for entry in model.opset_import}
    return counted(
        (
            f"custom {node.domain}.{node.op_type}" if node.domain else node.op_type,
            versions[node.domain],
        )
        for node in nodes(model.graph)
    )


def describe(path) -> dict:
    """The description in the file's properties."""
    try:
        properties = onnx.load(path, load_external_data=False).metadata_props
    except DecodeError:
        raise ValueError(path) from None
    ours = {field.name for field in dataclasses.fields(About)}  # tools add their own
    found = {entry.key: entry.value for entry in properties if entry.key in ours}
    for key in ("metadata", "versions", "signatures"):
        found[key] = json.loads(found[key])
    return found


def graphs(graph):
    """A graph, and those of the loops and branches inside."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                if inner.node:
                    yield from graphs(inner)


def nodes(graph):
    """All nodes of a graph and of the loop and branch bodies inside."""
    return (node for part in graphs(graph) for node in part.node)
