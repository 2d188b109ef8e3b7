"""What will convert to TFLite, whose converter cannot be asked.

The names of the operators that become built-in ones, alone or in terms of others, are
listed here; an operator on no list is reported as such, because saying yes or no would
be a guess.
"""

import tensorflow as tf

from export import graphs
from export.formats.base import Finding
from export.remedies import known, missing, remedy

OPERATORS = """
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
FUSED = {"Erf", "Erfc"}  # within an exact GELU, and not otherwise
DOUBLE = tf.float64.as_datatype_enum


def examine(name, used, graph, batch) -> Finding:
    """The verdict on a signature with these operators."""
    have = FUSED.union(OPERATORS.split())
    strange = [op for op in used if op not in have]
    lacking = [op for op in strange if known(op)]
    obstacles = [missing("TFLite", name, lacking)] if lacking else []
    obstacles += _conditions(name, used, graph, batch)
    if obstacles:
        return Finding(name, "tflite", "no", used, obstacles=tuple(obstacles))
    doubts = tuple(_doubts(strange, used, graph, batch))
    verdict = "unknown" if doubts else "yes"
    return Finding(name, "tflite", verdict, used, obstacles=doubts)


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
