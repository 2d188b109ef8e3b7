"""The command line answers at once when it can, and in one sentence when it must."""

import json
import logging
import subprocess
import sys

import pytest

from export.__main__ import main
from tests.conftest import SMALL

# Runs the command line and says on its last line whether TensorFlow was loaded.
QUICK = (
    "import sys; from export.__main__ import main\n"
    "try: code = main(sys.argv[1:])\n"
    "except SystemExit as stop: code = stop.code\n"
    "assert 'tensorflow' not in sys.modules, 'TensorFlow was imported'\n"
    "sys.exit(code)"
)


def quick(*arguments):
    return subprocess.run(
        [sys.executable, "-c", QUICK, *map(str, arguments)],
        capture_output=True,
        text=True,
    )


def test_help_answers_without_tensorflow():
    run = quick("--help")
    assert run.returncode == 0, run.stderr
    assert "saved_model, tflite, onnx" in run.stdout


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["vae-digit", "--out", "x"], 'Did you mean "vae-digits"?'),
        (["vae-digits", "--format", "onxx", "--out", "x"], 'Did you mean "onnx"?'),
        (["vae-digits", "--out", "full"], "is not empty"),
        (["check", "gan-ring", "--format", "onxx"], 'Did you mean "onnx"?'),
        (["web", "gan-ring", "--out", "full"], "is not empty"),
    ],
)
def test_wrong_words_are_refused_in_one_line_without_tensorflow(
    arguments, sentence, tmp_path
):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "precious.txt").write_text("old")
    run = quick(*[tmp_path / a if a in ("x", "full") else a for a in arguments])
    assert run.returncode == 2
    assert sentence in run.stderr
    assert len(run.stderr.splitlines()) == 1
    assert [path.name for path in tmp_path.rglob("*")] == ["full", "precious.txt"]


CARRIED = {
    "licence": "Apache-2.0",
    "data": {"name": "points/ring"},
    "weights": {"file": "gan-ring.weights.h5", "sha256": "0" * 64},
}


@pytest.fixture
def zoo_of_one(monkeypatch):
    """A small GAN of points, untrained, as if it were released as gan-ring."""
    import zoo.cards
    import zoo.loading

    card = {"name": "gan-ring", "metrics": {}, **CARRIED}

    def load(name):
        model = SMALL["GAN"]()
        model.about = {key: card[key] for key in zoo.loading.CARRIED if key in card}
        model.about["name"] = name
        return model

    monkeypatch.setattr(zoo.cards, "card", lambda name: card)
    monkeypatch.setattr(zoo.loading, "load", load)


def test_a_folder_that_holds_something_is_refused(zoo_of_one, tmp_path, capsys):
    (tmp_path / "precious.txt").write_text("old")
    assert main(["gan-ring", "--out", str(tmp_path)]) == 2
    assert "is not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["precious.txt"]


def test_exports_a_zoo_model_with_progress_and_a_table(zoo_of_one, tmp_path, capsys):
    out = tmp_path / "out"
    command = ["gan-ring", "--out", str(out), "--format", "onnx", "tflite"]
    assert main(command) == 0
    printed = capsys.readouterr()
    assert "loading gan-ring" in printed.err
    assert "verifying model.tflite" in printed.err
    assert not logging.getLogger("export").isEnabledFor(logging.INFO)  # afterwards
    for word in ("onnx/generate.onnx", "discriminate score", "1e-05", "kB"):
        assert word in printed.out
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["name"] == "gan-ring"
    assert manifest["metadata"] == CARRIED


def test_prints_the_manifest_as_json(zoo_of_one, tmp_path, capsys):
    out = tmp_path / "out"
    command = ["gan-ring", "--out", str(out), "--format", "onnx", "--json"]
    assert main([*command, "--signatures", "generate"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((out / "manifest.json").read_text())
    assert list(printed["signatures"]) == ["generate"]
