"""Before the first conversion: what will convert, and what stands in the way.

Each signature is traced, and each format holds the operators of its graph against what
it has (`Format.examine`).
"""

from export import formats, graphs
from export.formats import Finding
from keras_gen.errors import ExportError

# Structure, which every converter takes apart.
PLUMBING = {"Const", "Identity", "NoOp", "Placeholder", "ReadVariableOp"}
PLUMBING |= {
    "DisableCopyOnRead",
    "PartitionedCall",
    "StatefulPartitionedCall",
    "StopGradient",
}
# What becomes of reading a part of a variable once the variables are constants.
FROZEN = {"ResourceGather": "GatherV2", "ResourceGatherNd": "GatherNd"}


def examine(name: str, signature, batches: dict[str, int | None]) -> list[Finding]:
    """What is known of one signature, in each of the formats {format: batch size}."""
    found = []
    for format, batch in batches.items():
        try:
            graph = graphs.traced(name, signature, batch).graph
        except ExportError as error:
            found.append(Finding(name, format, "no", obstacles=(str(error),)))
            continue
        used = _operators(graph.as_graph_def())
        found.append(formats.get(format).examine(name, used, graph, batch))
    return found


def _operators(graph_def):
    used = {node.op for node in graphs.nodes(graph_def)} - PLUMBING
    return tuple(sorted({FROZEN.get(op, op) for op in used}))
