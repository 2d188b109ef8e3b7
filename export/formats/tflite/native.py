"""TFLite files in C: a small program, and the library that LiteRT's package ships."""

import importlib.util
import pathlib

import numpy as np

from export.programs import output, program
from keras_gen.errors import ExportError

SOURCE = pathlib.Path(__file__).with_name("litert.c")


def prepare(folder):
    """A function (path, signature, calls, outputs) -> answers, by a C program."""
    compiler = program("cc", "install a C compiler")
    home = importlib.util.find_spec("ai_edge_litert").submodule_search_locations[0]
    libraries = sorted(pathlib.Path(home).glob("libLiteRt.*"))
    if not libraries:
        raise ExportError(f"{home} has no libLiteRt: this LiteRT ships no C library.")
    compiled = folder / "litert"
    link = [libraries[0], f"-Wl,-rpath,{home}"]
    output([compiler, "-O1", SOURCE, *link, "-o", compiled])

    def call(path, signature, inputs, outputs):
        names = list(dict.fromkeys((*inputs, *outputs)))
        for key, value in inputs.items():
            (folder / f"{names.index(key)}.in").write_bytes(value.tobytes())
        output([compiled, path, signature, folder, *names])
        return {
            key: np.fromfile(folder / f"{names.index(key)}.out", facts["dtype"])
            for key, facts in outputs.items()
        }

    def run(path, signature, calls, outputs):
        return [call(path, signature, inputs, outputs) for inputs in calls]

    return run
