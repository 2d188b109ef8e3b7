"""What was written: files, hashes, sizes, tensors and measured errors, as JSON.

The same description of the tensors also goes into the files themselves (ONNX metadata,
a zip entry at the end of the TFLite file, an extra file beside the SavedModel), so that
a file which lost its folder still says what to feed it.
"""

import dataclasses
import importlib.metadata
import json
import pathlib
import typing
from typing import Annotated

import numpy as np

from keras_gen.annotations import fits
from keras_gen.arguments import CountFrom0, Rule, Size
from keras_gen.errors import BadFile, BadInput
from keras_gen.files import atomic, sha256
from keras_gen.specs import Spec

PACKAGES = (
    "keras-gen",
    "tensorflow",
    "keras",
    "tf2onnx",
    "onnx",
    "onnxruntime",
    "ai-edge-litert",
)
BATCHED = Rule(
    'of "batch" and whole numbers',
    lambda shape: shape[0] == "batch" and fits(shape[1:], list[CountFrom0]),
)
NUMBERS = Rule("a type of numbers", lambda name: np.dtype(name).kind in "biuf")
AGAIN = "Export again, or fetch the folder once more."
NAMES = "Letters, digits and underscores make a name, as in Python."


@dataclasses.dataclass(frozen=True)
class Artefact:
    """A written file (or SavedModel folder), its signatures, its batch (None: any)."""

    format: str
    path: pathlib.Path
    signatures: tuple[str, ...]
    batch: int | None = None


@dataclasses.dataclass(frozen=True)
class Tensor(Spec):
    """A `Spec` as JSON has it: the batch stands in its shape."""

    shape: Annotated[list, BATCHED]
    dtype: Annotated[str, NUMBERS] = "float32"


@dataclasses.dataclass(frozen=True)
class Described:
    """The tensors of a signature."""

    inputs: dict[str, Tensor]
    outputs: dict[str, Tensor]


@dataclasses.dataclass(frozen=True)
class Measured:
    """How far an output is off, and how far it may be (see `export.verify`)."""

    measure: str
    error: float
    bound: float
    relative: float
    batches: list[int] | None = None
    psnr: float | None = None
    rmse: float | None = None


@dataclasses.dataclass(frozen=True)
class File:
    """An artefact as the manifest lists it.

    Args:
        format: "saved_model", "tflite" or "onnx".
        path: relative to the manifest.
        bytes: size, of all its parts.
        sha256: {path of each part: hash}; a file is its only part.
        batch: the only batch size it accepts, None for any.
        operators: the names of the operators inside.
        errors: {signature: {output: what `verify` measured}}.
        mode: "float", or how it is quantised.
        ratio: the share of the float file's bytes, where it is quantised.
    """

    format: str
    path: str
    bytes: int
    sha256: dict[str, str]
    batch: Size | None
    operators: list[str]
    errors: dict[str, dict[str, Measured]]
    mode: str = "float"
    ratio: float | None = None


@dataclasses.dataclass
class About:
    """The description of a model, which goes into its files, too."""

    name: str
    metadata: dict
    versions: dict[str, str]
    signatures: dict[str, Described]
    quantisation: str = "float"


@dataclasses.dataclass
class Manifest(About):
    """The description of the model, and the files made of it."""

    answers: dict[str, str] = dataclasses.field(default_factory=dict)  # path: sha256
    files: list[File] = dataclasses.field(default_factory=list)

    def add(
        self, artefact: Artefact, folder, operators, errors, mode="float", ratio=None
    ) -> None:
        """List an artefact of `folder` that has been verified."""
        whole = artefact.path
        parts = _parts(whole)
        self.files.append(
            File(
                format=artefact.format,
                path=whole.relative_to(folder).as_posix(),
                bytes=sum(part.stat().st_size for part in parts),
                sha256={p.relative_to(folder).as_posix(): sha256(p) for p in parts},
                batch=artefact.batch,
                operators=sorted(operators),
                errors=errors,
                mode=mode,
                ratio=ratio,
            )
        )

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self), indent=2)

    def save(self, path) -> None:
        with atomic(path) as temporary:
            temporary.write_text(self.to_json() + "\n", encoding="utf-8")


def _parts(path):
    """The files of a folder; a file is its only part."""
    return sorted(p for p in path.rglob("*") if p.is_file()) or [path]


