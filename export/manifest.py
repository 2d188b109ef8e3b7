"""What was written: files, hashes, sizes, tensors and measured errors, as JSON.

The same description of the tensors also goes into the files themselves (ONNX metadata,
a zip entry at the end of the TFLite file, an extra file beside the SavedModel), so that
a file which lost its folder still says what to feed it.
"""

import dataclasses
import importlib.metadata
import json
import pathlib

from keras_gen.errors import BadFile, BadInput
from keras_gen.files import atomic, sha256

PACKAGES = (
    "keras-gen",
    "tensorflow",
    "keras",
    "tf2onnx",
    "onnx",
    "onnxruntime",
    "ai-edge-litert",
)
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
    batch: int | None
    operators: list[str]
    errors: dict[str, dict[str, dict]]
    mode: str = "float"
    ratio: float | None = None


@dataclasses.dataclass
class Manifest:
    """The description of the model, and the files made of it."""

    name: str
    metadata: dict
    versions: dict[str, str]
    signatures: dict[str, dict]
    quantisation: str = "float"
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
        _check_names(found["signatures"])
        hashes = dict(found.get("answers", {}))
        for file in found["files"]:
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
    except (AttributeError, LookupError, TypeError, ValueError, OSError, RuntimeError):
        raise BadFile(f"{path} is damaged, or no export wrote it. {AGAIN}") from None
    return found


def _inside(folder, name):
    """The path of a part: what a manifest says leads nowhere else."""
    path = folder / name
    if ".." in path.parts or not path.resolve().is_relative_to(folder.resolve()):
        listing = folder / "manifest.json"
        raise BadFile(f"{listing} lists {name}, which is not in {folder}. {AGAIN}")
    return path


def _check_names(signatures):
    """Names become parts of paths and of tables: they must look like names."""
    for name, signature in signatures.items():
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
    _check_names(tensors)
    return {
        "name": name,
        "metadata": dict(metadata or {}),
        "versions": versions(),
        "signatures": tensors,
    }


def tensor(spec) -> dict:
    """A `Spec` as JSON values, the batch axis included, absent facts left out."""
    facts = dataclasses.asdict(spec) | {"shape": ["batch", *spec.shape]}
    if not facts.pop("discrete"):
        return {key: value for key, value in facts.items() if value is not None}
    return {k: v for k, v in facts.items() if v is not None} | {"discrete": True}


def versions() -> dict[str, str]:
    """The installed version of every package that has a part in the result."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
