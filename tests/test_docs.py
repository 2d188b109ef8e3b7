"""What the documents say is run, and their tables are those of the registry."""

import doctest
import importlib
import pathlib
import pkgutil
import re
import runpy
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gen as kg
import zoo

ROOT = pathlib.Path(__file__).parents[1]
README = ROOT / "README.md"


def test_readme_code_runs_as_printed(tmp_path, monkeypatch):
    """All blocks in order, in one name space, as a reader would paste them."""
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert len(blocks) >= 5
    names = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), names)
    assert names["images"].shape == (4, 28, 28, 1)
    assert -1e-6 <= names["images"].min() < 0.1 < 0.9 < names["images"].max() < 1.001
    assert names["nats"] < 90
    assert pathlib.Path("walk.png").stat().st_size > 1000
    assert pathlib.Path("exported/manifest.json").exists()


def test_tables_are_those_of_the_cards():
    command = [sys.executable, ROOT / "docs" / "generate.py", "--check"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    "name",
    [
        "autoregressive",
        "disentanglement",
        "glyph_games",
        "latent",
        "outliers",
        "variational",
    ],
)
def test_pages_are_what_was_measured_of_these_weights(name, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs")
    page = runpy.run_path(ROOT / "docs" / f"{name}.py")["PAGE"]
    assert not page.behind()


def test_a_page_measures_what_is_missing_or_out_of_date(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs")
    pages = importlib.import_module("pages")
    monkeypatch.setattr(pages, "HERE", tmp_path)
    keys, measured = {"a": "1", "b": "1"}, []

    def measure(title):
        measured.append(title)
        return {"value": len(measured)}

    page = pages.Page("page", lambda: keys, measure, lambda found: f"{found}\n")
    assert page.behind() == "page.md lacks a, b"
    page.write()
    assert measured == ["a", "b"] and not page.behind()
    keys["a"] = "2"
    assert page.behind() == "page.md lacks a"
    page.write()
    assert measured == ["a", "b", "a"] and page.known()["a"]["value"] == 3
    page.page.write_text("by hand")
    assert page.behind() == "page.md is not what its measurements say"


def test_readme_pictures_exist():
    for path in re.findall(r"!\[.*?\]\((.*?)\)", README.read_text()):
        assert (ROOT / path).stat().st_size > 1000


def modules(package):
    found = importlib.import_module(package)
    yield found
    for module in pkgutil.walk_packages(found.__path__, f"{package}."):
        if not module.name.endswith("__main__"):
            yield importlib.import_module(module.name)


# Examples that speak of the reader's own model or data, or that only show a call.
SKETCHES = {
    "keras_gen.callbacks.progress.Progress",
    "keras_gen.callbacks.pictures.SampleGrid",
    "keras_gen.training.checkpoint",
    "keras_gen.metrics.baselines.PixelHistogram",
    "keras_gen.metrics.frechet.PrincipalComponents",
    "keras_gen.metrics.kernel.distance",
    "keras_gen.metrics.latent.Usage",
    "keras_gen.model.GenerativeModel.compile",
    "keras_gen.model.GenerativeModel.sample",
    "keras_gen.plots.examples.samples",
    "keras_gen.plots.latent.interpolations",
    "keras_gen.plots.training.losses",
    "keras_gen.training.strategies",
    "export.check",
    "export.export",
}


def examples():
    """Every docstring with an example: one test, under its dotted name."""
    return {
        found.name: found
        for package in ("keras_gen", "zoo", "export")
        for module in modules(package)
        for found in doctest.DocTestFinder().find(module, globs=scope(module))
        if found.examples
    }


def scope(module):
    """What an example may take for granted: its module and the public names."""
    public = {name: getattr(kg, name) for name in kg.__all__}
    networks = {name: getattr(kg.networks, name) for name in kg.networks.__all__}
    here = {"np": np, "tf": tf, "keras": keras, "zoo": zoo, **vars(kg.likelihoods)}
    return public | networks | here | vars(module)


def test_examples_in_docstrings_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = examples()
    assert set(found) >= SKETCHES
    failed = []
    for name, example in found.items():
        if name in SKETCHES:
            for line in example.examples:
                compile(line.source, name, "single")
            continue
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
        result = runner.run(example)
        assert result.attempted > 0
        failed += [name] * bool(result.failed)
    assert not failed


def test_one_name_through_the_house():
    """A system's file is named after it, its laws after its file; and none is left."""
    laws = ROOT / "tests" / "laws"
    for family, files in kg.SYSTEMS.items():
        for system, file in files.items():
            assert file.replace("_", "") == system.lower()
            assert (ROOT / "keras_gen" / family / f"{file}.py").exists()
            assert (laws / family / f"test_{file}.py").exists(), f"{system}: no laws"
        found = {path.stem for path in (ROOT / "keras_gen" / family).glob("*.py")}
        assert found - set(files.values()) <= {"__init__", "base"}
        found = {path.stem for path in (laws / family).glob("test_*.py")}
        shared = {"test_base", "test_combinations"}  # of the whole family
        assert found - {f"test_{file}" for file in files.values()} <= shared


def test_no_path_of_a_machine_is_in_the_project():
    files = subprocess.run(
        ["git", "ls-files", "*.py", "*.md", "*.cfg", "*.json", "Makefile"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    ).stdout.split()
    pattern = re.compile(r"/(home|root|work|Users)/\w")
    bad = [f for f in files if pattern.search((ROOT / f).read_text())]
    assert not [f for f in bad if f != "tests/test_docs.py"]
