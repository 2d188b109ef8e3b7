"""ONNX: one graph per file, so one file per signature, with a free `batch` dimension.

Opset 18 and IR version 8 are what runtimes of the last years read. The converter only
logs an operator it does not know and writes an invalid file: its log is read here, and
becomes an error.
"""

import contextlib
import dataclasses
import json
import logging
import os
import pathlib
import re

import onnx
import tf2onnx

from export import graphs
from export.formats.onnx import (
    contents,
    fused,
    operators,  # noqa: F401 (mends tf2onnx)
    portable,
    weights,
)
from export.formats.onnx.failing import failed
from export.manifest import Artefact, describe
from export.remedies import remedy
from keras_gen.errors import ExportError

OPSET = 18
IR_VERSION = 8

# A pass of tf2onnx's optimiser that fails ends the conversion. To go on without it, the
# graph would be copied before each pass, which is half of what a conversion takes.
os.environ["TF2ONNX_CATCH_ERRORS"] = "FALSE"


def write(signatures, folder, batch=None, description=None) -> Artefact:
    """Write `folder/onnx/NAME.onnx` for the one signature."""
    ((name, signature),) = signatures.items()
    description = description or describe(signatures)
    model = _converted(name, graphs.traced(name, signature, batch))
    _describe_tensors(model, signature, batch)
    about = description | {
        "signature": name,
        "signatures": {name: description["signatures"][name]},
    }
    texts = {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in about.items()
    }
    onnx.helper.set_model_props(model, texts)
    _forget_numbers(model)
    fused.rewrite(model)
    portable.rewrite(model)
    path = pathlib.Path(folder) / "onnx" / f"{name}.onnx"
    path.parent.mkdir(exist_ok=True)
    _save(name, model, path)
    return Artefact("onnx", path, (name,), batch)


def quantise(artefact: Artefact, mode, signatures, calibration) -> Artefact:
    """Write `NAME.MODE.onnx` beside the float file."""
    (name,) = signatures
    model = onnx.load(artefact.path)
    weights.shrink(model, mode)
    entry = next(e for e in model.metadata_props if e.key == "quantisation")
    entry.value = mode
    path = artefact.path.with_suffix(f".{mode}.onnx")
    _save(name, model, path)
    return dataclasses.replace(artefact, path=path)


def _save(name, model, path):
    try:
        onnx.checker.check_model(model, full_check=True)
    except Exception as error:
        raise failed(name, error) from error
    path.write_bytes(model.SerializeToString(deterministic=True))


def convert(function, specs):
    """The seam to the converter: a frozen function and its inputs in, a model out."""
    return tf2onnx.convert.from_function(function, specs, opset=OPSET)[0]


def _converted(name, concrete):
    with _listen() as complaints:
        try:
            model = convert(*graphs.freeze(concrete))
        except Exception as error:
            raise failed(name, error) from error
    text = "\n".join(complaints)
    missing = set(re.findall(r"Tensorflow op \[.*?: (\w+)\] is not supported", text))
    if missing:
        raise ExportError(
            f'ONNX has no operator for {", ".join(sorted(missing))} in "{name}". '
            + remedy(missing)
        )
    if "Failed to convert node" in text:
        raise failed(name, text[text.index("Failed to convert node") :])
    return model


def _describe_tensors(model, signature, batch):
    """Every outer tensor has the declared sizes, and a batch axis with a name."""
    specs = signature.inputs | signature.outputs
    for value in (*model.graph.input, *model.graph.output):
        name, spec = value.name, specs[value.name]
        sides = (f"{name}_height", f"{name}_width") if spec.any_size else spec.shape[:2]
        shape = (batch or "batch", *sides, *spec.shape[2:])
        kind = value.type.tensor_type.elem_type
        value.CopyFrom(onnx.helper.make_tensor_value_info(value.name, kind, shape))
    domains = {"", *(node.domain for node in contents.nodes(model.graph))}
    used = [entry for entry in model.opset_import if entry.domain in domains]
    del model.opset_import[:]
    model.opset_import.extend(used)
    model.ir_version = min(model.ir_version, IR_VERSION)


def _forget_numbers(model):
    """Take away what depends on the process: its counters and the order of its sets."""
    seen = {}

    def plain(name):
        name = re.sub(r"_frozen_\d+", "", name)
        number = r"(?<=__)\d+(?=$|:)"
        return re.sub(number, lambda m: seen.setdefault(m[0], str(len(seen))), name)

    for i, graph in enumerate(contents.graphs(model.graph)):
        graph.name, graph.doc_string = f"graph_{i}", ""
        for node in graph.node:
            node.name = plain(node.name)
            node.input[:] = map(plain, node.input)
            node.output[:] = map(plain, node.output)
        for value in (*graph.initializer, *graph.input, *graph.output):
            value.name = plain(value.name)
        for value in (*graph.input, *graph.output):
            for size in value.type.tensor_type.shape.dim:
                if size.dim_param.startswith("unk__"):
                    size.ClearField("dim_param")
        graph.initializer.sort(key=lambda constant: constant.name)
        del graph.value_info[:]  # inferred sizes


@contextlib.contextmanager
def _listen():
    """Collect what tf2onnx only logs, and keep it off the screen."""
    messages = []

    class Collect(logging.Handler):
        def emit(self, record):
            messages.append(record.getMessage())

    logger, handler = logging.getLogger("tf2onnx"), Collect()
    state = logger.propagate, logger.handlers[:]
    logger.propagate, logger.handlers = False, [handler]
    try:
        yield messages
    finally:
        logger.propagate, logger.handlers = state
