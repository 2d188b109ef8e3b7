"""Models from elsewhere: pinned, hashed, cached; damaged and hostile ones refused."""

import base64
import contextlib
import hashlib
import http.server
import json
import pathlib
import threading

import keras
import numpy as np
import pytest
from safetensors.numpy import load_file, save

import export
import keras_gen as kg
import zoo
from keras_gen.errors import BadFile, BadInput
from zoo import __main__ as cli
from zoo import hub, places, repository


@pytest.fixture(autouse=True)
def cached(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_GEN_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def model():
    return kg.VAE.small()["plain"]()


class OurHub(http.server.BaseHTTPRequestHandler):
    """As much of the hub's protocol as its client needs for one repository."""

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        server, path = self.server, self.path
        if "/revision/" in path or path == "/api/models/me/small":
            asked = path.partition("/revision/")[2] or "main"
            commit = server.branches.get(asked, asked)
            if commit not in server.commits:
                return self.answer(404, b"", {"X-Error-Code": "RevisionNotFound"})
            about = {"id": "me/small", "sha": commit, "siblings": []}
            return self.answer(200, json.dumps(about).encode())
        _, _, where = path.partition("/me/small/resolve/")
        commit, _, name = where.partition("/")
        content = server.commits.get(commit, {}).get(name)
        if content is None:
            return self.answer(404, b"", {"X-Error-Code": "EntryNotFound"})
        etag = hashlib.sha256(content).hexdigest()
        head = {"ETag": f'"{etag}"', "X-Repo-Commit": commit}
        return self.answer(200, content, head)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith("/api/repos/create"):
            said = {"url": f"{self.server.url}/me/small", "name": "me/small"}
        elif "/preupload/" in self.path:
            files = json.loads(body)["files"]
            regular = {"uploadMode": "regular", "shouldIgnore": False}
            said = {"files": [{"path": f["path"], **regular} for f in files]}
        elif "/commit/" in self.path:
            lines = [json.loads(line) for line in body.splitlines()]
            files = {
                line["value"]["path"]: base64.b64decode(line["value"]["content"])
                for line in lines
                if line["key"] == "file"
            }
            commit = self.server.add(files)
            url = f"{self.server.url}/me/small/commit/{commit}"
            said = {"commitUrl": url, "commitOid": commit, "success": True}
        else:
            said = {"errors": [], "warnings": []}
        return self.answer(200, json.dumps(said).encode())

    def answer(self, code, content, head=()):
        self.server.asked.append((self.command, self.path))
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for key, value in dict(head).items():
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            with contextlib.suppress(BrokenPipeError):
                self.wfile.write(content)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    def add(self, files):
        commit = hashlib.sha1(repr(sorted(files.items())).encode()).hexdigest()
        self.commits[commit], self.branches["main"] = files, commit
        return commit


@pytest.fixture
def server(monkeypatch):
    with Server(("127.0.0.1", 0), OurHub) as server:
        server.commits, server.branches, server.asked = {}, {}, []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        server.url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server
        server.shutdown()


def same(a, b):
    return np.array_equal(a.sample(3, seed=1), b.sample(3, seed=1))


def test_a_model_goes_to_the_hub_and_comes_back_pinned(server, model):
    pinned = zoo.push(model, "hf://me/small")
    (commit,) = server.commits
    assert pinned == f"hf://me/small@{commit}"
    names = {repository.INDEX, repository.CONFIG, repository.WEIGHTS, repository.README}
    assert set(server.commits[commit]) == names  # no pickle, nothing else
    assert same(zoo.load("hf://me/small"), model)
    assert places.find("hf://me/small").origin == pinned

    # Another commit is another model: who has loaded one stays with it.
    other = kg.VAE.small()["plain"]()
    assert zoo.push(other, "hf://me/small") != pinned
    assert same(zoo.load("hf://me/small"), model)
    hub.fetch("hf://me/small", fresh=True)
    assert same(zoo.load("hf://me/small"), other)
    assert same(zoo.load(pinned), model)


def test_what_was_loaded_once_needs_no_network(server, model):
    zoo.push(model, "hf://me/small")
    zoo.load("hf://me/small")
    del server.asked[:]
    server.commits.clear()
    assert same(zoo.load("hf://me/small"), model)
    assert not server.asked


def test_the_card_goes_along_and_the_page_is_made_of_it(tmp_path):
    url = (tmp_path / "out").as_uri()
    assert zoo.push("gan-ring", url) == url
    card = zoo.card("gan-ring")
    assert zoo.card(url) == card
    loaded = zoo.load(url)
    assert loaded.about["source"] == "out" and loaded.about["name"] == "gan-ring"
    assert same(loaded, zoo.load("gan-ring"))
    page = (tmp_path / "out" / repository.README).read_text()
    assert page.startswith("---\nlibrary_name: keras-gen\nlicense: apache-2.0\n")
    assert f'zoo.load("{url}")' in page and "python -m zoo train gan-ring" in page
    for name in card["metrics"]:
        assert f"| {name} |" in page


def test_a_folder_and_a_web_server_will_do(tmp_path, model):
    folder = tmp_path / "out"
    zoo.push(model, folder.as_uri())
    assert same(zoo.load(folder.as_uri()), model)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=folder)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        assert same(zoo.load(url), model)
        with pytest.raises(BadInput, match="can be read and not written to"):
            zoo.push(model, url)
        server.shutdown()
    assert same(zoo.load(url), model)  # the server is gone
    with pytest.raises(BadFile, match="cannot be reached"):
        hub.fetch(url, fresh=True)


