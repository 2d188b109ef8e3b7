"""What is said when a tool of ONNX gives up."""

from export.remedies import remedy, sentence
from keras_gen.errors import ExportError


def failed(name, error) -> ExportError:
    """The error of a tool, in a sentence."""
    return ExportError(
        f'ONNX conversion of "{name}" failed: {sentence(error)} ' + remedy(())
    )
