"""What the converter writes and not every runtime reads, said so that all do.

Nearest neighbours it resizes by a mode that only ONNX Runtime knows, which takes pixel

    floor((i + 1/2) / scale)  =  floor(i / scale)                   for whole scales
                              =  round((i + 1/2) / scale - 1/2)     with halves upwards

OneHot's depth it writes as a list of one number, where the definition has a number.
"""

import numpy as np
from onnx import helper, numpy_helper

from export.formats.onnx import contents, weights

FOREIGN = b"tf_half_pixel_for_nn"


def rewrite(model) -> None:
    """Change the model in place; it computes what it computed."""
    graphs = list(contents.graphs(model.graph))
    constants = {entry.name: entry for graph in graphs for entry in graph.initializer}
    for graph in graphs:
        depths = {}  # those of this graph that were rewritten
        for node in graph.node:
            if node.op_type == "Resize":
                _resize(node, constants)
            elif node.op_type == "OneHot" and node.input[1] in constants:
                old = numpy_helper.to_array(constants[node.input[1]])
                if old.ndim:
                    name = f"{node.input[1]}_number"
                    new = numpy_helper.from_array(old.reshape(()), name)
                    depths[name], node.input[1] = new, name
        graph.initializer.extend(depths.values())
    for graph in graphs:
        weights.drop_unused(graph, graphs)


def _resize(node, constants):
    modes = {a.name: a for a in node.attribute}
    if modes["coordinate_transformation_mode"].s != FOREIGN:
        return
    scales = constants.get(node.input[2]) if len(node.input) > 2 else None
    whole = False
    if scales is not None:
        values = numpy_helper.to_array(scales)
        whole = bool(values.size) and (values == np.rint(values)).all()
    new = {
        "coordinate_transformation_mode": "asymmetric" if whole else "half_pixel",
        "nearest_mode": "floor" if whole else "round_prefer_ceil",
    }
    for name in new:
        if name in modes:
            node.attribute.remove(modes[name])
    node.attribute.extend(helper.make_attribute(k, v) for k, v in new.items())
