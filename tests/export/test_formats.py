"""Nothing but a format's own room knows that it exists."""

import ast
import dataclasses
import json
import pathlib
import subprocess
import sys

import export
from export import formats, metadata
from export.__main__ import main
from export.formats.saved_model import SavedModel
from tests.export.test_export import small

ROOT = pathlib.Path(export.__file__).parent


def decided(tree):
    """The strings that code compares with, looks up by, or keeps facts under."""
    for node in ast.walk(tree):
        places = []
        if isinstance(node, ast.Compare):
            places = [node.left, *node.comparators]
        elif isinstance(node, ast.Dict):
            places = [key for key in node.keys if key]
        elif isinstance(node, ast.Subscript):
            places = [node.slice]
        elif isinstance(node, ast.match_case):
            places = [node.pattern]
        for place in places:
            for part in ast.walk(place):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value, node.lineno


def test_no_code_decides_by_the_name_of_a_format():
    assert {*decided(ast.parse("f in ('onnx', 'x')"))} == {("onnx", 1), ("x", 1)}
    found = [
        f"{path.relative_to(ROOT)}:{line} {word}"
        for path in ROOT.rglob("*.py")
        if path.relative_to(ROOT).parts[0] != "formats"
        for word, line in decided(ast.parse(path.read_text(encoding="utf-8")))
        if word in export.FORMATS
    ]
    assert found == []


def test_formats_are_known_without_their_tools():
    code = (
        "import sys; from export import formats\n"
        "print([f.title for f in formats.FORMATS.values()], formats.knowing('int8'))\n"
        "tools = {p for f in formats.FORMATS.values() for p in f.packages}\n"
        "assert not tools & set(sys.modules), tools & set(sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stdout == "['SavedModel', 'TFLite', 'ONNX'] ('tflite',)\n", run.stderr


class Fourth(SavedModel):
    """Another name, another place, other bounds: what a new format would bring."""

    name, title = "fourth", "Fourth"
    bound_limits = (1e-3, 1e-3, 0.0)

    def write(self, signatures, folder, batch=None, description=None):
        artefact = super().write(signatures, folder, batch, description)
        path = artefact.path.rename(folder / "fourth")
        return dataclasses.replace(artefact, format=self.name, path=path)


def test_a_fourth_format_is_a_room_and_a_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(formats.FORMATS, "fourth", Fourth())
    assert [f.format for f in export.check(small(), "fourth")] == ["fourth"] * 4
    out = tmp_path / "out"
    (file,) = export.export(small(), out, "fourth", ["generate", "encode"]).files
    assert (file.format, file.path, file.batch) == ("fourth", "fourth", None)
    assert file.errors["encode"]["stddev"]["bound"] == 5e-5
    assert set(metadata.read(out / "fourth")["signatures"]) == {"generate", "encode"}
    assert main(["report", str(out)]) == 0
    assert "| fourth |" in capsys.readouterr().out
    options = ["--runs", "1", "--threads", "1", "--json"]
    assert main(["benchmark", str(out), *options]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["file"], row["runtime"]) == ("fourth", "tensorflow")
