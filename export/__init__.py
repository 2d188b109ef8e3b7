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
Smaller, quantised files keep bounds on what they lose (`export.quantize`).

Each format is a room in `export.formats`, and nothing else knows them apart.

Importing this package does not import TensorFlow.
"""

import importlib
import importlib.util
from dataclasses import replace

from export import quantize as quantising
from export.formats import FORMATS
from export.quantize import FLOAT
from keras_gen.errors import BadInput, ExportError, lookup
from keras_gen.files import atomic_folder, check_output

__all__ = ["FORMATS", "check", "check_formats", "check_plan", "export"]


def export(
    model,
    out,
    formats=None,
    signatures=None,
    *,
    quantize=None,
    calibration=None,
    data=None,
    name: str | None = None,
    metadata: dict | None = None,
    tflite_batch: int | None = 1,
    any_size: bool = False,
    force: bool = False,
):
    """Write `model` into the folder `out` and verify every file.

    Args:
        model: anything with `signatures() -> {name: keras_gen.Signature}`.
        out: the folder to create; one that holds something is refused, see `force`.
        formats: some of "saved_model", "tflite", "onnx"; by default all that know one
            of the modes of `quantize`.
        signatures: the names to export; all of them by default, and of a model that
            generates and is to be quantised, the ways to generate.
        quantize: "float16", "dynamic", "weight_int8", "int8" (see `export.quantize`),
            "auto" for the smallest of them that keeps its bounds, or several; "float"
            among them keeps the float files, too. "auto" leaves a format without modes,
            and signatures that no mode suits, as they are, and logs why.
        calibration: what int8 takes the ranges of activations from: an array of 100
            examples or more, a folder of images, or {input: array}; by default noise
            of the declared laws, and `data`.
        data: real examples, an array (n, *shape), for the inputs that are data; without
            it they are drawn uniformly from their range. The first two are stored with
            the files (answers.npz), to know them by.
        name: what the files shall say the model is; a model from the zoo knows.
        metadata: facts to carry along (weights hash, licence, ...), JSON values; a
            model from the zoo knows.
        tflite_batch: the batch size of the TFLite file, None for any: a fixed one lets
            the runtime fuse the network, and quantised files depend on it.
        any_size: whether the files take images of any height and width, as a translator
            can that is made of convolutions alone.
        force: replace `out` if it holds something.

    Returns:
        The `Manifest`, also written as `manifest.json`.

    Example:
        >>> manifest = export(model, "out", formats=["onnx"], signatures=["generate"])
        >>> [file.path for file in manifest.files]
        ['onnx/generate.onnx']
    """
    known = _signatures(model)
    plan = check_plan(formats, quantize)
    check_output(out, force)
    known = _of_any_size(model, known) if any_size else known
    _check_batch(tflite_batch)
    if signatures is None and any(set(modes) - {FLOAT} for modes in plan.values()):
        signatures = _generators(model, known)
    chosen = _choose(known, signatures)
    quantising.check_inputs(calibration, chosen)

    from export import verify
    from export.making import Maker
    from export.manifest import describe

    about = getattr(model, "about", {})  # what the zoo knows of a model it has loaded
    metadata = metadata or {k: v for k, v in about.items() if k != "name"}
    name = name or about.get("name") or getattr(model, "name", type(model).__name__)
    truth = verify.Reference(chosen, data)
    description = describe(chosen, name, metadata)
    calibration = quantising.Calibration(truth.data, calibration)
    with atomic_folder(out, force) as folder:
        maker = Maker(folder, truth, description, tflite_batch, calibration)
        for format, modes in plan.items():
            maker.write(format, modes)
        return maker.finish()


def check(model, formats=None, signatures=None, *, tflite_batch: int | None = 1):
    """What would become of each signature in each format, without converting anything.

    Returns:
        A list of `Finding`s: for a signature and a format, whether it will convert
        ("yes", "no", or "unknown" where only the conversion can tell), with which
        operators, and what stands in the way, in sentences.

    Example:
        >>> [finding.verdict for finding in check(model, "onnx", "generate")]
        ['yes']
    """
    known = _signatures(model)
    plan = check_plan(formats)
    _check_batch(tflite_batch)
    chosen = _choose(known, signatures)

    from export import preflight

    batches = {format: FORMATS[format].batch(tflite_batch) for format in plan}
    return [
        finding
        for name, signature in chosen.items()
        for finding in preflight.examine(name, signature, batches)
    ]


def __getattr__(name):
    if name == "web":  # a page of models, which is imported when it is asked for
        return importlib.import_module("export.web")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def check_plan(formats, quantize=None) -> dict[str, list[str]]:
    """{format: modes} for what is asked, if all exist and their tools are installed."""
    if formats is not None:
        formats = check_formats(formats)
    plan = quantising.plan(formats, quantize)
    check_formats(plan)
    return plan


def check_formats(formats) -> list[str]:
    """The formats asked for, once each, if they exist and their tools are installed."""
    formats = [formats] if isinstance(formats, str) else list(dict.fromkeys(formats))
    if not formats:
        raise BadInput(f"no format asked for. Choose some of {', '.join(FORMATS)}.")
    for format in formats:
        for package in lookup(FORMATS, format, "export format").packages:
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


def _signatures(model) -> dict:
    if not callable(getattr(model, "signatures", None)):
        raise BadInput(
            f"only models with signatures are exported; received {model!r:.60}. Of a "
            "name or a path, zoo.load gives one."
        )
    return model.signatures()


def _of_any_size(model, signatures) -> dict:
    """The same of images of other sizes, too; theirs are examples of them."""
    if not callable(getattr(model, "at_size", None)):
        raise BadInput(
            f"{type(model).__name__} makes examples of one size; only a translator can "
            "be exported with any_size."
        )
    free = model.at_size(None, None).signatures()

    def of_any(specs):
        return {
            key: replace(spec, any_size=len(spec.shape) == 3)
            for key, spec in specs.items()
        }

    return {
        name: replace(
            free[name], inputs=of_any(known.inputs), outputs=of_any(known.outputs)
        )
        for name, known in signatures.items()
    }


def _generators(model, signatures):
    """What phones want of a model that generates: not its critic; None for the rest."""
    sampler = getattr(model, "sampler", None)
    if sampler is None:
        return None
    names = dict.fromkeys((sampler, "sample_step"))
    return [name for name in names if name in signatures]


def _choose(signatures, names):
    if names is None:
        names = signatures
    elif isinstance(names, str):
        names = [names]
    if not names:
        raise BadInput("no signature to export: the model or the choice has none.")
    return {name: lookup(signatures, name, "signature") for name in names}
