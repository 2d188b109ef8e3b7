"""ONNX: one graph per file, so one file per signature, with a free batch axis."""

from export.formats.base import Elsewhere, Format, Runtime


class ONNX(Format):
    name, title = "onnx", "ONNX"
    packages = ("tensorflow", "tf2onnx", "onnx", "onnxruntime")
    runtime = Runtime("onnxruntime", "onnxruntime", "export.formats.onnx.running:timed")
    modes = ("float16", "dynamic")

    def files(self, signatures):
        return [{name: signature} for name, signature in signatures.items()]

    def write(self, signatures, folder, batch=None, description=None):
        from export.formats.onnx import writing

        return writing.write(signatures, folder, batch, description)

    def quantise(self, artefact, mode, signatures, calibration):
        from export.formats.onnx import writing

        return writing.quantise(artefact, mode, signatures, calibration)

    def load(self, artefact):
        from export.formats.onnx import running

        return running.load(artefact)

    def operators(self, artefact):
        from export.formats.onnx import contents

        return set(contents.operators(artefact.path))

    def examine(self, name, used, graph, batch):
        from export.formats.onnx import foresight

        return foresight.examine(name, used)

    def inspect(self, path, mode="float"):
        from export.formats.onnx import contents

        return {"operators": contents.operators(path)}

    def elsewhere(self):
        from export.formats.onnx import node, others

        return {
            "node": Elsewhere(node.prepare),
            "openvino": Elsewhere(others.openvino, module="openvino"),
            "opencv": Elsewhere(others.opencv, module="cv2"),
        }

    def recognises(self, path):
        return path.is_file()  # of protocol buffers only reading tells

    def describe(self, path):
        from export.formats.onnx import contents

        return contents.describe(path)