def test_what_was_exported_goes_along_under_the_names_of_transformers_js(
    server, model, tmp_path, capsys
):
    phone, formats = tmp_path / "phone", ["tflite", "onnx"]
    signatures, modes = ["encode", "generate"], ["float", "float16"]
    made = export.export(model, phone, formats, signatures, quantize=modes)
    model.save(tmp_path / "mine.keras")
    command = [
        *("push", str(tmp_path / "mine.keras"), "hf://me/small"),
        *("--exported", str(phone)),
    ]
    assert cli.main(command) == 0
    (files,) = server.commits.values()
    wanted = {f"onnx/{n}{s}.onnx" for n in ("model", "encode") for s in ("", "_fp16")}
    wanted |= {"model.tflite", "model.float16.tflite"}
    index = json.loads(files[repository.INDEX])
    assert {name for name in files if name.endswith(("onnx", "tflite"))} == wanted
    assert {file["path"] for file in index["exported"]} == wanted
    for file in index["exported"]:
        content = files[file["path"]]
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
        assert len(content) == file["bytes"]
    sent = {file["path"]: file for file in index["exported"]}
    for file in made.files:  # what draws is the model, whatever was exported first
        if file.format == "onnx":
            (name,) = file.errors
            stem = "model" if name == "generate" else name
            end = {"float": "", "float16": "_fp16"}[file.mode]
            there = sent[f"onnx/{stem}{end}.onnx"]
            assert there["sha256"] in file.sha256.values()
            assert there["errors"] == file.errors
    page = files[repository.README].decode()
    assert "onnx, tflite]" in page
    for path, file in sent.items():
        for name, outputs in file["errors"].items():
            (row,) = (
                line
                for line in page.splitlines()
                if line.startswith(f"| `{path}`") and f"| {name} |" in line
            )
            for key, measured in outputs.items():
                assert f"{key} {measured['error']:.1e}" in row
    assert "z float32 (n, 2), normal noise" in page
    # Who loads the model does not fetch them.
    del server.asked[:]
    assert same(zoo.load("hf://me/small"), model)
    assert not any("onnx" in path or "tflite" in path for _, path in server.asked)


def test_files_of_another_model_and_damaged_ones_stay_at_home(model, tmp_path, capsys):
    phone, url = tmp_path / "phone", (tmp_path / "out").as_uri()
    export.export(model, phone, ["onnx"], ["generate"])
    with pytest.raises(BadInput, match='of another model: "generate" answers other'):
        zoo.push(kg.VAE.small()["plain"](), url, exported=phone)
    with pytest.raises(BadInput, match="of another model"):
        zoo.push(kg.CatGAN.small()["plain"](), url, exported=phone)
    with pytest.raises(BadFile, match="is no folder of an export"):
        zoo.push(model, url, exported=tmp_path)
    file = phone / "onnx" / "generate.onnx"
    file.write_bytes(file.read_bytes() + b"more")
    with pytest.raises(BadFile, match="is not the file that was verified"):
        zoo.push(model, url, exported=phone)
    assert cli.main(["push", "gan-ring", url, "--exported", str(phone)]) == 2
    assert "not the file that was verified" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    manifest = json.loads((phone / "manifest.json").read_text())
    manifest["files"][0]["sha256"] = {"../../outside": "0"}
    (phone / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BadFile, match="is not the file that was verified"):
        zoo.push(model, url, exported=phone)


# What may be wrong with it


def index_of(folder):
    """Write the index anew, as somebody would who means it."""
    files = {
        path.name: {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "bytes": path.stat().st_size,
        }
        for path in folder.iterdir()
        if path.name != repository.INDEX
    }
    (folder / repository.INDEX).write_text(json.dumps({"format": 1, "files": files}))


