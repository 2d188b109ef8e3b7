"""What a file says about itself, in every format, found without its runtime.

A TFLite file is a flatbuffer, read from its start, with a zip archive, read from its
end, behind it (`unzip -p model.tflite metadata.json` shows it, too). ONNX has metadata
properties. A SavedModel is a folder with a place for other people's assets.
"""

import json
import pathlib
import zipfile

from keras_gen.errors import BadFile

ENTRY = "metadata.json"


def append(path, description: dict) -> None:
    """Put the description behind the end of a TFLite file."""
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(ENTRY)  # its fixed date keeps the hash fixed
        archive.writestr(entry, json.dumps(description), zipfile.ZIP_DEFLATED)


def read(path) -> dict:
    """The description inside a file, a SavedModel folder, or a folder of an export."""
    path = pathlib.Path(path)
    if not path.exists():
        raise BadFile(f"{path} does not exist.")
    try:
        if path.is_dir():
            return _of_folder(path)
        return _of_tflite(path) if zipfile.is_zipfile(path) else _of_onnx(path)
    except (KeyError, ValueError, OSError, zipfile.BadZipFile):
        raise BadFile(
            f"{path} does not say what it is: it is no TFLite, ONNX or SavedModel "
            "written by `python -m export`, or it is damaged."
        ) from None


def _of_folder(path):
    for inside in (path / "manifest.json", path / "assets.extra" / ENTRY):
        if inside.exists():
            return json.loads(inside.read_text(encoding="utf-8"))
    raise KeyError(path)


def _of_tflite(path):
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read(ENTRY))


def _of_onnx(path):
    import onnx
    from google.protobuf.message import DecodeError

    try:
        properties = onnx.load(path, load_external_data=False).metadata_props
    except DecodeError:
        raise ValueError(path) from None
    found = {entry.key: entry.value for entry in properties}
    for key in ("metadata", "versions", "signatures"):
        found[key] = json.loads(found[key])
    return found
