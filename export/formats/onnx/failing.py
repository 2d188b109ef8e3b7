"""What is said when a tool of ONNX gives up."""

from export import graphs
from export.remedies import remedy
from keras_gen.errors import ExportError


def failed(name, error) -> ExportError:
    """The error of a tool, in a sentence."""
    return ExportError(
        f'ONNX conversion of "{name}" failed: {graphs.sentence(error)} ' + remedy(())
    )
