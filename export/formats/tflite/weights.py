"""TFLite files with smaller weights and the arithmetic of before.

Each large float32 constant is stored in 16 or 8 bits, and a DEQUANTIZE in front of the
graph makes float32 of it again, under the constant's own name: the rest of the file
does not notice. Runtimes do that once, when they load the file, so that neither the
operators nor the batch size matter. 8 bits mean one scale for each output channel,
symmetric around zero.
"""

import functools

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

LEAST = 256  # elements: smaller constants save nothing
ALIGNMENT = 16  # what TFLite's schema asks of buffers

# The input of an operator that holds weights, and their axis of output channels.
CHANNELS = {
    "CONV_2D": (1, 0),
    "DEPTHWISE_CONV_2D": (1, 3),
    "TRANSPOSE_CONV": (1, 0),
    "CONV_3D": (1, 4),
    "CONV_3D_TRANSPOSE": (1, 3),
    "FULLY_CONNECTED": (1, 0),
    "GATHER": (0, 0),
}
OPERATORS = schema.BuiltinOperator
AXES = {getattr(OPERATORS, name): place for name, place in CHANNELS.items()}
TYPES = schema.TensorType


def shrink(content: bytes, mode: str) -> bytes:
    """The file `content` with float16 or int8 weights."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
    uses = _uses(model)
    code = len(model.operatorCodes)
    model.operatorCodes.append(_dequantize(version=3 if mode == "float16" else 5))
    small = {}  # buffer of the float constant -> (buffer, quantisation) of the small
    for graph in model.subgraphs:
        first = []
        for index, tensor in enumerate(list(graph.tensors)):
            buffer, axes = tensor.buffer, uses.get(tensor.buffer, set())
            if not _is_large(model, tensor) or (mode != "float16" and len(axes) != 1):
                continue
            if buffer not in small:
                values = _values(model, tensor)
                values, quantisation = _smaller(values, mode, *axes)
                stored = schema.BufferT()
                stored.data = np.frombuffer(values.tobytes(), np.uint8)
                model.buffers.append(stored)
                small[buffer] = len(model.buffers) - 1, quantisation
            graph.tensors.append(_constant(tensor, mode, *small[buffer]))
            tensor.buffer = 0  # the empty one: it is computed now
            first.append(_operator(code, len(graph.tensors) - 1, index))
        graph.operators[:0] = first
    for buffer in small:
        model.buffers[buffer].data = None
    return _packed(model)


def _uses(model):
    """{buffer: the axes that its users quantise along}; {None} where one cannot."""
    uses = {}
    for graph in model.subgraphs:
        for operator in graph.operators:
            entry = model.operatorCodes[operator.opcodeIndex]
            code = max(entry.builtinCode, entry.deprecatedBuiltinCode)
            place, axis = AXES.get(code, (None, None))
            for i, index in enumerate(operator.inputs):
                if index >= 0:
                    tensor = graph.tensors[index]
                    known = axis if i == place else None
                    uses.setdefault(tensor.buffer, set()).add(known)
    return {buffer: axes for buffer, axes in uses.items() if axes != {None}} | {
        buffer: set() for buffer, axes in uses.items() if None in axes
    }


def _is_large(model, tensor):
    data = model.buffers[tensor.buffer].data
    return tensor.type == TYPES.FLOAT32 and data is not None and len(data) >= 4 * LEAST


def _values(model, tensor):
    data = np.asarray(model.buffers[tensor.buffer].data, np.uint8)
    return data.view("<f4").reshape(tensor.shape)


def _smaller(values, mode, axis=None):
    if mode == "float16":
        return np.clip(values, -65504, 65504).astype("<f2"), None
    others = tuple(i for i in range(values.ndim) if i != axis)
    largest = np.abs(values).max(others, keepdims=True)
    scale = np.where(largest > 0, largest / 127, 1).astype("float32")
    quantisation = schema.QuantizationParametersT()
    quantisation.scale = scale.ravel()
    quantisation.zeroPoint = np.zeros(scale.size, np.int64)
    quantisation.quantizedDimension = axis
    return np.clip(np.rint(values / scale), -127, 127).astype("i1"), quantisation


def _constant(tensor, mode, buffer, quantisation):
    new = schema.TensorT()
    new.shape, new.hasRank = tensor.shape, tensor.hasRank
    new.name = tensor.name + b"_" + mode.encode()
    new.type = TYPES.FLOAT16 if mode == "float16" else TYPES.INT8
    new.buffer, new.quantization = buffer, quantisation
    return new


def _dequantize(version):
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = OPERATORS.DEQUANTIZE
    code.version = version
    return code


def _operator(code, source, target):
    operator = schema.OperatorT()
    operator.opcodeIndex = code
    operator.inputs, operator.outputs = [source], [target]
    operator.builtinOptionsType = schema.BuiltinOptions.DequantizeOptions
    operator.builtinOptions = schema.DequantizeOptionsT()
    return operator


def _packed(model):
    for buffer in model.buffers:
        buffer.Pack = functools.partial(_pack_aligned, buffer)
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _pack_aligned(buffer, builder):
    """As `BufferT.Pack`, which forgets the alignment."""
    vector = None
    if buffer.data is not None:
        data = np.asarray(buffer.data, np.uint8).tobytes()
        builder.StartVector(1, len(data), ALIGNMENT)
        builder.head -= len(data)
        builder.Bytes[builder.head : builder.head + len(data)] = data
        vector = builder.EndVector()
    schema.BufferStart(builder)
    if vector is not None:
        schema.BufferAddData(builder, vector)
    return schema.BufferEnd(builder)
