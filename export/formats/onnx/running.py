"""ONNX Runtime, for the proof and for the clock."""

from export.formats.onnx.failing import failed
from export.manifest import Artefact
from export.remedies import sentence
from keras_gen.errors import ExportError


def load(artefact: Artefact):
    """A function (signature, inputs) -> outputs, run by ONNX Runtime."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    (name,) = artefact.signatures
    try:
        session = onnxruntime.InferenceSession(
            str(artefact.path), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:
        raise failed(name, error) from error
    names = [output.name for output in session.get_outputs()]

    def run(signature, inputs):
        try:
            return dict(zip(names, session.run(names, inputs), strict=True))
        except Exception as error:
            raise ExportError(
                f'the ONNX file of "{signature}" does not run: {sentence(error)}'
            ) from error

    return run


def timed(threads):
    """For `export.worker`: (path, signature) -> (callable, converter of inputs)."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3

    def load(path, signature):
        session = onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"]
        )
        return lambda **inputs: session.run(None, inputs), lambda value: value

    return load
