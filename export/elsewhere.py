"""The same files in other languages and runtimes: Node, C, OpenVINO, OpenCV.

Every exported file was compared with the model in Python. Here it is run once more by
what an app would use, and compared with the answers that are stored with the export
(see `export.answers`), under the same bounds:

    node        .onnx      ONNX Runtime for the web, the files that the page takes along
    c           .tflite    litert.c, and the library that LiteRT's package ships
    openvino    .onnx      where it is installed, as is opencv: they run what they know
    opencv      .onnx
"""

import pathlib
import tempfile

import numpy as np

from export import answers, formats, manifest, verify
from export.quantize import FLOAT, MODES
from keras_gen.errors import BadFile, ExportError, lookup
from keras_gen.signatures import Spec


def check(folder, names=None) -> list[dict]:
    """Run the files of an export in these runtimes; by default in all that have some.

    Returns:
        A row for each output of each file: runtime, file, signature, output, and what
        was measured. A file that disagrees is an `ExportError`.
    """
    folder = pathlib.Path(folder)
    listed = manifest.load(folder)
    if not listed.get("answers"):
        raise BadFile(f"{folder} has no answers to compare with: export again.")
    path, *_ = listed["answers"]
    stored = answers.Stored(folder / path)
    present = {file["format"] for file in listed["files"]}
    runtimes = formats.elsewhere()
    suited = [
        name
        for name, (format, runtime) in runtimes.items()
        if format in present and runtime.here
    ]
    rows = []
    for name in names or suited or runtimes:
        format, runtime = lookup(runtimes, name, "runtime")
        files = [file for file in listed["files"] if file["format"] == format]
        if not files:
            raise ExportError(
                f"{name} runs {format} files, and there is none in {folder}: export "
                f"with --format {format}."
            )
        if not runtime.any_batch and (files[0]["batch"] is None or _any_size(listed)):
            raise ExportError(
                f"{name} runs files of fixed sizes, and {files[0]['path']} takes any: "
                "export without --dynamic-batch and --any-size."
            )
        with tempfile.TemporaryDirectory() as temporary:
            run = runtime.prepare(pathlib.Path(temporary))
            for file in files:
                rows += _compared(name, run, file, folder, listed, stored)
    return rows


def _any_size(listed):
    tensors = [s["inputs"] for s in listed["signatures"].values()]
    return any(spec.get("any_size") for inputs in tensors for spec in inputs.values())


def _compared(name, run, file, folder, listed, stored):
    for signature in file["errors"]:
        tensors = listed["signatures"][signature]
        inputs = stored.inputs(signature, tensors["inputs"])
        count = len(next(iter(inputs.values())))
        if count < (file["batch"] or 1):
            raise BadFile(
                f"{stored.path} has fewer examples than {file['path']} takes."
            )
        sizes = [file["batch"]] if file["batch"] else [1, count]
        calls = [answers.split(inputs, size) for size in sizes]
        found = [
            run(folder / file["path"], signature, some, tensors["outputs"])
            for some in calls
        ]
        for key, facts in tensors["outputs"].items():
            expected = stored.output(file, signature, key).ravel()
            pairs = [
                (expected, np.concatenate([answer[key].ravel() for answer in some]))
                for some in found
            ]
            measured, good = _worst(file, _spec(facts), pairs)
            row = {"runtime": name, "file": file["path"], "signature": signature}
            if not good:
                raise ExportError(
                    f'{name} computes another "{key}" of "{signature}" from '
                    f"{file['path']} than was measured when it was exported: off by "
                    f"{measured['error']:.3g}. Do not use the file there; report the "
                    "operators that `python -m export report` lists."
                )
            yield row | {"output": key} | measured


def _worst(file, spec, pairs):
    """Of several calls, what the one that is furthest off differs by."""
    rows = [_measured(file, spec, *pair) for pair in pairs]
    return max(rows, key=lambda row: (not row[1], row[0]["error"]))


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
