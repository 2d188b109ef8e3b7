"""What a file can be: one room each, and all that differs between them inside.

    saved_model/    TensorFlow's folder: all signatures, any batch, read by a stranger
    tflite/         LiteRT's file: all signatures, a fixed batch, for phones
    onnx/           ONNX Runtime's file: one for each signature, any batch

A format is a `Format` (see `base`), found here by its name. Nothing outside of this
folder names one to decide what to do, or imports what is in its room: a fourth format
is a fourth folder and a line below. Importing this imports none of their tools.
"""

from export.formats.base import Elsewhere, Finding, Format, Runtime
from export.formats.onnx import ONNX
from export.formats.saved_model import SavedModel
from export.formats.tflite import TFLite
from keras_gen.errors import lookup

__all__ = [
    "FORMATS",
    "Elsewhere",
    "Finding",
    "Format",
    "Runtime",
    "get",
    "knowing",
    "reading",
]

# The first is what the others are timed against.
FORMATS = {format.name: format for format in (SavedModel(), TFLite(), ONNX())}


def get(name: str) -> Format:
    """The format of this name."""
    return lookup(FORMATS, name, "export format")


def knowing(mode: str | None = None) -> tuple[str, ...]:
    """The names of the formats that can be quantised in this mode; None: in any."""
    return tuple(
        name
        for name, format in FORMATS.items()
        if (format.modes if mode is None else mode in format.modes)
    )


def reading(path) -> Format | None:
    """The format of a file or a folder, by what it looks like; None if it is none."""
    return next((f for f in FORMATS.values() if f.recognises(path)), None)


def elsewhere() -> dict:
    """{name of another language's runtime: (name of a format, how to run that)}."""
    return {
        name: (format.name, runtime)
        for format in FORMATS.values()
        for name, runtime in format.elsewhere().items()
    }
