"""An export of a stranger: nothing in it is believed before it is checked."""

import contextlib
import copy
import json
import random
import shutil

import numpy as np
import pytest
import tensorflow as tf

import export
from export import answers, benchmark, elsewhere, formats, manifest, web
from export.__main__ import main
from export.formats.tflite import description, weights
from export.show import console, report
from keras_gen.errors import BadFile, BadInput, ExportError
from keras_gen.files import sha256
from keras_gen.signatures import Signature, Spec
from tests.export.test_elsewhere import require
from tests.export.test_export import Model, of, small
from tests.export.test_quantized import generator
from tests.export.test_web import Model as Bare

ALL = ("verify", "report", "benchmark")


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trust") / "out"
    model = Model(generate=generator(), encode=small().signatures()["encode"])
    export.export(model, folder, quantize=["float", "float16"])
    return folder


@pytest.fixture
def folder(exported, tmp_path):
    """A copy, to be doctored."""
    shutil.copytree(exported, tmp_path / "in" / "out")
    return tmp_path / "in" / "out"


def doctor(folder, change):
    """Change the manifest."""
    path = folder / "manifest.json"
    listed = json.loads(path.read_text())
    change(listed)
    path.write_text(json.dumps(listed))


def refused(folder, words, capsys):
    """Every command that reads files says the same, and writes nothing anywhere."""
    before = {path: path.stat().st_mtime_ns for path in folder.parent.rglob("*")}
    for command in ALL:
        assert main([command, str(folder)]) == 2
        error = capsys.readouterr().err.splitlines()
        assert len(error) == 1 and words in error[0], error
    after = {path: path.stat().st_mtime_ns for path in folder.parent.rglob("*")}
    assert after == before


def test_an_export_is_what_it_says(exported):
    listed = manifest.load(exported)
    assert set(listed["answers"]) == {answers.NAME}
    stored = answers.Stored(exported / answers.NAME)
    for name, signature in listed["signatures"].items():
        given = stored.inputs(name, signature["inputs"])
        assert {len(value) for value in given.values()} == {2}
    float_, half = (
        next(f for f in listed["files"] if (f["format"], f["mode"]) == ("tflite", mode))
        for mode in ("float", "float16")
    )
    one = stored.output(float_, "generate", "image")
    two = stored.output(half, "generate", "image")
    assert one.shape == two.shape == (2, 8, 8, 1)
    assert 0 < np.abs(one - two).max() < 1e-2  # each file has its own


@pytest.mark.parametrize(
    "path", ["model.tflite", "onnx/encode.float16.onnx", "answers.npz"]
)
def test_a_byte_that_changed_is_found(path, folder, capsys):
    content = bytearray((folder / path).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / path).write_bytes(content)
    refused(folder, f"{path} is not the file that was verified", capsys)


def test_a_missing_and_an_additional_part_are_found(folder, capsys):
    (folder / "saved_model" / "assets.extra" / "more.txt").write_text("more")
    refused(folder, "assets.extra/more.txt", capsys)
    (folder / "saved_model" / "assets.extra" / "more.txt").unlink()
    (folder / "model.tflite").unlink()
    refused(folder, "model.tflite", capsys)


@pytest.mark.parametrize("kind", ["upwards", "absolute", "by a link", "renamed part"])
def test_paths_stay_inside(kind, folder, capsys):
    outside = folder.parent / "model.tflite"
    shutil.copyfile(folder / "model.tflite", outside)
    name = {"upwards": "../model.tflite", "absolute": str(outside)}.get(kind, "x")
    if name == "x":
        (folder / "x").symlink_to(outside)

    def change(listed):
        for file in listed["files"]:
            if file["path"] == "model.tflite":
                (digest,) = file["sha256"].values()
                file["sha256"] = {name: digest}
                if kind != "renamed part":
                    file["path"] = name

    doctor(folder, change)
    words = "is not what" if kind == "renamed part" else f"lists {name}, which is not"
    refused(folder, words, capsys)


@pytest.mark.parametrize("name", ["/x", "../../x", "a b", "\x1b[2J", "", "a\0b"])
@pytest.mark.parametrize("side", ["inputs", "outputs"])
def test_names_of_tensors_are_names(name, side, folder, capsys):
    def change(listed):
        tensors = listed["signatures"]["generate"][side]
        tensors[name] = tensors.pop(next(iter(tensors)))

    doctor(folder, change)
    refused(folder, "is damaged, or no export wrote it", capsys)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"signatures": {"a": 1}, "files": []}', "[" * 10_000]
)
def test_what_is_no_manifest_is_a_sentence(text, folder, capsys):
    (folder / "manifest.json").write_text(text)
    refused(folder, "manifest.json is damaged", capsys)


STRANGE = [None, "", "x", "\x1b[31m", [], [1], {}, {"a": 1}, -1, True, 1e308]


