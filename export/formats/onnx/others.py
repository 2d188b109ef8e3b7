"""ONNX files in OpenVINO and in OpenCV, where these are installed.

Neither is made for all that ONNX has: what they refuse is said, what they misread is
found by the comparison.
"""

import importlib

from keras_gen.errors import ExportError


def openvino(_):
    """A function (path, signature, calls, outputs) -> answers, on the processor."""
    core = _imported("openvino").Core()
    exact = {"INFERENCE_PRECISION_HINT": "f32"}

    def run(path, signature, calls, outputs):
        compiled = core.compile_model(str(path), "CPU", exact)
        answers = [compiled(inputs) for inputs in calls]
        return [{key: answer[key] for key in outputs} for answer in answers]

    return _in_words("OpenVINO", run)


def opencv(_):
    """The same, by the networks of OpenCV."""
    cv2 = _imported("cv2", "opencv-python-headless")
    cv2.utils.logging.setLogLevel(0)  # what it cannot read it also prints

    def run(path, signature, calls, outputs):
        answers = []
        for inputs in calls:
            net = cv2.dnn.readNetFromONNX(str(path))
            for key, value in inputs.items():
                net.setInput(value, key)
            answers.append(dict(zip(outputs, net.forward([*outputs]), strict=True)))
        return answers

    return _in_words("OpenCV", run)


def _imported(module, package=None):
    try:
        return importlib.import_module(module)
    except ImportError:
        package = package or module
        raise ExportError(
            f"{package} is not installed: pip install {package}."
        ) from None


def _in_words(title, run):
    def said(path, *arguments):
        try:
            return run(path, *arguments)
        except Exception as error:
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            reason = max(lines, key=len, default=type(error).__name__)
            raise ExportError(
                f"{path.name} does not run in {title}: {reason}"
            ) from None

    return said
