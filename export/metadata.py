"""What a file says about itself, in every format, found without its runtime."""

import json
import pathlib

from export import formats, manifest
from keras_gen.errors import BadFile


def read(path) -> dict:
    """The description inside a file, a SavedModel folder, or a folder of an export."""
    path = pathlib.Path(path)
    if not path.exists():
        raise BadFile(f"{path} does not exist.")
    listing = path / "manifest.json"
    try:
        if listing.is_file():
            about = json.loads(listing.read_text(encoding="utf-8"))
            manifest.check(about, manifest.Manifest)
            return about
        home = formats.reading(path)
        if home:
            about = home.describe(path)
            manifest.check(about)
            return about
    except (KeyError, ValueError, OSError, RuntimeError):
        pass  # the sentence below
    raise BadFile(
        f"{path} does not say what it is: it is no TFLite, ONNX or SavedModel "
        "written by `python -m export`, or it is damaged."
    )