def places(value, path=()):
    """All that a JSON value holds, by the keys that lead there."""
    for key in value if isinstance(value, dict) else range(len(value)):
        yield (*path, key)
        if isinstance(value[key], (dict, list)):
            yield from places(value[key], (*path, key))


def spoilt(listed, path, value):
    """With this in the place of what is there; `places` itself stands for nothing."""
    *way, last = path
    for key in way:
        listed = listed[key]
    if value is places:
        del listed[last]
    else:
        listed[last] = value


def test_a_manifest_with_a_strange_value_is_shown_as_text_or_refused(folder, capsys):
    """Of some thousand such changes, forty."""
    require("c")
    good = json.loads((folder / "manifest.json").read_text())
    every = [(path, value) for path in places(good) for value in (*STRANGE, places)]
    outcomes = []
    for path, value in random.Random(0).sample(every, 40):
        listed = copy.deepcopy(good)
        spoilt(listed, path, value)
        (folder / "manifest.json").write_text(json.dumps(listed))
        for line in (["show"], ["report"], ["verify", "--runtime", "c"]):
            outcomes.append(main([line[0], str(folder), *line[1:]]))
            assert "\x1b" not in "".join(capsys.readouterr()), (path, value)
        with contextlib.suppress(BadFile):
            benchmark.inputs(
                manifest.load(folder)["signatures"]["generate"]["inputs"], 1
            )
        for page in folder.glob("report.*"):
            page.unlink()
    assert {*outcomes} == {0, 2}


@pytest.mark.parametrize("size", [0, 100, 1000])
def test_answers_that_are_damaged_are_a_sentence(size, folder, capsys):
    """With their hash in the manifest, too."""
    path = folder / answers.NAME
    path.write_bytes(path.read_bytes()[:size])
    doctor(folder, lambda listed: listed["answers"].update({path.name: sha256(path)}))
    assert main(["verify", str(folder), "--runtime", "c"]) == 2
    assert "answers.npz cannot be read" in capsys.readouterr().err


