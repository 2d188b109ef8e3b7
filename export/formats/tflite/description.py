"""A zip archive behind the end of the file: what it is, and how to feed it.

A flatbuffer is read from its start, an archive from its end
(`unzip -p model.tflite metadata.json` shows it, too).
"""

import json
import zipfile
import zlib

ENTRY = "metadata.json"


def append(path, about: dict) -> None:
    """Put the description behind the end of a TFLite file."""
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(ENTRY)  # its fixed date keeps the hash fixed
        archive.writestr(entry, json.dumps(about), zipfile.ZIP_DEFLATED)


def read(path) -> dict:
    """What `append` has put there."""
    try:
        with zipfile.ZipFile(path) as archive:
            return json.loads(archive.read(ENTRY))
    except (zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(path) from error
