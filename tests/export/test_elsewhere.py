"""Exported files run in Node and in C as they do in Python."""

import importlib.machinery
import json
import pathlib
import shutil
import sys
import types

import numpy as np
import pytest

import export
from export import answers, elsewhere, formats, programs, runtimes
from export.__main__ import main
from export.formats.onnx import node
from export.formats.tflite import native
from keras_gen.errors import ExportError, UnknownName
from tests.export.test_export import REAL, small


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A folder with a generator, an encoder, a density and a loop, and half of it."""
    folder = tmp_path_factory.mktemp("elsewhere") / "out"
    formats, modes = ["tflite", "onnx"], ["float", "float16"]
    export.export(small(), folder, formats, quantize=modes, data=REAL)
    return folder


def require(runtime):
    """Skip the test where there is no such runtime."""
    program = {"node": "node", "c": "cc"}[runtime]
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed, so nothing runs in it here")
    if runtime == "node":
        try:
            runtimes.folder()
        except ExportError as error:
            pytest.skip(str(error))


@pytest.mark.parametrize("runtime, files", [("node", 8), ("c", 2)])
def test_every_signature_agrees_with_python(runtime, files, exported):
    require(runtime)
    rows = elsewhere.check(exported, [runtime])
    assert len({row["file"] for row in rows}) == files
    assert len(rows) == 2 * 5
    for row in rows:
        if row["measure"] == "difference":
            assert row["error"] <= row["bound"] + row["relative"] * 100
        elif row["measure"] == "psnr":
            assert row["psnr"] >= row["bound"]


def test_a_file_that_another_runtime_misreads_is_found(exported, tmp_path, monkeypatch):
    """Half a percent of the answer is lost on the way."""
    require("node")
    folder = tmp_path / "out"
    shutil.copytree(exported, folder)
    script = node.SCRIPT.read_text()
    changed = script.replace("Array.from(data)", "Array.from(data, (v) => 0.995 * v)")
    assert changed != script
    (tmp_path / "onnx.mjs").write_text(changed)
    monkeypatch.setattr(node, "SCRIPT", tmp_path / "onnx.mjs")
    with pytest.raises(
        ExportError, match='node computes another "image" of "generate"'
    ):
        elsewhere.check(folder, ["node"])


def test_verify_prints_a_table(exported, capsys):
    require("c")
    assert main(["verify", str(exported), "--runtime", "c"]) == 0
    printed = capsys.readouterr().out
    assert "model.float16.tflite" in printed and "sample_loop" in printed
    assert main(["verify", str(exported), "--runtime", "c", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["runtime"] for row in rows} == {"c"}


def test_what_is_missing_is_a_sentence(exported, tmp_path, monkeypatch):
    with pytest.raises(UnknownName, match='Did you mean "node"'):
        elsewhere.check(exported, ["nodes"])
    folder = tmp_path / "onnx_only"
    export.export(small(), folder, "onnx", "generate")
    with pytest.raises(ExportError, match="c runs tflite files, and there is none"):
        elsewhere.check(folder, ["c"])
    export.export(small(), tmp_path / "any", "tflite", "encode", tflite_batch=None)
    with pytest.raises(ExportError, match="takes any: export without --dynamic-batch"):
        elsewhere.check(tmp_path / "any")
    monkeypatch.setattr(programs.shutil, "which", lambda name: None)
    with pytest.raises(ExportError, match=r"node is not installed: install Node\.js"):
        elsewhere.check(exported, ["node"])


def test_a_program_that_fails_says_why(exported, tmp_path):
    require("c")
    run = native.prepare(tmp_path)
    with pytest.raises(ExportError, match="litert stopped with code 1: looking for"):
        run(exported / "model.tflite", "nothing", [{}], {})


def test_what_openvino_and_opencv_take_agrees(exported):
    """The generator, a plain network; each where it is installed."""
    pytest.importorskip("openvino")
    pytest.importorskip("cv2")
    for runtime in ("openvino", "opencv"):
        run = formats.elsewhere()[runtime][1].prepare(None)
        stored = answers.Stored(exported / answers.NAME)
        tensors = json.loads((exported / "manifest.json").read_text())["signatures"]
        names = {side: list(tensors["generate"][side]) for side in tensors["generate"]}
        inputs = stored.inputs("generate", names["inputs"])
        path = exported / "onnx" / "generate.onnx"
        (answer,) = run(path, "generate", [inputs], names["outputs"])
        for key in names["outputs"]:
            expected = stored.output({"path": ""}, "generate", key)
            assert np.abs(answer[key] - expected).max() < 1e-5, runtime


def test_a_runtime_that_is_not_there_is_left_out_unless_it_is_named(
    exported, monkeypatch
):
    for module in ("openvino", "cv2"):
        monkeypatch.setitem(sys.modules, module, None)
    listed = {name: runtime.here for name, (_, runtime) in formats.elsewhere().items()}
    assert listed == {"node": True, "c": True, "openvino": False, "opencv": False}
    with pytest.raises(ExportError, match="pip install openvino"):
        elsewhere.check(exported, ["openvino"])
    with pytest.raises(ExportError, match="pip install opencv-python-headless"):
        elsewhere.check(exported, ["opencv"])


@pytest.mark.parametrize(
    "refuses, words",
    [
        (True, "does not run in OpenVINO: no operator Loop"),
        (False, "openvino computes another"),
    ],
)
def test_what_it_refuses_or_misreads_is_said(refuses, words, exported, monkeypatch):
    """A stand-in for OpenVINO, whose answers are a tenth off."""

    class Core:
        def compile_model(self, path, device, options):
            if refuses:
                raise RuntimeError("Check failed\nno operator Loop in it\n")
            known = answers.Stored(exported / answers.NAME).arrays
            name = pathlib.Path(path).name.partition(".")[0]
            wrong = {
                key.rpartition("/")[2]: 0.9 * value + 0.1
                for key, value in known.items()
                if key.startswith(f"{name}/outputs/")
            }
            return lambda inputs: {
                key: value[: len(next(iter(inputs.values())))]
                for key, value in wrong.items()
            }

    spec = importlib.machinery.ModuleSpec("openvino", None)
    fake = types.SimpleNamespace(Core=Core, __spec__=spec)
    monkeypatch.setitem(sys.modules, "openvino", fake)
    with pytest.raises(ExportError, match=words):
        elsewhere.check(exported, ["openvino"])
