"""What is stored beside the files of an export, to know them by: answers.npz.

    SIGNATURE/inputs/NAME        a few examples of what the files were asked
    SIGNATURE/outputs/NAME       what the model answered
    FILE/SIGNATURE/NAME          what a quantised file answered instead

A file that was put in the place of another may agree with itself in every runtime; it
does not agree with these.
"""

import zipfile
import zlib

import numpy as np

from export import formats
from export.quantize import FLOAT
from keras_gen.errors import BadFile
from keras_gen.files import atomic

NAME = "answers.npz"
EXAMPLES = 2  # or as many as a fixed batch takes


def collect(folder, files, truth) -> dict[str, np.ndarray]:
    """The examples of all signatures, and the answers of the model and the files.

    Args:
        folder: of the export.
        files: the `Artefact`s in it, each with its mode.
        truth: the model's answers.
    """
    size = max((artefact.batch or 1 for artefact, _ in files), default=1)
    count = size * -(-EXAMPLES // size)
    kept = {name: truth.kept(name, count) for name in truth.signatures}
    found = {}
    for name, (inputs, outputs) in kept.items():
        found |= {f"{name}/inputs/{key}": value for key, value in inputs.items()}
        found |= {f"{name}/outputs/{key}": value for key, value in outputs.items()}
    for artefact, mode in files:
        if mode != FLOAT:
            run = formats.get(artefact.format).load(artefact)
            path = artefact.path.relative_to(folder).as_posix()
            for name in artefact.signatures:
                calls = split(kept[name][0], artefact.batch or count)
                answers = [run(name, inputs) for inputs in calls]
                for key in truth.signatures[name].outputs:
                    rows = [answer[key] for answer in answers]
                    found[f"{path}/{name}/{key}"] = np.concatenate(rows)
    return found


def save(path, arrays) -> None:
    """Write the arrays, and nothing that differs the next time."""
    with atomic(path) as temporary, open(temporary, "wb") as file:
        np.savez_compressed(file, **arrays)


class Stored:
    """The answers of an export, asked for one by one."""

    def __init__(self, path):
        self.path = path
        try:
            with np.load(path, allow_pickle=False) as archive:
                self.arrays = dict(archive)
            if not all(a.ndim and a.dtype.kind in "biuf" for a in self.arrays.values()):
                raise ValueError("no examples")
        except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error):
            raise BadFile(f"{path} cannot be read: export again.") from None

    def inputs(self, signature, names) -> dict:
        return {key: self._get(f"{signature}/inputs/{key}") for key in names}

    def output(self, file: dict, signature, name):
        """What a file of the manifest has to answer."""
        own = f"{file['path']}/{signature}/{name}"
        return self._get(own if own in self.arrays else f"{signature}/outputs/{name}")

    def _get(self, key):
        try:
            return self.arrays[key]
        except KeyError:
            raise BadFile(f"{self.path} has no {key}: export again.") from None


def split(inputs: dict, size: int) -> list[dict]:
    """Inputs of many examples in calls of `size`."""
    count = min(len(value) for value in inputs.values())
    return [
        {key: value[i : i + size] for key, value in inputs.items()}
        for i in range(0, count - size + 1, size)
    ]
