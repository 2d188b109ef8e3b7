"""SavedModel: all signatures in one folder, any batch size, weights stored once.

The functions are saved as they were traced, on a bare `tf.Module` that owns the
variables they use. Nothing in the file names a class of Keras or of ours, so
TensorFlow alone loads it; `load` proves that in a process where our packages (and
Keras) cannot be imported.
"""

import json
import pathlib

import tensorflow as tf

from export import graphs
from export.formats.saved_model import METADATA, running
from export.manifest import Artefact, describe
from export.remedies import sentence
from keras_gen.errors import ExportError


def write(signatures, folder, batch=None, description=None) -> Artefact:
    """Write `folder/saved_model` with all `signatures`."""
    running.reader()  # it loads TensorFlow while we trace
    functions = {
        name: graphs.traced(name, signature, batch)
        for name, signature in signatures.items()
    }
    path = pathlib.Path(folder) / "saved_model"
    save(functions, path)
    about = path.joinpath(*METADATA)
    about.parent.mkdir()
    text = json.dumps(description or describe(signatures), indent=2)
    about.write_text(text, encoding="utf-8")
    return Artefact("saved_model", path, tuple(signatures), batch)


def save(functions, path) -> None:
    """The seam to TensorFlow's writer: concrete functions in, a folder out."""
    module = tf.Module()
    variables = {
        id(variable): variable
        for function in functions.values()
        for variable in function.graph.variables
    }
    module.variables_used = list(variables.values())
    try:
        tf.saved_model.save(module, str(path), signatures=functions)
    except (ValueError, AssertionError, tf.errors.OpError) as error:
        raise ExportError(
            f"TensorFlow could not save {', '.join(functions)}: "
            f"{sentence(error)} A signature may use only tensors, variables "
            "and its inputs."
        ) from error
