"""What was written: files, hashes, sizes, tensors and measured errors, as JSON.

The same description of the tensors also goes into the files themselves (ONNX metadata,
a zip entry at the end of the TFLite file, an extra file beside the SavedModel), so that
a file which lost its folder still says what to feed it.
"""

import dataclasses
import importlib.metadata
import json
import pathlib

from keras_gen.errors import BadInput
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
    files: list[File] = dataclasses.field(default_factory=list)

    def add(
        self, artefact: Artefact, folder, operators, errors, mode="float", ratio=None
    ) -> None:
        """List an artefact of `folder` that has been verified."""
        whole = artefact.path
        parts = sorted(p for p in whole.rglob("*") if p.is_file()) or [whole]
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


def describe(signatures, name: str = "model", metadata: dict | None = None) -> dict:
    """The model's name, metadata, tool versions and tensors, as JSON values."""
    try:
        json.dumps(metadata)
    except (TypeError, ValueError) as error:
        raise BadInput(
            f"the metadata cannot be written as JSON: {error}. Give strings, numbers, "
            "lists and dicts of them."
        ) from None
    return {
        "name": name,
        "metadata": dict(metadata or {}),
        "versions": versions(),
        "signatures": {
            key: {
                "inputs": {k: tensor(spec) for k, spec in signature.inputs.items()},
                "outputs": {k: tensor(spec) for k, spec in signature.outputs.items()},
            }
            for key, signature in signatures.items()
        },
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
