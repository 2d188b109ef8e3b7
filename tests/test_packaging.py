"""The wheel holds all that is needed away from the checkout."""

import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

import pytest

import zoo

ROOT = pathlib.Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    source = tmp_path_factory.mktemp("source") / "tree"  # builds leave files behind
    hidden = shutil.ignore_patterns(".*", "build", "*.egg-info", "demo", "runs")
    shutil.copytree(ROOT, source, ignore=hidden)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    command += ["--no-build-isolation", "--wheel-dir", folder, source]
    subprocess.run(command, check=True, capture_output=True)
    (path,) = folder.glob("keras_gen-*.whl")
    return path


def test_wheel_holds_cards_weights_pages_and_type_marks(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"{p}/py.typed" for p in ("keras_gen", "zoo", "export")} <= names
    assert {"export/page/index.html", "export/programs/litert.c"} <= names
    assert "keras_gen/data/faces.json" in names
    for name in zoo.names():
        if zoo.entry(name).weights:
            assert f"zoo/cards/{name}.json" in names
            assert f"zoo/weights/{name}.weights.h5" in names
    assert not any(name.startswith(("tests/", "benchmarks/")) for name in names)


def test_wheel_loads_and_exports_away_from_the_checkout(wheel, tmp_path):
    """In another folder, with the wheel's packages and not the checkout's."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    script = (
        "import keras_gen, zoo, export; "
        f"assert keras_gen.__file__.startswith({str(tmp_path)!r}), keras_gen.__file__; "
        "model = zoo.load('gan-ring'); "
        "export.export(model, 'out', ['onnx'], ['generate'])"
    )
    subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        check=True,
    )
    assert (tmp_path / "out" / "onnx" / "generate.onnx").exists()
