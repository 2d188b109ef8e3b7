"""A failed export is one sentence and no file; a repeated one is the same bytes."""

import contextlib
import json
import re
import resource
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

import export
from export import formats, making, metadata, verify
from export.__main__ import main
from export.formats.tflite import contents
from keras_gen.errors import (
    BadFile,
    BadInput,
    ExportError,
    KerasGenError,
    OutputRefused,
)
from keras_gen.signatures import Spec
from tests.export.test_cli import quick
from tests.export.test_export import Model, of, small
from tests.export.test_quantized import generator

# Twice the same.

FIXED = generator()

# A process numbers the functions it traces, which also orders them in a SavedModel, and
# TensorFlow draws a number for the fingerprint: no more differs between two exports.
DRAWN = {"saved_model/fingerprint.pb"}


def lines_without_numbers(path):
    file = saved_model_pb2.SavedModel()
    file.ParseFromString(path.read_bytes())
    text = re.sub(r"size: \d+\n|s: \"\d+\"\n", "", str(file))  # of a name, a node
    return sorted(re.sub(r"(?<=_)\d+", "", text).splitlines())


def test_exporting_twice_gives_the_same_bytes(tmp_path):
    loop = small().signatures()["sample_loop"]
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        export.export(Model(generate=FIXED, sample_loop=loop), folder)
        modes = ["float16", "dynamic", "int8"]
        export.export(Model(generate=FIXED), folder / "small", quantize=modes)
    paths = [path for path in one.rglob("*") if path.is_file()]
    assert len(paths) > 12
    for path in paths:
        name = path.relative_to(one).as_posix()
        if path.name == "manifest.json":
            old, new = (json.loads((at / name).read_text()) for at in (one, two))
            for file in (*old["files"], *new["files"]):
                if file["format"] == "saved_model":
                    del file["sha256"], file["bytes"]
            assert old == new
        elif path.name == "saved_model.pb":
            assert lines_without_numbers(path) == lines_without_numbers(two / name)
        elif name not in DRAWN:
            assert path.read_bytes() == (two / name).read_bytes(), name


# Nothing is left.