def test_the_model_of_an_export_has_names_too(tmp_path):
    whole = generator()
    for signatures in (
        {"../x": whole},
        {"generate": Signature(whole.function, {"../z": whole.inputs["z"]}, {})},
    ):
        with pytest.raises(BadInput, match="make a name"):
            export.export(Model(**signatures), tmp_path / "out", "onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_c_program_writes_what_a_file_calls_its_outputs_nowhere(tmp_path):
    """A hostile file may agree with its manifest; its names are no paths."""
    require("c")
    from export.formats.tflite import native

    one = tf.function(lambda z: {"../../out": 2 * z}).get_concrete_function(
        tf.TensorSpec((1, 4), name="z")
    )
    module = tf.Module()
    tf.saved_model.save(module, str(tmp_path / "saved"), signatures={"generate": one})
    converter = tf.lite.TFLiteConverter.from_saved_model(str(tmp_path / "saved"))
    (tmp_path / "model.tflite").write_bytes(converter.convert())
    work = tmp_path / "a" / "b"
    work.mkdir(parents=True)
    run = native.prepare(work)
    call = {"z": np.ones((1, 4), "float32")}
    (found,) = run(
        tmp_path / "model.tflite",
        "generate",
        [call],
        {"../../out": {"dtype": "float32"}},
    )
    np.testing.assert_allclose(found["../../out"], 2)
    with pytest.raises(ExportError, match="looking for the name of a tensor"):
        run(tmp_path / "model.tflite", "generate", [call], {})
    assert {path.name for path in tmp_path.iterdir()} == {"a", "saved", "model.tflite"}


@pytest.mark.parametrize("mode", ["float", "float16"])
def test_a_swapped_file_does_not_agree_with_the_answers(mode, folder):
    """With its hash in the manifest, too: every weight has the other sign."""
    require("c")

    def change(listed):
        for file in listed["files"]:
            if (file["format"], file["mode"]) == ("tflite", mode):
                path = folder / file["path"]
                about = description.read(path)
                content = path.read_bytes()
                path.write_bytes(content.replace(*largest_buffer(content)))
                assert path.read_bytes() != content
                assert description.read(path) == about
                file["sha256"] = {file["path"]: sha256(path)}

    doctor(folder, change)
    with pytest.raises(ExportError, match=r"another .* than was measured when it was"):
        elsewhere.check(folder, ["c"])


def largest_buffer(content):
    """The largest constant of a file, and itself with all signs changed."""
    schema = weights.schema
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
    data = [b.data for b in model.buffers if b.data is not None]
    largest = bytes(max(data, key=len))
    kind = "<f4" if largest in content and len(largest) > 60_000 else "<f2"
    return largest, (-np.frombuffer(largest, kind)).tobytes()


def test_exhibits_are_plain_names(tmp_path):
    uniform = Spec((2,), "point", "", law="uniform")
    model = Bare(
        generate=Signature(lambda z: {"point": z}, {"z": uniform}, {"point": uniform})
    )
    model.sampler = "generate"
    for names in (["../../x"], ["/x"], [".."], [""], ["a/b"], ["a", "a"], [".x"]):
        exhibits = [web.Exhibit(name, model) for name in names]
        with pytest.raises(BadInput, match="becomes a folder"):
            web.write(exhibits, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


# Operations of strangers.


class Reaching(tf.Module):
    """A SavedModel that does something besides computing."""

    def __init__(self, path, how):
        super().__init__()
        self.path, self.how = str(path), how
        if how == "asset":
            start = tf.lookup.TextFileInitializer(
                self.path, tf.string, 0, tf.int64, 1, delimiter=","
            )
            self.table = tf.lookup.StaticHashTable(start, 0)
        self.weights = tf.Variable(1.0)

    def call(self, z):
        if self.how == "write":
            tf.io.write_file(self.path, "written")
        if self.how == "read":
            z += tf.cast(tf.strings.length(tf.io.read_file(self.path)), "float32")
        if self.how == "print":
            tf.print("written", output_stream=f"file://{self.path}")
        if self.how == "loop":

            def body(i):
                tf.io.write_file(self.path, "written")
                return i + 1

            tf.while_loop(lambda i: i < 1, body, [0])
        return {"image": z * self.weights}


@pytest.mark.parametrize(
    "how, operator",
    [
        ("write", "WriteFile"),
        ("read", "ReadFile"),
        ("print", "PrintV2"),
        ("loop", "WriteFile"),
        ("asset", "asset"),
        ("nothing", None),
    ],
)
def test_a_saved_model_that_reaches_out_is_not_run(how, operator, tmp_path):
    target = tmp_path / "target"
    if how in ("read", "asset"):
        target.write_text("a,1\n")
    module = Reaching(target, how)
    function = tf.function(module.call, autograph=False).get_concrete_function(
        z=tf.TensorSpec((None, 4), name="z")
    )
    home = tmp_path / "out" / "saved_model"
    tf.saved_model.save(module, str(home), signatures={"generate": function})
    found = formats.get("saved_model").reaches_out(home)
    assert (operator in found) if operator else found == []
    parts = {
        path.relative_to(tmp_path / "out").as_posix(): sha256(path)
        for path in home.rglob("*")
        if path.is_file()
    }
    spec = Spec((4,), "point", "")
    whole = Signature(None, {"z": spec}, {"image": spec})
    listed = manifest.Manifest(**manifest.describe({"generate": whole}))
    errors = {"generate": {}}
    listed.files.append(
        manifest.File("saved_model", "saved_model", 1, parts, None, [], errors)
    )
    listed.save(tmp_path / "out" / "manifest.json")
    if operator is None:
        assert benchmark.measure(tmp_path / "out", runs=1, threads=(1,))
        return
    with pytest.raises(ExportError, match=f"{operator}.*so it is not run"):
        benchmark.measure(tmp_path / "out", runs=1, threads=(1,))
    assert how not in ("write", "print", "loop") or not target.exists()
    if how == "write":
        assert benchmark.measure(tmp_path / "out", runs=1, threads=(1,), trusted=True)
        assert target.read_text() == "written"


def test_what_is_exported_reaches_nowhere(exported):
    for path in ("saved_model", "model.tflite", "onnx/encode.onnx"):
        file = next(f for f in manifest.load(exported)["files"] if f["path"] == path)
        assert formats.get(file["format"]).reaches_out(exported / path) == []


# What is shown.

HOSTILE = "[/x][red]name\x1b[2J\x9b31m\u202egnp.exe"


def test_hostile_words_are_shown_as_text(tmp_path, capsys):
    out = tmp_path / "[/x]"
    model = of(generator().function, outputs=generator().outputs)
    facts = {"licence": HOSTILE, HOSTILE: {"deep": [HOSTILE]}}
    export.export(model, out, "onnx", name=HOSTILE, metadata=facts)
    page = report.markdown(report.describe(out))
    assert main(["show", str(out)]) == 0
    assert main(["show", str(tmp_path / HOSTILE)]) == 2
    printed = "".join(capsys.readouterr()) + page
    assert not {"\x1b", "\x9b", "\u202e"} & set(printed)
    assert "[/x][red]name\\x1b[2J\\x9b31m\\u202egnp.exe" in printed
    for mode in ("json", "table"):
        assert main(["show", str(out), *(["--json"] if mode == "json" else [])]) == 0
        assert "\x1b" not in capsys.readouterr().out


def test_a_title_with_markup_is_a_title(capsys):
    table = console.Table("a", title="[/x]", caption="[b]")
    table.add_row("[link=file:///]c")
    table.print()
    printed = capsys.readouterr().out
    for word in ("[/x]", "[b]", "[link=file:///]c"):
        assert word in printed


def test_progress_shows_text(capsys):
    with console.progress() as log:
        log.info("loading %s", HOSTILE)
    assert "\x1b" not in capsys.readouterr().err
