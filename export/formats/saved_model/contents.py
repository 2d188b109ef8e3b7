"""What is inside a SavedModel: its operators."""

from tensorflow.core.protobuf import saved_model_pb2

from export import graphs


def operators(path) -> set[str]:
    """The names of the operators in all of its graphs."""
    file = saved_model_pb2.SavedModel()
    file.ParseFromString((path / "saved_model.pb").read_bytes())
    return {
        node.op for graph in file.meta_graphs for node in graphs.nodes(graph.graph_def)
    }
