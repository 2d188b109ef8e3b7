"""What is inside a TFLite file: operators, versions, share of fast kernels.

Nothing here imports TensorFlow: a file is looked at where it is used.
"""

import math
import pathlib

from export.formats.counting import counted

# Operators that runtimes are known to misread, {name: (from version on, warning)}.
MISREAD = {
    "TRANSPOSE_CONV": (
        4,
        "version 4 carries a fused activation: OpenVINO silently computes something "
        "else (its ONNX reader is right), and Android's NNAPI refuses it. With "
        "LeakyReLU in the place of ReLU nothing is fused.",
    ),
}
# Operators that multiply, and what their number of products is made of.
PRODUCTS = {
    "CONV_2D": lambda out, weights: out * math.prod(weights[1:]),
    "CONV_3D": lambda out, weights: out * math.prod(weights[:-1]),
    "DEPTHWISE_CONV_2D": lambda out, weights: out * math.prod(weights[1:3]),
    "FULLY_CONNECTED": lambda out, weights: out * weights[-1],
    "BATCH_MATMUL": lambda out, right: out * right[-2],
}


def operators(path) -> dict[str, dict]:
    """Those of all subgraphs; custom and Flex ones as "custom X"."""
    return counted((name, version) for name, version, _ in _operators(path))


def inspect(path, mode: str) -> dict:
    """Operators, what is known to go wrong with them, and the share of fast kernels."""
    found = operators(path)
    warned = warnings(found)
    left = float_operators(path) if mode == "int8" else []
    if left:
        warned.append(
            f"{', '.join(left)}: no integer kernel, so float32 is left inside."
        )
    return {"operators": found, "warnings": warned, "delegated": delegated(path)}


def float_operators(path) -> list[str]:
    """Operators of a TFLite file that compute with float32, other than at borders."""
    from ai_edge_litert.schema_py_generated import TensorType

    borders = ("QUANTIZE", "DEQUANTIZE")
    found = {name for name, _, types in _operators(path) if TensorType.FLOAT32 in types}
    return sorted(found.difference(borders))


def _operators(path):
    """(name, version, types of its tensors) of each operator."""
    from ai_edge_litert import schema_py_generated as schema

    model = schema.Model.GetRootAs(pathlib.Path(path).read_bytes(), 0)
    names = {v: k for k, v in vars(schema.BuiltinOperator).items() if k[0] != "_"}
    for graph in (model.Subgraphs(i) for i in range(model.SubgraphsLength())):
        for operator in (graph.Operators(i) for i in range(graph.OperatorsLength())):
            entry = model.OperatorCodes(operator.OpcodeIndex())
            code = max(entry.BuiltinCode(), entry.DeprecatedBuiltinCode())
            custom = code == schema.BuiltinOperator.CUSTOM
            name = f"custom {entry.CustomCode().decode()}" if custom else names[code]
            tensors = [operator.Inputs(i) for i in range(operator.InputsLength())]
            tensors += [operator.Outputs(i) for i in range(operator.OutputsLength())]
            types = {graph.Tensors(i).Type() for i in tensors if i >= 0}
            yield name, entry.Version(), types


def warnings(found: dict[str, dict]) -> list[str]:
    """What runtimes are known to misread in a file with these operators."""
    return [
        f"{name} {text}"
        for name, (version, text) in MISREAD.items()
        if found.get(name, {}).get("version", 0) >= version
    ]


def delegated(path) -> dict[str, float]:
    """{signature: share of its products that LiteRT gives to its fast kernels}.

    The runtime tells which operators of the first subgraph it delegates, so each
    signature's is put first in turn. Those without products, and loops, are left out.
    """
    from ai_edge_litert.interpreter import Interpreter

    content = pathlib.Path(path).read_bytes()
    shares = {}
    for name in Interpreter(model_content=content).get_signature_list():
        interpreter = Interpreter(model_content=_with_first(content, name))
        interpreter.allocate_tensors()
        shares[name] = _share(interpreter)
    return {name: share for name, share in shares.items() if share is not None}


def _with_first(content, signature):
    """The file with the subgraph of a signature in the place of the first."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
    (index,) = (
        entry.subgraphIndex
        for entry in model.signatureDefs
        if entry.signatureKey.decode() == signature
    )
    swap = {0: index, index: 0}
    graphs = model.subgraphs
    graphs[0], graphs[index] = graphs[index], graphs[0]
    for entry in model.signatureDefs:
        entry.subgraphIndex = swap.get(entry.subgraphIndex, entry.subgraphIndex)
    for graph in graphs:
        for operator in graph.operators:
            for key, value in vars(operator.builtinOptions or operator).items():
                if key.endswith("SubgraphIndex"):
                    setattr(operator.builtinOptions, key, swap.get(value, value))
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _share(interpreter):
    nodes = interpreter._get_ops_details()
    shapes = {
        tensor["index"]: tensor["shape"].tolist()
        for tensor in interpreter.get_tensor_details()
    }
    if any(node["op_name"] == "WHILE" for node in nodes):
        return None
    plain = [node for node in nodes if node["op_name"] != "DELEGATE"]
    makers = {out: node for node in plain for out in node["outputs"]}
    taken = set()
    for node in nodes:
        if node["op_name"] == "DELEGATE":
            given, wanted = set(node["inputs"]), list(node["outputs"])
            while wanted:
                tensor = wanted.pop()
                maker = None if tensor in given else makers.get(tensor)
                if maker is not None and maker["index"] not in taken:
                    taken.add(maker["index"])
                    wanted.extend(i for i in maker["inputs"] if i >= 0)
    work = {node["index"]: _products(node, shapes) for node in plain}
    total = sum(work.values())
    return sum(work[index] for index in taken) / total if total else None


def _products(node, shapes):
    inputs = [shapes.get(index, []) for index in node["inputs"]]
    if node["op_name"] == "TRANSPOSE_CONV":  # shape of the output, weights, input
        weights = inputs[1]
        return math.prod(inputs[2]) * math.prod(weights[:3])
    count = PRODUCTS.get(node["op_name"])
    return count(math.prod(shapes[node["outputs"][0]]), inputs[1]) if count else 0
