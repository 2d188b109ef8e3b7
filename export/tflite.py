"""TFLite: all signatures in one file, weights shared, built-in operators only.

The batch size is fixed (1 by default): a free one keeps the runtime from fusing the
network, and quantised transposed convolutions then run 16 to 20 times slower than
float ones. Flex operators (TensorFlow's own, inside a TFLite file) are never enabled:
no Python runtime executes them, so such a file could not be verified.
"""

import json
import pathlib
import re
import tempfile
import zipfile

import tensorflow as tf

from export import graphs
from export.manifest import Artefact, describe
from export.remedies import remedy
from keras_gen.errors import ExportError


def write(signatures, folder, batch=1, description=None) -> list[Artefact]:
    """Write `folder/model.tflite` with all `signatures`."""
    functions = {}
    for name, signature in signatures.items():
        function, specs = graphs.freeze(graphs.trace(name, signature, batch))
        functions[name] = function.get_concrete_function(*specs)
    path = pathlib.Path(folder) / "model.tflite"
    path.write_bytes(_convert_all(functions, batch))
    # A zip archive is read from its end and a flatbuffer from its start, so that one
    # file can be both: `unzip -p model.tflite metadata.json` shows the description.
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo("metadata.json")  # its fixed date keeps the hash fixed
        archive.writestr(entry, json.dumps(description or describe(signatures)))
    return [Artefact("tflite", path, tuple(signatures), batch)]


def convert(functions) -> bytes:
    """The seam to the converter: {name: frozen concrete function} in, a file out."""
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(tf.Module(), folder, signatures=functions)
        converter = tf.lite.TFLiteConverter.from_saved_model(
            folder, signature_keys=list(functions)
        )
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        return converter.convert()


def operators(artefact: Artefact) -> set[str]:
    """The names of the operators in the file; custom and Flex ones as "custom X"."""
    from ai_edge_litert import schema_py_generated as schema

    model = schema.Model.GetRootAsModel(artefact.path.read_bytes(), 0)
    names = {
        code: name
        for name, code in vars(schema.BuiltinOperator).items()
        if isinstance(code, int)
    }
    used = set()
    for index in range(model.OperatorCodesLength()):
        entry = model.OperatorCodes(index)
        code = max(entry.BuiltinCode(), entry.DeprecatedBuiltinCode())
        if code == schema.BuiltinOperator.CUSTOM:
            used.add(f"custom {entry.CustomCode().decode()}")
        else:
            used.add(names[code])
    return used


def load(artefact: Artefact):
    """A function (signature, inputs) -> outputs, run by LiteRT."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(artefact.path))

    def run(signature, inputs):
        try:
            return interpreter.get_signature_runner(signature)(**inputs)
        except (ValueError, RuntimeError) as error:
            raise ExportError(
                f'the TFLite file\'s "{signature}" does not run: '
                f"{graphs.sentence(error)}"
            ) from error

    return run


def _convert_all(functions, batch):
    try:
        return convert(functions)
    except Exception as error:
        # The converter does not say which signature it failed on: try one by one.
        for name, function in functions.items():
            try:
                if len(functions) > 1:
                    convert({name: function})
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
            f'TFLite conversion of "{name}" failed: {graphs.sentence(error)} '
            + remedy((), batch)
        )
    return ExportError(
        f'TFLite has no built-in operator for {", ".join(found)} in "{name}". '
        + remedy(found, batch)
    )