@pytest.fixture
def pushed(tmp_path, model):
    zoo.push(model, (tmp_path / "out").as_uri())
    return tmp_path / "out"


def test_truncated_and_swapped_files_are_refused(pushed, model, tmp_path):
    weights = pushed / repository.WEIGHTS
    whole = weights.read_bytes()
    flipped = bytearray(whole)
    flipped[-1] ^= 1
    for content in (b"", whole[:-8], bytes(flipped), whole + b"more"):
        weights.write_bytes(content)
        with pytest.raises(BadFile, match="is not the file of its index"):
            zoo.load(pushed.as_uri())
    weights.unlink()
    with pytest.raises(BadFile, match=r"lists model\.safetensors and does not have"):
        zoo.load(pushed.as_uri())
    zoo.push(kg.GAN.small()["plain"](), (tmp_path / "gan").as_uri())
    weights.write_bytes((tmp_path / "gan" / repository.WEIGHTS).read_bytes())
    index_of(pushed)
    with pytest.raises(BadFile, match="do not belong together"):
        zoo.load(pushed.as_uri())


def test_a_damaged_cache_is_noticed(server, model):
    zoo.push(model, "hf://me/small")
    folder, _ = hub.fetch("hf://me/small")
    (folder / repository.CONFIG).write_text("{}")
    with pytest.raises(BadFile, match=r"not the file of its index.*remove that folder"):
        zoo.load("hf://me/small")


def test_hostile_files_are_refused(pushed):
    config, weights = pushed / repository.CONFIG, pushed / repository.WEIGHTS
    good, arrays = json.loads(config.read_text()), load_file(weights)
    layer = {"class_name": "Lambda", "module": "keras.layers", "config": {}}
    for bad, words in (
        (keras.saving.serialize_keras_object(keras.Sequential([])), "no model of ker"),
        ({**good, "config": {**good["config"], "encoder": layer}}, "which is code"),
        ({**good, "config": {**good["config"], "more": 1}}, "cannot be loaded"),
        ([], "no model of keras_gen"),
    ):
        config.write_text(json.dumps(bad))
        index_of(pushed)
        with pytest.raises(BadFile, match=words):
            zoo.load(pushed.as_uri())
    config.write_text(json.dumps(good))
    name = next(iter(arrays))
    for content in (
        b"\xff" * 64,  # a header of more bytes than there are
        (8).to_bytes(8, "little") + b"no json!",
        save({k: v for k, v in arrays.items() if k != name}),
        save({**arrays, name: np.zeros((1, 2, 3), "float32")}),
    ):
        weights.write_bytes(content)
        index_of(pushed)
        with pytest.raises(BadFile, match=r"cannot be loaded|do not belong together"):
            zoo.load(pushed.as_uri())


def test_an_index_names_our_files_and_no_others(pushed):
    index = pushed / repository.INDEX
    said = json.loads(index.read_text())
    pickle = {"model.pkl": said["files"][repository.CONFIG]}
    above = {"../../evil": said["files"][repository.CONFIG]}
    for files in ({**said["files"], **pickle}, {**said["files"], **above}, {}, [], 3):
        index.write_text(json.dumps({"format": 1, "files": files}))
        with pytest.raises(BadFile, match="is not one that this version"):
            zoo.load(pushed.as_uri())
    index.write_text(json.dumps({**said, "format": 2}))
    with pytest.raises(BadFile, match="is not one that this version"):
        zoo.load(pushed.as_uri())
    index.write_text("{")
    with pytest.raises(BadFile, match="no JSON"):
        zoo.load(pushed.as_uri())


def test_a_strange_repository_is_told_apart_in_a_sentence(server, tmp_path):
    server.add({"pytorch_model.bin": b"no"})
    with pytest.raises(BadFile, match=r"no repository of keras_gen.*keras_gen\.json"):
        zoo.load("hf://me/small")
    with pytest.raises(BadFile, match="no repository of keras_gen"):
        zoo.load(tmp_path.as_uri())
    with pytest.raises(BadFile, match=r"hf://me/small.*Revision"):
        zoo.load("hf://me/small@nowhere")
    for url, words in (
        ("hf://small", "names no repository"),
        ("hf://me/../x", "names no repository"),
        ("http://example.org/x", "use https"),
        ("ftp://example.org/x", "give hf://"),
    ):
        with pytest.raises(BadInput, match=words):
            zoo.load(url)
    assert not list(pathlib.Path(tmp_path / "cache").rglob("*.bin"))
