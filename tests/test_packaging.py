"""The wheel holds all that is needed away from the checkout, the sdist all of it."""

import email
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest

import zoo

ROOT = pathlib.Path(__file__).parents[1]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A copy of the checkout: builds leave files behind."""
    source = tmp_path_factory.mktemp("source") / "tree"
    hidden = shutil.ignore_patterns(".*", "build", "*.egg-info", "demo", "runs")
    shutil.copytree(ROOT, source, ignore=hidden)
    return source


@pytest.fixture(scope="module")
def wheel(source, tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    command += ["--no-build-isolation", "--wheel-dir", folder, source]
    subprocess.run(command, check=True, capture_output=True)
    (path,) = folder.glob("keras_gen-*.whl")
    return path


def test_sdist_holds_the_checkout(source, tmp_path):
    """Documents, tests, pins: what `make test` asks for."""
    script = "import sys, setuptools.build_meta as b; b.build_sdist(sys.argv[1])"
    command = [sys.executable, "-c", script, tmp_path]
    subprocess.run(command, check=True, capture_output=True, cwd=source)
    (path,) = tmp_path.glob("keras_gen-*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    command = ["git", "ls-files", "--cached"]
    tracked = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    files = [f for f in tracked.stdout.splitlines() if (ROOT / f).exists()]
    files += ["constraints.txt", "Makefile", "docs/zoo.md", "tests/laws/conftest.py"]
    assert not [f for f in files if f not in names and not f.startswith(".")]


def test_metadata_has_classifiers_and_a_licence_expression(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(archive.read(name))
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["License"] is None and metadata["License-File"] == "LICENSE"
    classifiers = metadata.get_all("Classifier")
    assert any(line.startswith("Development Status :: ") for line in classifiers)
    oldest = metadata["Requires-Python"].removeprefix(">=")
    assert f"Programming Language :: Python :: {oldest}" in classifiers


def test_wheel_holds_cards_weights_pages_and_type_marks(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"{p}/py.typed" for p in ("keras_gen", "zoo", "export")} <= names
    assert {
        "export/web/page/index.html",
        "export/formats/tflite/litert.c",
        "export/formats/onnx/onnx.mjs",
    } <= names
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
