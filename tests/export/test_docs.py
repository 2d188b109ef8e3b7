"""docs/deploy.md: its code runs. (Its table is checked with the other pages.)"""

import contextlib
import importlib.util
import json
import pathlib
import re
import subprocess

import numpy as np

import export
import keras_gen as kg
from export import benchmark, runtimes, web
from export.__main__ import main
from export.command_line import looking
from export.formats.tflite import native
from tests.export.test_elsewhere import require

DOCS = pathlib.Path(__file__).parents[2] / "docs"
PAGE = DOCS / "deploy.md"
EXPORT = r"`python -m export ([^`]*)`"


def test_code_runs_as_printed(tmp_path, monkeypatch):
    """All blocks in order, in one name space, as a reader would paste them."""
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    names = {}
    for block in blocks:
        exec(compile(block, "deploy.md", "exec"), names)
    assert {finding.verdict for finding in names["findings"]} == {"yes"}
    assert len(names["manifest"].files) == 5
    assert names["points"].shape == (16, 2)
    # The steps of made-digits, one by one, are its loop.
    drawn = names["zoo"].load("made-digits").generate(noise=names["noise"])["image"]
    assert np.array_equal(names["pixels"], drawn)
    # Those of edm-digits are, too, but for times in thousandths.
    drawn = names["model"](names["z"])
    np.testing.assert_allclose(names["clean"], 2 * drawn - 1, atol=0.01)


def lines(page):
    """The words of every command line in a block of its own, comments left out."""
    for line in re.findall(r"^    python -m export (.*)", page, re.MULTILINE):
        yield re.split(r"\s{3,}", line)[0].split()


def test_command_lines_run_as_printed(tmp_path, monkeypatch):
    """In the order of the page, one folder after the other; the clock stands still."""
    require("c")
    require("node")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(benchmark, "measure", lambda folder, *_: [])

    def look(site, port):
        assert (pathlib.Path(site) / "models.json").exists()
        return contextlib.nullcontext(Stopped)

    monkeypatch.setattr(web, "server", look)
    run = [*lines(PAGE.read_text())]
    assert {words[0] for words in run} >= {*looking.COMMANDS, "dcgan-fashion"}
    for words in run:
        assert main(words) == 0, words


def generator():
    """Of the sizes that the page speaks of, and fast."""
    dcgan, shape = kg.networks.dcgan, (28, 28, 1)
    return kg.GAN(dcgan.generator(64, shape, 2), dcgan.discriminator(shape, 2))


def test_the_lines_for_c_and_node_run_as_printed(tmp_path):
    """Beside an export, with the packages where the page has them."""
    require("c")
    require("node")
    export.export(generator(), tmp_path / "out", ["onnx"], ["generate"])
    (tmp_path / "litert.c").symlink_to(native.SOURCE)
    home = pathlib.Path(importlib.util.find_spec("ai_edge_litert").origin).parent
    (tmp_path / "site-packages").symlink_to(home.parent)
    (line,) = re.findall(r"^    (cc .*)", PAGE.read_text(), re.MULTILINE)
    subprocess.run(["bash", "-c", line], cwd=tmp_path, check=True)
    assert (tmp_path / "litert").exists()

    # onnxruntime-node has the interface of onnxruntime-web, which stands in for it.
    package = tmp_path / "out" / "node_modules" / "onnxruntime-node"
    package.mkdir(parents=True)
    about = {"name": package.name, "exports": "./index.mjs"}
    (package / "package.json").write_text(json.dumps(about))
    runtime = runtimes.folder()
    (package / "index.mjs").write_text(
        'import { readFileSync } from "node:fs";\n'
        f'import * as ort from "{(runtime / "ort.wasm.bundle.min.mjs").as_uri()}";\n'
        f'const wasm = "{runtime / "ort-wasm-simd-threaded.wasm"}";\n'
        "ort.env.wasm.numThreads = 1;\n"
        "ort.env.wasm.wasmBinary = readFileSync(wasm);\n"
        "const create = (path) => ort.InferenceSession.create(readFileSync(path));\n"
        "export default { Tensor: ort.Tensor, InferenceSession: { create } };\n"
    )
    shown = "console.log(image.data.length, Math.min(...image.data) >= 0);\n"
    (block,) = re.findall(r"## Node\n\n```js\n(.*?)```", PAGE.read_text(), re.DOTALL)
    (tmp_path / "out" / "page.mjs").write_text(block + shown)
    ran = subprocess.run(
        ["node", "page.mjs"], cwd=tmp_path / "out", capture_output=True, text=True
    )
    assert ran.stdout.split() == ["784", "true"], ran.stderr


class Stopped:
    """A server that somebody has stopped with Ctrl-C."""

    server_port = 8000

    def serve_forever():
        raise KeyboardInterrupt


def test_the_line_of_the_readme_runs_with_every_format(tmp_path, monkeypatch):
    """`--quantize auto` with a format that has no modes."""
    monkeypatch.chdir(tmp_path)
    page = (DOCS.parent / "README.md").read_text()
    (words,) = (w for w in map(str.split, re.findall(EXPORT, page)) if "--format" in w)
    assert {"saved_model", "tflite", "onnx"} <= set(words)
    words[0] = "gan-ring"  # as good as any, and faster
    assert main([*words, "--quantize", "auto"]) == 0
    listed = json.loads((tmp_path / "exported" / "manifest.json").read_text())
    assert {file["format"] for file in listed["files"]} == set(export.FORMATS)