@contextlib.contextmanager
def files_no_larger_than(size):
    """As a full disk has it: the write that goes beyond fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def heavy():
    """A model whose weights take 1 MB."""
    weights = tf.Variable(
        np.random.default_rng(0).normal(size=(4, 1 << 16)), dtype="float32"
    )
    wide = Spec((1 << 16,), "latent", "")
    return of(lambda z: {"image": z @ weights}, outputs={"image": wide})


@pytest.mark.parametrize("format", export.FORMATS)
def test_a_full_disk_is_one_sentence_and_no_file(format, tmp_path):
    model = heavy()
    with (
        pytest.raises(KerasGenError, match=r"\.$") as caught,
        files_no_larger_than(1 << 19),
    ):
        export.export(model, tmp_path / "out", format)
    assert len(str(caught.value).splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("stop", [KeyboardInterrupt, MemoryError])
def test_an_interrupted_export_leaves_nothing(stop, tmp_path, monkeypatch):
    def interrupted(*_):
        raise stop

    monkeypatch.setattr(verify, "check_values", interrupted)
    with pytest.raises(stop):
        export.export(small(), tmp_path / "out", "onnx", "generate")
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    monkeypatch.setattr(verify, "quality", interrupted)
    with pytest.raises(stop):
        export.export(small(), tmp_path / "out", "onnx", "generate", quantize="auto")
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_on_the_command_line_is_one_line(monkeypatch, capsys):
    from export.command_line import looking

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(looking, "run", stop)
    assert main(["show", "x"]) == 130
    assert "Stopped" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_refused_before_the_work(monkeypatch):
    def never(*_):
        raise AssertionError("work was done")

    monkeypatch.setattr(making, "Maker", never)
    with pytest.raises(OutputRefused, match="cannot write in /proc"):
        export.export(small(), "/proc/nowhere/out")


def test_only_what_has_signatures_is_exported(tmp_path):
    """A name is none: `zoo.load` makes a model of it."""
    for ask in (lambda m: export.export(m, tmp_path / "out"), export.check):
        with pytest.raises(BadInput, match=r"received 'gan-ring'.*load gives one"):
            ask("gan-ring")


def test_a_conversion_to_integers_that_fails_says_which_signature(tmp_path):
    model = of(lambda z: {"image": tf.math.lgamma(z * z + 1)})
    with pytest.raises(ExportError, match='"generate"') as caught:
        export.export(model, tmp_path / "out", quantize="int8")
    assert len(str(caught.value).splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


# The command line.


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["shwo", "x"], 'Did you mean "show"?'),
        (["bench", "x"], 'Did you mean "benchmark"?'),
        (["check", "gan-rink"], 'Did you mean "gan-ring"?'),
        (["show", "nowhere.tflite"], "nowhere.tflite does not exist"),
        (["show", __file__], "does not say what it is"),
        (["report", "nowhere"], "has no manifest.json"),
        (["benchmark", "nowhere"], "has no manifest.json"),
        (["verify", "nowhere"], "has no manifest.json"),
        (["serve", "nowhere"], "has no models.json"),
        (["web", "gan-ring", "gan-rink", "--out", "x"], 'Did you mean "gan-ring"?'),
        (["web", "vae-mnist-paper", "--out", "x"], "zoo train vae-mnist-paper"),
        (["web", "gan-ring", "--runtime", "x", "--out", "x"], "has no ort.wasm"),
        (["vae-mnist-paper", "--out", "x"], "zoo train vae-mnist-paper"),
        (["gan-ring", "--quantize", "int9", "--out", "x"], 'Did you mean "int8"?'),
        (
            ["gan-ring", "--quantize", "int8", "--calibrate", __file__, "--out", "x"],
            "cannot be read as examples",
        ),
    ],
)
def test_mistakes_are_one_line_without_tensorflow(arguments, sentence, tmp_path):
    run = quick(*[tmp_path / a if a == "x" else a for a in arguments])
    assert run.returncode == 2
    assert sentence in run.stderr
    assert len(run.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_signature_is_one_line(tmp_path, monkeypatch, capsys):
    import zoo

    monkeypatch.setattr(zoo, "card", lambda name: {}, raising=False)
    monkeypatch.setattr(zoo, "load", lambda name: small(), raising=False)
    out = tmp_path / "out"
    assert main(["gan-ring", "--signatures", "genrate", "--out", str(out)]) == 2
    error = capsys.readouterr().err.splitlines()
    assert 'no signature "genrate". Did you mean "generate"?' in error[-1]
    assert list(tmp_path.iterdir()) == []


# A file found alone, reports and clocks.


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report") / "out"
    facts = {"licence": "CC BY 4.0", "weights": {"sha256": "abc"}}
    model = of(generator().function, outputs=generator().outputs)
    export.export(model, folder, quantize=["float", "float16"], metadata=facts)
    return folder


@pytest.mark.parametrize(
    "path",
    [".", "saved_model", "model.float16.tflite", "onnx/generate.float16.onnx"],
)
def test_show_tells_what_a_lone_file_is_without_tensorflow(path, exported):
    run = quick("show", exported / path)
    assert run.returncode == 0, run.stderr
    for word in ("CC BY 4.0", "abc", "generate", "normal noise", "(batch, 8, 8, 1)"):
        assert word in run.stdout
    assert ("float16" in run.stdout) == ("float16" in path)
    run = quick("show", exported / path, "--json")
    assert json.loads(run.stdout)["signatures"] == metadata.read(exported)["signatures"]


def test_damaged_files_are_refused(exported, tmp_path):
    for path in ("model.tflite", "onnx/generate.onnx"):
        content = (exported / path).read_bytes()
        damaged = tmp_path / "damaged"
        damaged.write_bytes(content[: len(content) // 2])
        with pytest.raises(BadFile, match="does not say what it is"):
            metadata.read(damaged)


def test_report_has_operators_versions_shares_and_warnings(exported, capsys):
    assert main(["report", str(exported)]) == 0
    page = capsys.readouterr().out
    assert page.strip() == (exported / "report.md").read_text().strip()
    found = json.loads((exported / "report.json").read_text())
    files = {file["path"]: file for file in found["files"]}
    float_ = files["model.tflite"]
    assert float_["operators"]["TRANSPOSE_CONV"]["count"] == 1
    assert float_["delegated"] == {"generate": 1.0}
    half = files["model.float16.tflite"]
    assert half["operators"]["DEQUANTIZE"]["version"] == 3
    assert f"{half['errors']['generate']['image']['psnr']:.1f} dB" in page
    assert files["onnx/generate.onnx"]["warnings"] == []
    for file in files.values():
        for digest in file["sha256"].values():
            assert digest in page


def test_a_version_that_runtimes_misread_is_warned_of():
    fused = {"TRANSPOSE_CONV": {"version": 4, "count": 1}}
    (warning,) = contents.warnings(fused)
    assert "OpenVINO" in warning and "LeakyReLU" in warning
    plain = {"TRANSPOSE_CONV": {"version": 3, "count": 1}}
    assert contents.warnings(plain) == []


def test_work_outside_the_fast_kernels_shows_in_the_share(tmp_path):
    """A batched product is delegated; one in a file for any batch is not."""
    model = of(generator().function, outputs=generator().outputs)
    export.export(model, tmp_path / "out", "tflite", tflite_batch=None)
    share = contents.delegated(tmp_path / "out" / "model.tflite")["generate"]
    assert 0 <= share < 1


def test_benchmark_has_a_row_for_each_file_and_number_of_threads(exported, capsys):
    options = ["--runs", "3", "--threads", "1", "--json"]
    assert main(["benchmark", str(exported), *options]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) == 5
    assert {row["runtime"] for row in rows} == {"tensorflow", "litert", "onnxruntime"}
    for row in rows:
        assert row["median"] > 0 and row["load"] > 0 and row["peak"] > 1e7
        assert (row["relative"] == 1) == (row["file"] == "saved_model")


def test_a_worker_that_dies_is_one_sentence(exported, tmp_path):
    from export import benchmark

    runtime = formats.get("onnx").runtime
    subject = benchmark.Subject(runtime, str(tmp_path / "missing"), "missing")
    with (
        pytest.raises(ExportError, match=r"onnxruntime does not run missing"),
        benchmark.Worker(subject, "x", 1, {}) as worker,
    ):
        worker.answer()


def test_exports_of_two_processes_are_alike(tmp_path):
    """Hashes of Python's strings differ between processes; no order may follow them."""
    formats = ["tflite", "onnx"]
    keras.utils.clear_session()  # or the layers would have other numbers
    export.export(small(), tmp_path / "one", formats, ["encode", "sample_loop"])
    code = (
        "import sys; from tests.export.test_export import small; import export;"
        f"export.export(small(), sys.argv[1], {formats}, ['encode', 'sample_loop'])"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "two")]
    subprocess.run(command, check=True, capture_output=True)
    for path in ("model.tflite", "onnx/encode.onnx", "onnx/sample_loop.onnx"):
        one, two = (tmp_path / folder / path for folder in ("one", "two"))
        assert one.read_bytes() == two.read_bytes(), path
