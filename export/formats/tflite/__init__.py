"""TFLite: all signatures in one file, weights shared, built-in operators only."""

import zipfile

from export.formats.base import Elsewhere, Format, Runtime


class TFLite(Format):
    name, title = "tflite", "TFLite"
    packages = ("tensorflow", "ai_edge_litert")
    runtime = Runtime("litert", "ai_edge_litert", "export.formats.tflite.running:timed")
    modes = ("float16", "dynamic", "weight_int8", "int8")
    fixes_batch = True

    def files(self, signatures):
        return [signatures]

    def write(self, signatures, folder, batch=1, description=None):
        from export.formats.tflite import writing

        return writing.write(signatures, folder, batch, description)

    def quantise(self, artefact, mode, signatures, calibration):
        from export.formats.tflite import writing

        return writing.quantise(artefact, mode, signatures, calibration)

    def refusal(self, mode, name, operators, batch):
        transposed = any("Conv" in op and "BackpropInput" in op for op in operators)
        if (mode, batch) == ("dynamic", None) and transposed:
            return (
                f'the transposed convolutions of "{name}" would run 16 to 20 times '
                "slower than in float, because any batch size is to be accepted. Fix "
                "the batch size, or take weight_int8."
            )
        return None

    def load(self, artefact):
        from export.formats.tflite import running

        return running.load(artefact)

    def operators(self, artefact):
        from export.formats.tflite import contents

        return set(contents.operators(artefact.path))

    def examine(self, name, used, graph, batch):
        from export.formats.tflite import foresight

        return foresight.examine(name, used, graph, batch)

    def inspect(self, path, mode="float"):
        from export.formats.tflite import contents

        return contents.inspect(path, mode)

    def elsewhere(self):
        from export.formats.tflite import native

        return {"c": Elsewhere(native.prepare, any_batch=False)}

    def recognises(self, path):
        return path.is_file() and zipfile.is_zipfile(path)

    def describe(self, path):
        from export.formats.tflite import description

        return description.read(path)
