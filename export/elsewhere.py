"""The same files in other languages: in Node, and in a program written in C.

Every exported file was compared with the model in Python. Here it is run once more by
what an app would use, and compared with what its Python runtime makes of the same
inputs, under the same bounds:

    node    .onnx      ONNX Runtime for the web, the files that the page takes along
    c       .tflite    litert.c, and the library that LiteRT's package ships
"""

import json
import pathlib
import tempfile

import numpy as np

from export import benchmark, formats, verify
from export.manifest import Artefact
from export.quantize import FLOAT, MODES
from keras_gen.errors import ExportError, lookup
from keras_gen.signatures import Spec


def check(folder, names=None) -> list[dict]:
    """Run the files of an export in these runtimes; by default in all that have some.

    Returns:
        A row for each output of each file: runtime, file, signature, output, and what
        was measured. A file that disagrees is an `ExportError`.
    """
    folder = pathlib.Path(folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    present = {file["format"] for file in manifest["files"]}
    runtimes = {
        name: (format.name, runtime)
        for format in formats.FORMATS.values()
        for name, runtime in format.elsewhere().items()
    }
    suited = [name for name, (format, _) in runtimes.items() if format in present]
    rows = []
    for name in names or suited or runtimes:
        format, runtime = lookup(runtimes, name, "runtime")
        files = [file for file in manifest["files"] if file["format"] == format]
        if not files:
            raise ExportError(
                f"{name} runs {format} files, and there is none in {folder}: export "
                f"with --format {format}."
            )
        if not runtime.any_batch and files[0]["batch"] is None:
            raise ExportError(
                f"{name} runs files of a fixed batch size, and {files[0]['path']} "
                "takes any: export without --dynamic-batch."
            )
        with tempfile.TemporaryDirectory() as temporary:
            run = runtime.prepare(pathlib.Path(temporary))
            for file in files:
                rows += _compared(name, run, file, folder, manifest["signatures"])
    return rows


def _compared(name, run, file, folder, signatures):
    chosen = tuple(file["errors"])
    path = folder / file["path"]
    artefact = Artefact(file["format"], path, chosen, file["batch"])
    python = formats.get(file["format"]).load(artefact)
    for signature in chosen:
        sizes = [file["batch"]] if file["batch"] else verify.FREE_BATCHES
        tensors = signatures[signature]
        calls = [benchmark.inputs(tensors["inputs"], size) for size in sizes]
        answers = run(path, signature, calls, tensors["outputs"])
        for key, facts in tensors["outputs"].items():
            expected = [python(signature, inputs)[key].ravel() for inputs in calls]
            found = [answer[key].ravel() for answer in answers]
            pair = np.concatenate(expected), np.concatenate(found)
            measured, good = _measured(file, _spec(facts), *pair)
            row = {"runtime": name, "file": file["path"], "signature": signature}
            if not good:
                raise ExportError(
                    f'{name} computes another "{key}" of "{signature}" from '
                    f"{file['path']} than Python does: off by {measured['error']:.3g}. "
                    "Do not use the file there; report the operators that "
                    "`python -m export report` lists."
                )
            yield row | {"output": key} | measured


def _measured(file, spec, expected, found):
    """What two runtimes differ by, and whether that is within the bounds."""
    if expected.shape != found.shape:
        return {"error": float("inf")}, False
    if file["mode"] != FLOAT:
        measured = verify.loss(spec, expected, found, MODES[file["mode"]])
        good = measured["error"] <= measured["bound"]
        if measured["measure"] == "psnr":
            good = measured["psnr"] >= measured["bound"]
        return measured, good
    rule = formats.get(file["format"]).bound(spec)
    error, excess = verify.difference(
        rule["measure"], expected, found, rule["relative"]
    )
    return rule | {"error": error}, excess <= rule["bound"]


def _spec(facts):
    """A tensor of a manifest, as the signature declared it."""
    return Spec(**facts | {"shape": tuple(facts["shape"][1:])})
