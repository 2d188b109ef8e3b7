"""What the documents say is run, and their tables are those of the registry."""

import doctest
import importlib
import pathlib
import pkgutil
import re
import subprocess
import sys

import pytest

from keras_gen import data, likelihoods
from keras_gen.networks import dcgan, made, mlp

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


def test_readme_table_is_the_registry_s():
    command = [sys.executable, ROOT / "docs" / "generate.py", "--check"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_readme_pictures_exist():
    for path in re.findall(r"!\[.*?\]\((.*?)\)", README.read_text()):
        assert (ROOT / path).stat().st_size > 1000


def modules(package):
    found = importlib.import_module(package)
    yield found
    for module in pkgutil.walk_packages(found.__path__, f"{package}."):
        if not module.name.endswith("__main__"):
            yield importlib.import_module(module.name)


@pytest.mark.parametrize("package", ["keras_gen", "zoo", "export"])
def test_examples_in_docstrings_parse(package):
    """Every example is Python; those whose names are at hand are run elsewhere."""
    for module in modules(package):
        for found in doctest.DocTestFinder().find(module):
            for example in found.examples:
                compile(example.source, f"{found.name}", "single")


EXAMPLES = [
    "keras_gen.adversarial.gan.GAN",
    "keras_gen.autoregressive.made.MADE",
    "keras_gen.data.spec.Spec",
    "keras_gen.networks.conv.levels",
    "keras_gen.networks.dcgan.generator",
    "keras_gen.networks.made.made",
    "keras_gen.networks.mlp.decoder",
    "keras_gen.networks.mlp.encoder",
    "keras_gen.noise.draw",
    "keras_gen.variational.vae.VAE",
    "zoo.__main__.headline",
    "zoo.cards.card",
    "zoo.loading.load",
    "zoo.registry.names",
]


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_in_docstrings_run(name):
    module, _, function = name.rpartition(".")
    module = importlib.import_module(module)
    at_hand = {"data": data, "dcgan": dcgan, "made": made.made, "mlp": mlp}
    at_hand |= vars(likelihoods)
    tests = doctest.DocTestFinder(recurse=False).find(
        getattr(module, function), name, module=module, globs=at_hand | vars(module)
    )
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    results = [runner.run(test) for test in tests]
    assert sum(r.attempted for r in results) > 0
    assert not sum(r.failed for r in results)


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
