"""Exported files run in Node and in C as they do in Python."""

import json
import shutil

import pytest

import export
from export import elsewhere, programs, runtimes
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
