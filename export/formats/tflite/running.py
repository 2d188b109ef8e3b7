"""LiteRT, for the proof and for the clock."""

from export.manifest import Artefact
from export.remedies import sentence
from keras_gen.errors import ExportError


def load(artefact: Artefact):
    """A function (signature, inputs) -> outputs, run by LiteRT."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(artefact.path))

    def run(signature, inputs):
        try:
            return interpreter.get_signature_runner(signature)(**inputs)
        except (ValueError, RuntimeError) as error:
            raise ExportError(
                f'the TFLite file\'s "{signature}" does not run: {sentence(error)}'
            ) from error

    return run


def timed(threads):
    """For `export.worker`: (path, signature) -> (callable, converter of inputs)."""
    from ai_edge_litert.interpreter import Interpreter

    def load(path, signature):
        interpreter = Interpreter(model_path=path, num_threads=threads)
        return interpreter.get_signature_runner(signature), lambda value: value

    return load
