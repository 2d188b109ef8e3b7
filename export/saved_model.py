"""SavedModel: all signatures in one folder, any batch size, weights stored once.

The functions are saved as they were traced, on a bare `tf.Module` that owns the
variables they use. Nothing in the file names a class of Keras or of ours, so
TensorFlow alone loads it; `load` proves that in a process where our packages (and
Keras) cannot be imported.
"""

import functools
import itertools
import json
import pathlib
import pickle
import subprocess
import sys
import tempfile

import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from export import graphs
from export.manifest import Artefact, describe
from keras_gen.errors import ExportError


def files(signatures) -> list[dict]:
    """The signatures of each folder: one has them all."""
    return [signatures]


def write(signatures, folder, batch=None, description=None) -> Artefact:
    """Write `folder/saved_model` with all `signatures`."""
    _reader()  # it loads TensorFlow while we trace
    functions = {
        name: graphs.trace(name, signature, batch)
        for name, signature in signatures.items()
    }
    path = pathlib.Path(folder) / "saved_model"
    save(functions, path)
    extra = path / "assets.extra"  # the place TensorFlow reserves for other people
    extra.mkdir()
    text = json.dumps(description or describe(signatures), indent=2)
    (extra / "metadata.json").write_text(text, encoding="utf-8")
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
            f"{graphs.sentence(error)} A signature may use only tensors, variables "
            "and its inputs."
        ) from error


def operators(artefact: Artefact) -> set[str]:
    """The names of the operators in the file."""
    file = saved_model_pb2.SavedModel()
    file.ParseFromString((artefact.path / "saved_model.pb").read_bytes())
    return {
        node.op for graph in file.meta_graphs for node in graphs.nodes(graph.graph_def)
    }


def load(artefact: Artefact):
    """A function (signature, inputs) -> outputs, run by TensorFlow on its own."""
    return functools.partial(_reader().ask, (next(_openings), str(artefact.path)))


class Reader:
    """The process that reads SavedModels: TensorFlow, and none of our packages."""

    def __init__(self):
        script = pathlib.Path(__file__).with_name("reader.py")
        self.complaints = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long)
        self.process = subprocess.Popen(
            [sys.executable, "-I", str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.complaints,
        )

    def ask(self, opening, signature, inputs):
        """The outputs of a signature; `opening` is a number and the folder.

        The number tells a folder that was written anew from one that was read before.
        """
        try:
            pickle.dump((opening, signature, inputs), self.process.stdin)
            self.process.stdin.flush()
            outputs, problem = pickle.load(self.process.stdout)
        except (OSError, EOFError):
            self.process.kill()
            self.process.wait()
            self.complaints.seek(0)
            said = self.complaints.read().decode(errors="replace").strip()
            problem = f"the reading process died: {said.splitlines()[-1:]}"
        if problem:
            raise ExportError(
                f'the SavedModel\'s "{signature}" does not run: {problem}'
            )
        return outputs

    def alive(self):
        return self.process.poll() is None


_openings = itertools.count()
_readers: list[Reader] = []


def _reader():
    """One process for the whole session: loading TensorFlow takes seconds."""
    if not _readers or not _readers[-1].alive():
        _readers[:] = [Reader()]
    return _readers[-1]