def load(folder) -> dict:
    """The manifest of an export, if its files are those that it lists.

    Files that came from elsewhere are read only after this: the paths in it stay
    inside, the names are names, and every byte of every file is the one that was
    verified.
    """
    folder = pathlib.Path(folder)
    path = folder / "manifest.json"
    if not path.is_file():
        raise BadFile(
            f"{folder} has no manifest.json: give a folder that `python -m export NAME "
            "--out DIR` has written."
        )
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        check(found, Manifest)
        hashes = dict(found.get("answers", {}))
        for file in found["files"]:
            _check_described(file, found["signatures"])
            hashes |= file["sha256"]
            whole = _inside(folder, file["path"])
            parts = {p.relative_to(folder).as_posix() for p in _parts(whole)}
            if parts != set(file["sha256"]):
                odd = ", ".join(sorted(parts ^ set(file["sha256"])))
                raise BadFile(f"{whole} is not what {path} lists: {odd}. {AGAIN}")
        for part, digest in hashes.items():
            if not _inside(folder, part).is_file():
                raise BadFile(f"{folder / part} is missing. {AGAIN}")
            if sha256(folder / part) != digest:
                raise BadFile(
                    f"{folder / part} is not the file that was verified: its SHA-256 "
                    f"is not that of {path}. {AGAIN}"
                )
    except BadFile:
        raise
    except (LookupError, ValueError, OSError, RuntimeError):
        raise BadFile(f"{path} is damaged, or no export wrote it. {AGAIN}") from None
    return found


def check(found, wanted=About) -> None:
    """Raise `ValueError` unless JSON says what the fields of a class want."""
    if not _is(found, wanted):
        raise ValueError(f"no {wanted.__name__}")
    _check_tensors(found["signatures"])


def _check_described(file, signatures):
    """All that a file was measured in has a description."""
    for name, outputs in file["errors"].items():
        if not outputs.keys() <= signatures.get(name, {}).get("outputs", {}).keys():
            raise ValueError(f"{name} is not described")


def _is(value, wanted) -> bool:
    """Whether JSON is what an annotation says; of a class, what those in it say."""
    origin, options = typing.get_origin(wanted), typing.get_args(wanted)
    if origin in (dict, list):
        parts = value.values() if isinstance(value, dict) else value
        return isinstance(value, origin) and all(_is(v, options[-1]) for v in parts)
    if not dataclasses.is_dataclass(wanted):
        return fits(value, wanted)
    if not isinstance(value, dict):
        return False
    fields = {field.name: field for field in dataclasses.fields(wanted)}
    missing = dataclasses.MISSING
    needed = {
        name
        for name, field in fields.items()
        if field.default is missing and field.default_factory is missing
    }
    return needed <= set(value) <= set(fields) and all(
        _is(part, fields[name].type) for name, part in value.items()
    )


def _inside(folder, name):
    """The path of a part: what a manifest says leads nowhere else."""
    path = folder / name
    if ".." in path.parts or not path.resolve().is_relative_to(folder.resolve()):
        listing = folder / "manifest.json"
        raise BadFile(f"{listing} lists {name}, which is not in {folder}. {AGAIN}")
    return path


def _check_tensors(signatures):
    """There are some. Names, which become parts of paths and tables, look like it."""
    if not signatures:
        raise BadInput("there is no signature. Name one at least.")
    for name, signature in signatures.items():
        if not signature["inputs"]:
            raise BadInput(f'"{name}" has no input. Give it one, with the batch.')
        if not name.isidentifier():
            raise BadInput(f"a signature is called {name!r}. {NAMES}")
        for key in (*signature["inputs"], *signature["outputs"]):
            if not key.isidentifier():
                raise BadInput(f'a tensor of "{name}" is called {key!r}. {NAMES}')


def describe(signatures, name: str = "model", metadata: dict | None = None) -> dict:
    """The model's name, metadata, tool versions and tensors, as JSON values."""
    try:
        json.dumps(metadata)
    except (TypeError, ValueError) as error:
        raise BadInput(
            f"the metadata cannot be written as JSON: {error}. Give strings, numbers, "
            "lists and dicts of them."
        ) from None
    tensors = {
        key: {
            "inputs": {k: tensor(spec) for k, spec in signature.inputs.items()},
            "outputs": {k: tensor(spec) for k, spec in signature.outputs.items()},
        }
        for key, signature in signatures.items()
    }
    _check_tensors(tensors)
    return {
        "name": name,
        "metadata": dict(metadata or {}),
        "versions": versions(),
        "signatures": tensors,
    }


def tensor(spec) -> dict:
    """A `Spec` as JSON values, the batch axis included, absent facts left out."""
    facts = dataclasses.asdict(spec) | {"shape": ["batch", *spec.shape]}
    return {k: v for k, v in facts.items() if v is not None and v is not False}


def versions() -> dict[str, str]:
    """The installed version of every package that has a part in the result."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
