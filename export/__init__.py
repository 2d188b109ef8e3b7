"""A model becomes files that other runtimes execute, and the proof that they agree.

    >>> import export
    >>> model = zoo.load("gan-ring")
    >>> manifest = export.export(model, "phone", formats=("tflite", "onnx"))
    >>> sorted({file.format for file in manifest.files})
    ['onnx', 'tflite']

A model says what it can do as pure functions with named tensors (its signatures).
`export` writes them in each format, reopens every file in the runtime it is meant for
(TensorFlow in a process without our packages, LiteRT, ONNX Runtime), feeds real noise
and real data, and compares with the model. The folder appears only if every file
agrees; `manifest.json` in it says what was written and how large the differences were.

A format is a module with three functions, and nothing else knows formats apart:

    write(signatures, folder, batch, description) -> the artefacts it has written
    load(artefact) -> a function (signature name, inputs) -> outputs, in its own runtime
    operators(artefact) -> the names of the operators inside

Importing this package does not import TensorFlow.
"""

import importlib
import importlib.util
import logging

from keras_gen.errors import BadInput, ExportError, lookup
from keras_gen.files import atomic_folder, check_output

__all__ = ["FORMATS", "check_formats", "export"]

FORMATS = {
    "saved_model": ("tensorflow",),
    "tflite": ("tensorflow", "ai_edge_litert"),
    "onnx": ("tensorflow", "tf2onnx", "onnx", "onnxruntime"),
}

log = logging.getLogger(__name__)


def export(
    model,
    out,
    formats=tuple(FORMATS),
    signatures=None,
    *,
    data=None,
    name: str | None = None,
    metadata: dict | None = None,
    tflite_batch: int | None = 1,
    force: bool = False,
):
    """Write `model` into the folder `out` and verify every file.

    Args:
        model: anything with `signatures() -> {name: keras_gen.Signature}`.
        out: the folder to create; one that holds something is refused, see `force`.
        formats: some of "saved_model", "tflite", "onnx".
        signatures: the names to export; all of them by default.
        data: real examples, an array (n, *shape), for the inputs that are data; without
            it they are drawn uniformly from their range.
        name: what the files shall say the model is; a model from the zoo knows.
        metadata: facts to carry along (weights hash, licence, ...), JSON values; a
            model from the zoo knows.
        tflite_batch: the batch size of the TFLite file, None for any: a fixed one lets
            the runtime fuse the network, and quantised files depend on it.
        force: replace `out` if it holds something.

    Returns:
        The `Manifest`, also written as `manifest.json`.

    Example:
        >>> manifest = export(model, "out", formats=["onnx"], signatures=["generate"])
        >>> [file.path for file in manifest.files]
        ['onnx/generate.onnx']
    """
    formats = check_formats(formats)
    check_output(out, force)
    _check_batch(tflite_batch)
    chosen = _choose(model.signatures(), signatures)

    from export import verify
    from export.manifest import Manifest, describe

    about = getattr(model, "about", {})  # what the zoo knows of a model it has loaded
    metadata = metadata or {k: v for k, v in about.items() if k != "name"}
    name = name or about.get("name") or getattr(model, "name", type(model).__name__)
    truth = verify.Reference(chosen, data)
    description = describe(chosen, name, metadata)
    with atomic_folder(out, force) as folder:
        artefacts = []
        for format in formats:
            log.info("writing %s: %s", format, ", ".join(chosen))
            batch = tflite_batch if format == "tflite" else None
            artefacts += _module(format).write(chosen, folder, batch, description)
        manifest = Manifest(**description)
        for artefact in artefacts:
            log.info("verifying %s", artefact.path.relative_to(folder))
            module = _module(artefact.format)
            used = verify.check_operators(artefact, module.operators(artefact))
            errors = verify.check_values(artefact, module.load(artefact), truth)
            manifest.add(artefact, folder, used, errors)
        manifest.save(folder / "manifest.json")
    return manifest


def check_formats(formats) -> list[str]:
    """The formats asked for, once each, if they exist and their tools are installed."""
    formats = [formats] if isinstance(formats, str) else list(dict.fromkeys(formats))
    if not formats:
        raise BadInput(f"no format asked for. Choose some of {', '.join(FORMATS)}.")
    for format in formats:
        for package in lookup(FORMATS, format, "export format"):
            if importlib.util.find_spec(package) is None:
                raise ExportError(
                    f'the format "{format}" needs {package}, which is not installed: '
                    f"pip install {package.replace('_', '-')}."
                )
    return formats


def _check_batch(batch):
    if batch is not None and (not isinstance(batch, int) or batch < 1):
        raise BadInput(
            f"the TFLite batch size is {batch!r}; give a positive whole number, or "
            "None for any size."
        )


def _choose(signatures, names):
    if names is None:
        names = signatures
    elif isinstance(names, str):
        names = [names]
    if not names:
        raise BadInput("no signature to export: the model or the choice has none.")
    return {name: lookup(signatures, name, "signature") for name in names}


def _module(format):
    return importlib.import_module(f"export.{format}")
