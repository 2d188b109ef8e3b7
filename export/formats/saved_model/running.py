"""TensorFlow on its own, for the proof and for the clock."""

import functools
import itertools
import pathlib
import pickle
import subprocess
import sys
import tempfile

from export.manifest import Artefact
from keras_gen.errors import ExportError


def load(artefact: Artefact):
    """A function (signature, inputs) -> outputs, run by TensorFlow on its own."""
    return functools.partial(reader().ask, (next(_openings), str(artefact.path)))


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


def reader():
    """One process for the whole session: loading TensorFlow takes seconds."""
    if not _readers or not _readers[-1].alive():
        _readers[:] = [Reader()]
    return _readers[-1]


def timed(threads):
    """For `export.worker`: (path, signature) -> (callable, converter of inputs)."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)

    def load(path, signature):
        function = tf.saved_model.load(path).signatures[signature]
        return function, tf.constant

    return load
