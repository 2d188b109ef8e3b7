"""What will convert to ONNX: the converter itself knows."""

import tf2onnx.tfonnx  # noqa: F401 (registers all that it knows)
from tf2onnx.handler import tf_op

from export.formats.base import Finding
from export.formats.onnx import operators
from export.formats.onnx.writing import OPSET
from export.remedies import missing


def examine(name, used) -> Finding:
    """The verdict on a signature with these operators."""
    have = set(tf_op.create_mapping(OPSET, None)) | {"StatelessWhile", "If"}
    lacking = [op for op in used if op not in have]
    rewritten = tuple(op for op in used if hasattr(operators, op))
    obstacles = (missing("ONNX", name, lacking),) if lacking else ()
    verdict = "no" if lacking else "yes"
    return Finding(name, "onnx", verdict, used, rewritten, obstacles)
