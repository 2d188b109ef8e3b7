"""The same files in other languages: in Node, and in a program written in C.

Every exported file was compared with the model in Python. Here it is run once more by
what an app would use, and compared with what its Python runtime makes of the same
inputs, under the same bounds:

    node    .onnx      ONNX Runtime for the web, the files that the page takes along
    c       .tflite    programs/litert.c, and the library that LiteRT's package ships
"""

import importlib.util
import json
import pathlib
import shutil
import subprocess
import tempfile

import numpy as np

from export import benchmark, runtimes, verify
from export.making import module
from export.manifest import Artefact
from export.quantize import FLOAT, MODES
from keras_gen.errors import ExportError, lookup
from keras_gen.signatures import Spec

PROGRAMS = pathlib.Path(__file__).with_name("programs")


def check(folder, names=None) -> list[dict]:
    """Run the files of an export in these runtimes; by default in all that have some.

    Returns:
        A row for each output of each file: runtime, file, signature, output, and what
        was measured. A file that disagrees is an `ExportError`.
    """
    folder = pathlib.Path(folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    formats = {file["format"] for file in manifest["files"]}
    suited = [name for name, (format, _) in RUNTIMES.items() if format in formats]
    rows = []
    for name in names or suited or RUNTIMES:
        format, opening = lookup(RUNTIMES, name, "runtime")
        files = [file for file in manifest["files"] if file["format"] == format]
        if not files:
            raise ExportError(
                f"{name} runs {format} files, and there is none in {folder}: export "
                f"with --format {format}."
            )
        if format == "tflite" and files[0]["batch"] is None:
            raise ExportError(
                f"{name} runs files of a fixed batch size, and {files[0]['path']} "
                "takes any: export without --dynamic-batch."
            )
        with tempfile.TemporaryDirectory() as temporary:
            run = opening(pathlib.Path(temporary))
            for file in files:
                rows += _compared(name, run, file, folder, manifest["signatures"])
    return rows


def _compared(name, run, file, folder, signatures):
    chosen = tuple(file["errors"])
    path = folder / file["path"]
    artefact = Artefact(file["format"], path, chosen, file["batch"])
    python = module(file["format"]).load(artefact)
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
    rule = verify.bound(file["format"], spec)
    error, excess = verify.difference(
        rule["measure"], expected, found, rule["relative"]
    )
    return rule | {"error": error}, excess <= rule["bound"]


def _spec(facts):
    """A tensor of a manifest, as the signature declared it."""
    return Spec(**facts | {"shape": tuple(facts["shape"][1:])})


def _node(_):
    """A function (path, signature, calls, outputs) -> answers, run by Node."""
    node = _program("node", "install Node.js")
    runtime = runtimes.folder()

    def run(path, signature, calls, outputs):
        tensors = [
            {
                key: {"type": v.dtype.name, "dims": v.shape, "data": v.ravel().tolist()}
                for key, v in inputs.items()
            }
            for inputs in calls
        ]
        command = [node, PROGRAMS / "onnx.mjs", runtime, path]
        answers = json.loads(_output(command, json.dumps(tensors)))
        return [
            {key: np.array(answer[key]["data"]) for key in outputs}
            for answer in answers
        ]

    return run


def _c(folder):
    """The same, by a C program that is compiled into the folder."""
    compiler = _program("cc", "install a C compiler")
    home = importlib.util.find_spec("ai_edge_litert").submodule_search_locations[0]
    libraries = sorted(pathlib.Path(home).glob("libLiteRt.*"))
    if not libraries:
        raise ExportError(f"{home} has no libLiteRt: this LiteRT ships no C library.")
    program = folder / "litert"
    link = [libraries[0], f"-Wl,-rpath,{home}"]
    _output([compiler, "-O1", PROGRAMS / "litert.c", *link, "-o", program])

    def call(path, signature, inputs, outputs):
        for key, value in inputs.items():
            (folder / f"{key}.in").write_bytes(value.tobytes())
        _output([program, path, signature, folder])
        return {
            key: np.fromfile(folder / f"{key}.out", facts["dtype"])
            for key, facts in outputs.items()
        }

    def run(path, signature, calls, outputs):
        return [call(path, signature, inputs, outputs) for inputs in calls]

    return run


def _program(name, remedy):
    found = shutil.which(name)
    if found is None:
        raise ExportError(f"{name} is not installed: {remedy}, or leave it out.")
    return found


def _output(command, text=""):
    done = subprocess.run(
        list(map(str, command)), input=text, capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = (done.stderr.strip() or "no message").splitlines()[-1]
        program = pathlib.Path(command[0]).name
        raise ExportError(f"{program} stopped with code {done.returncode}: {last}")
    return done.stdout


RUNTIMES = {"node": ("onnx", _node), "c": ("tflite", _c)}
