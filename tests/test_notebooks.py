"""The notebooks run from top to bottom, here with small numbers and little data."""

import importlib.util
import json
import pathlib

import pytest

from keras_gen import data
from keras_gen.data import loading, online
from keras_gen.errors import BadFile

FOLDER = pathlib.Path(__file__).parents[1] / "examples"
SMALL = {
    "vae_mnist": {"EPOCHS": 1, "LATENT": 3, "WIDTH": 8, "IMAGES": 20},
    "gan_fashion_mnist": {"EPOCHS": 1, "RING": 1, "LATENT": 4, "WIDTH": 2},
    "your_model": {"EPOCHS": 1, "ROUNDS": 1, "WIDTH": 4},
    "your_pictures": {"IMAGES": 30, "EPOCHS": 1, "MORE": 1},
}


def example(name):
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def absent(name, *args):
    raise BadFile(f"{name} is not here, and there is no network.")


def cells(name):
    notebook = json.loads((FOLDER / f"{name}.ipynb").read_text("utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def test_every_notebook_has_its_small_numbers():
    assert {path.stem for path in FOLDER.glob("*.ipynb")} == set(SMALL)


@pytest.mark.parametrize("name", SMALL)
def test_a_notebook_runs_where_nothing_can_be_downloaded(name, tmp_path, monkeypatch):
    """On data that are always there, and says so."""
    load = data.load
    monkeypatch.setattr(data, "load", lambda *a, **k: load(*a, **k).take(2))
    monkeypatch.setattr(online, "examples", absent)
    loading._named.cache_clear()
    monkeypatch.chdir(tmp_path)
    names = example("execute").run(FOLDER / f"{name}.ipynb", write=False, **SMALL[name])
    assert names.get("NAME", "glyphs") == "glyphs"
    assert names["difference"] < 1e-4
    assert names.get("again", 0.0) == 0.0  # what a fresh process draws


@pytest.mark.parametrize("name", SMALL)
def test_a_notebook_shows_a_real_run(name):
    """Of all its cells, in order, on real data, with pictures."""
    found = cells(name)
    assert [cell["execution_count"] for cell in found] == [*range(1, len(found) + 1)]
    text = json.dumps([cell["outputs"] for cell in found])
    assert "MNIST instead" not in text and "instead of" not in text
    assert "Error" not in text.replace("BadInput", "") and "Traceback" not in text
    assert text.count("image/png") >= 5
    assert (FOLDER / f"{name}.ipynb").stat().st_size < 1.5e6


def test_outputs_are_those_of_the_cells_in_order(tmp_path, monkeypatch):
    """Printed lines, the last value, pictures; parameters are replaced where tagged."""
    sources = [
        ("N = 2\nM = N", ["parameters"]),
        ("print(N)\nN + 1", []),
        ("class P:\n    def _repr_png_(self):\n        return b'p'\nP()", []),
        ("%%writefile noted.py\nSAID = 'noted'", []),
        ('!echo {N} of $USED\n!python -c "import noted; print(noted.SAID)"', []),
        ("!python -m zoo show nothing-such", []),
        ("N = None", []),
    ]
    notebook = {
        "cells": [
            {"cell_type": "markdown", "metadata": {}, "source": ["1 / 0"]},
            *(
                {"cell_type": "code", "metadata": {"tags": tags}, "source": [source]}
                for source, tags in sources
            ),
        ]
    }
    path = tmp_path / "small.ipynb"
    path.write_text(json.dumps(notebook))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("USED", "a shell")
    names = example("execute").run(path, N=5)
    assert names["N"] is None and names["M"] == 2
    ran = json.loads(path.read_text())["cells"][1:]
    assert [len(cell["outputs"]) for cell in ran] == [0, 2, 1, 1, 1, 1, 0]
    assert (tmp_path / "noted.py").read_text() == "SAID = 'noted'\n"
    assert ran[4]["outputs"][0]["text"] == ["5 of a shell\n", "noted\n"]
    assert ran[5]["outputs"][0]["text"][0].startswith("UnknownName: no zoo entry")
    assert ran[1]["outputs"][0]["text"] == ["5\n"]
    assert ran[1]["outputs"][1]["data"] == {"text/plain": ["6"]}
    assert ran[2]["outputs"][0]["data"]["image/png"] == "cA=="
    with pytest.raises(KeyError, match="no parameters"):
        example("execute").run(path, write=False, Q=5)


@pytest.mark.parametrize("real", [True, False])
def test_the_demo_takes_real_images_where_they_are_and_says_what_it_takes(
    real, tmp_path, monkeypatch, capsys
):
    demo = example("demo")
    monkeypatch.setattr(online, "prepared", lambda name: real)
    name = demo.chosen()
    assert name == ("mnist" if real else "digits")
    assert ("not prepared" in capsys.readouterr().out) != real
    if not real:  # its epochs of a test's size
        demo.train(tmp_path, name, epochs=1)
        assert "1,297 images of digits" in capsys.readouterr().out
        assert (tmp_path / "vae.keras").exists()
