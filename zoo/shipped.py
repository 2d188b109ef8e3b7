"""What was exported of a model, as it lies beside it on a hub.

    onnx/model.onnx             what the model samples by, or does first
    onnx/encode.onnx            its other signatures
    onnx/model_fp16.onnx        float16, and onnx/model_quantized.onnx: 8 bits
    model.tflite                as it was written, as are model.float16.tflite, ...

The names of quantised ONNX files are those that transformers.js looks for. A folder of
`export` is read as data: its manifest says which file is what, and its stored answers
whether it is of this model. A SavedModel is a program, and stays at home.
"""

import json
import pathlib
import shutil

import numpy as np

from keras_gen.errors import BadFile, BadInput
from keras_gen.files import sha256

SUFFIXES = {"float": "", "float16": "_fp16", "dynamic": "_quantized", "int8": "_int8"}
NEAR = 1e-3  # per unit of what a model answers; the same one answers nearer
ODD = 0.05  # of the values that may be others, where they are discrete


def read(folder) -> dict:
    """The manifest of an export, if its files are whole.

    Args:
        folder: written by `python -m export`.
    """
    folder = pathlib.Path(folder)
    try:
        found = json.loads((folder / "manifest.json").read_text("utf-8"))
        hashes = dict(found["answers"])
        for file in found["files"]:
            hashes |= file["sha256"]
        for name, digest in hashes.items():
            inside = (folder / name).resolve().is_relative_to(folder.resolve())
            if not inside or sha256(folder / name) != digest:
                raise BadFile(
                    f"{folder / name} is not the file that was verified. Export again."
                )
    except BadFile:
        raise
    except (AttributeError, LookupError, TypeError, ValueError, OSError):
        raise BadFile(
            f"{folder} is no folder of an export, or is damaged: give one that `python "
            "-m export NAME --out DIR` has written."
        ) from None
    return found


def check(model, folder):
    """Raise `BadInput` unless the answers that the export stored are this model's."""
    with np.load(pathlib.Path(folder) / "answers.npz", allow_pickle=False) as file:
        stored = dict(file)
    signatures = model.signatures()
    for key, expected in stored.items():
        name, side, output = key.rsplit("/", 2)
        if side != "outputs":
            continue
        given = f"{name}/inputs/"
        asked = {
            k.removeprefix(given): v for k, v in stored.items() if k.startswith(given)
        }
        if name in signatures and set(asked) == set(signatures[name].inputs):
            answer = np.asarray(signatures[name].function(**asked)[output])
            off = np.abs(answer - expected) / np.abs(expected).max(initial=1)
            if np.mean(off > NEAR) <= ODD:
                continue
        raise BadInput(
            f'{folder} is of another model: "{name}" answers otherwise there. Export '
            "the one that is pushed."
        )


def copied(manifest: dict, model, folder, target) -> list[dict]:
    """Copy the files under their names on a hub; what there is to tell of each.

    Returns:
        For each file its path there, its bytes and hash, the mode, the signatures and
        the measured errors.
    """
    exported = {name: None for file in manifest["files"] for name in file["errors"]}
    first = model.sampler if model.sampler in exported else next(iter(exported), None)
    told = []
    for file in manifest["files"]:
        if file["format"] == "saved_model":
            continue
        source = pathlib.Path(folder) / file["path"]
        path = pathlib.PurePosixPath(file["path"]).name
        if file["format"] == "onnx":
            (name,) = file["errors"]
            stem = "model" if name == first else name
            path = f"onnx/{stem}{SUFFIXES[file['mode']]}.onnx"
        (target / path).parent.mkdir(exist_ok=True)
        shutil.copyfile(source, target / path)
        told.append(
            {
                "path": path,
                "bytes": file["bytes"],
                "sha256": sha256(source),
                "mode": file["mode"],
                "errors": file["errors"],
            }
        )
    if not told:
        raise BadInput(
            f"{folder} holds a SavedModel alone, which is a program and not sent: "
            "export onnx or tflite."
        )
    return told
