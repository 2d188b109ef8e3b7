"""ONNX files in Node: ONNX Runtime for the web, the files that the page takes along."""

import json
import pathlib

import numpy as np

from export import runtimes
from export.programs import output, program

SCRIPT = pathlib.Path(__file__).with_name("onnx.mjs")


def prepare(_):
    """A function (path, signature, calls, outputs) -> answers, run by Node."""
    node = program("node", "install Node.js")
    runtime = runtimes.folder()

    def run(path, signature, calls, outputs):
        tensors = [
            {
                key: {"type": v.dtype.name, "dims": v.shape, "data": v.ravel().tolist()}
                for key, v in inputs.items()
            }
            for inputs in calls
        ]
        command = [node, SCRIPT, runtime, path]
        answers = json.loads(output(command, json.dumps(tensors)))
        return [
            {key: np.array(answer[key]["data"]) for key in outputs}
            for answer in answers
        ]

    return run
