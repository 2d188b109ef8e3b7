"""TFLite: all signatures in one file, weights shared, built-in operators only.

The batch size is fixed (1 by default): a free one keeps the runtime from fusing the
network, and quantised transposed convolutions then run 16 to 20 times slower than
float ones. Flex operators (TensorFlow's own, inside a TFLite file) are never enabled:
no Python runtime executes them, so such a file could not be verified.
"""

import dataclasses
import pathlib
import re
import tempfile
import warnings

import tensorflow as tf

from export import graphs
from export.formats.tflite import description, rewrites, weights
from export.manifest import Artefact, describe
from export.remedies import remedy, sentence
from keras_gen.errors import ExportError
from keras_gen.quiet import silent


def write(signatures, folder, batch=1, about=None) -> Artefact:
    """Write `folder/model.tflite` with all `signatures`."""
    path = pathlib.Path(folder) / "model.tflite"
    path.write_bytes(_convert_all(_frozen(signatures, batch), batch))
    description.append(path, about or describe(signatures))
    return Artefact("tflite", path, tuple(signatures), batch)


def quantise(artefact: Artefact, mode, signatures, calibration) -> Artefact:
    """Write `model.MODE.tflite` beside the float file."""
    if mode in ("float16", "weight_int8"):
        content = weights.shrink(artefact.path.read_bytes(), mode)
    else:
        examples = None
        if mode == "int8":
            examples = {
                name: calibration.examples(name, signature, artefact.batch)
                for name, signature in signatures.items()
            }
        functions = _frozen(signatures, artefact.batch)
        content = _convert_all(functions, artefact.batch, mode, examples)
    path = artefact.path.with_suffix(f".{mode}.tflite")
    path.write_bytes(content)
    about = description.read(artefact.path) | {"quantisation": mode}
    description.append(path, about)
    return dataclasses.replace(artefact, path=path)


def convert(functions, mode="float", examples=None) -> bytes:
    """The seam to the converter: {name: frozen concrete function} in, a file out.

    `mode` is "float", "dynamic", or "int8", which takes {name: [inputs]} to calibrate.
    """
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(tf.Module(), folder, signatures=functions)
        converter = tf.lite.TFLiteConverter.from_saved_model(
            folder, signature_keys=list(functions)
        )
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        if mode != "float":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if mode == "int8":
            converter.representative_dataset = lambda: (
                (name, inputs) for name in functions for inputs in examples[name]
            )
        with silent(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return converter.convert()


def _frozen(signatures, batch):
    functions = {}
    for name, signature in signatures.items():
        with rewrites.rewriting():
            concrete = graphs.trace(name, signature, batch)
        function, specs = graphs.freeze(concrete)
        functions[name] = function.get_concrete_function(*specs)
    return functions


def _convert_all(functions, batch, *mode):
    try:
        return convert(functions, *mode)
    except Exception as error:
        # The converter does not say which signature it failed on: try one by one.
        for name, function in functions.items():
            try:
                if len(functions) > 1:
                    convert({name: function}, *mode)
                    continue
                raise error
            except Exception as single:
                raise _explained(name, single, batch) from single
        raise _explained(", ".join(functions), error, batch) from error


def _explained(name, error, batch):
    groups = re.findall(r"(?:TF Select|Custom) ops: ([^\n]*)", str(error))
    groups += re.findall(r"'tf\.(\w+)' op", str(error))
    found = sorted({op.strip() for group in groups for op in group.split(",")})
    if not found:
        return ExportError(
            f'TFLite conversion of "{name}" failed: {sentence(error)} '
            + remedy((), batch)
        )
    return ExportError(
        f'TFLite has no built-in operator for {", ".join(found)} in "{name}". '
        + remedy(found, batch)
    )
