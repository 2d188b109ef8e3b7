"""Before the first conversion: what will convert, and what stands in the way.

Each signature is traced, and the operators of its graph are held against what each
format has. For ONNX the converter itself knows. TFLite's converter cannot be asked, so
the names of the operators that become built-in ones, alone or in terms of others, are
listed here; an operator on no list is reported as such, because saying yes or no would
be a guess.
"""

import dataclasses
import functools

import tensorflow as tf

from export import graphs
from export.remedies import known, remedy
from keras_gen.errors import ExportError

TFLITE_OPERATORS = """
Abs Add AddN AddV2 All Any ArgMax ArgMin Assert AvgPool BatchMatMul BatchMatMulV2
BatchToSpaceND BiasAdd BitwiseXor BroadcastArgs BroadcastTo Cast Ceil Concat ConcatV2
Conv2D Conv2DBackpropInput Conv3D Conv3DBackpropInputV2 Cos Cumsum DepthToSpace
DepthwiseConv2dNative Div DivNoNan Einsum Elu Empty EnsureShape Equal Exp ExpandDims
Expm1 Fill Floor FloorDiv FloorMod FusedBatchNormV3 Gather GatherNd GatherV2 Greater
GreaterEqual IdentityN If IsFinite LeakyRelu Less LessEqual Lgamma Log Log1p LogSoftmax
LogicalAnd LogicalNot LogicalOr MatMul MatrixBandPart MatrixDiag MatrixDiagV3
MatrixSetDiagV3 Max MaxPool Maximum Mean Min Minimum MirrorPad Mul MulNoNan Neg NotEqual
OneHot OnesLike Pack Pad PadV2 Pow Prod Range Rank RealDiv Reciprocal Relu Relu6 Reshape
ResizeBilinear ResizeNearestNeighbor ReverseV2 RightShift Round Rsqrt ScatterNd Select
SelectV2 Selu Shape Sigmoid Sign Sin Size Slice Softmax Softplus Softsign SpaceToBatchND
SpaceToDepth Split SplitV Sqrt Square SquaredDifference Squeeze StatelessIf
StatelessWhile StridedSlice Sub Sum Tanh TensorListFromTensor TensorListGetItem
TensorListReserve TensorListSetItem TensorListStack Tile TopKV2 Transpose Unpack Where
While Xdivy ZerosLike
"""
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
FUSED = {"Erf", "Erfc"}  # within an exact GELU, and not otherwise
DOUBLE = tf.float64.as_datatype_enum


@dataclasses.dataclass(frozen=True)
class Finding:
    """What is known of one signature in one format, before it is converted.

    Args:
        signature: its name.
        format: the format.
        verdict: "yes", "no", or "unknown" where only the conversion can tell.
        operators: the names of TensorFlow's operators in the graph.
        rewritten: those that are expressed by others, because the format lacks them.
        obstacles: sentences: what stands in the way, and what to do about it.
    """

    signature: str
    format: str
    verdict: str
    operators: tuple[str, ...] = ()
    rewritten: tuple[str, ...] = ()
    obstacles: tuple[str, ...] = ()

    @property
    def words(self) -> list[str]:
        """The obstacles, and what is done about others without being asked."""
        done = f"Rewritten: {', '.join(self.rewritten)}."
        return [*self.obstacles, *([done] if self.rewritten else [])]

    def to_json(self) -> dict:
        return dataclasses.asdict(self)


def examine(name: str, signature, batches: dict[str, int | None]) -> list[Finding]:
    """What is known of one signature, in each of the formats {format: batch size}."""
    trace = functools.cache(lambda batch: graphs.trace(name, signature, batch))
    found = []
    for format, batch in batches.items():
        try:
            concrete = trace(batch)
        except ExportError as error:
            found.append(Finding(name, format, "no", obstacles=(str(error),)))
            continue
        used = _operators(concrete.graph.as_graph_def())
        if format == "saved_model":
            found.append(Finding(name, format, "yes", used))
        elif format == "onnx":
            found.append(_onnx(name, used))
        else:
            found.append(_tflite(name, used, concrete.graph, batch))
    return found


def _operators(graph_def):
    used = {node.op for node in graphs.nodes(graph_def)} - PLUMBING
    return tuple(sorted({FROZEN.get(op, op) for op in used}))


def _onnx(name, used):
    import tf2onnx.tfonnx  # noqa: F401 (registers all that it knows)
    from tf2onnx.handler import tf_op

    from export import onnx, onnx_operators

    have = set(tf_op.create_mapping(onnx.OPSET, None)) | {"StatelessWhile", "If"}
    missing = [op for op in used if op not in have]
    rewritten = tuple(op for op in used if hasattr(onnx_operators, op))
    obstacles = _missing("ONNX", name, missing) if missing else ()
    verdict = "no" if missing else "yes"
    return Finding(name, "onnx", verdict, used, rewritten, obstacles)


def _tflite(name, used, graph, batch):
    have = FUSED.union(TFLITE_OPERATORS.split())
    strange = [op for op in used if op not in have]
    missing = [op for op in strange if known(op)]
    obstacles = [*_missing("TFLite", name, missing)] if missing else []
    obstacles += _conditions(name, used, graph, batch)
    if obstacles:
        return Finding(name, "tflite", "no", used, obstacles=tuple(obstacles))
    doubts = tuple(_doubts(strange, used, graph, batch))
    verdict = "unknown" if doubts else "yes"
    return Finding(name, "tflite", verdict, used, obstacles=doubts)


def _missing(format, name, operators):
    text = f'{format} has no operator for {", ".join(operators)} in "{name}". '
    return (text + remedy(operators),)


def _conditions(name, used, graph, batch):
    """What converts under other circumstances only."""
    if any(
        node.attr["T"].type == DOUBLE for node in graphs.nodes(graph.as_graph_def())
    ):
        yield f'"{name}" computes in float64, which TFLite lacks. Cast to float32.'
    if batch is None and "Lgamma" in used:
        yield f'Lgamma in "{name}" gives an empty result. ' + remedy(("Lgamma",))
    if batch is None and any(op.startswith("TensorList") for op in used):
        yield f'The recurrence in "{name}" needs static shapes. ' + remedy(
            ("TensorListReserve",), batch
        )


def _doubts(strange, used, graph, batch):
    """What only the conversion can tell."""
    for op in strange:
        yield f"{op} is on no list: only the conversion can tell."
    for op in sorted(FUSED.intersection(used)):
        yield f"{op} converts as a part of an exact GELU, and not otherwise."
    if batch is None and "Conv2D" in used and _computes_shapes(graph):
        yield "A Conv2D may find that its input has lost its size. " + remedy(
            ("Conv2D",), batch
        )


def _computes_shapes(graph):
    """As repeating rows does, by which Keras doubles images: it confuses TFLite."""
    return any(
        op.type == "Reshape" and op.inputs[1].op.type == "ConcatV2"
        for op in graph.get_operations()
    )
