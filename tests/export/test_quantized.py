"""Smaller files: what they lose is measured, bounded, and never left unsaid."""

import json

import keras
import numpy as np
import onnxruntime
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

import export
from export import benchmark, formats, quantize, verify
from export.formats.onnx import weights as onnx_weights
from export.formats.onnx import writing as onnx
from export.formats.tflite import contents
from export.formats.tflite import weights as tflite_weights
from export.formats.tflite import writing as tflite
from export.quantize import MODES, Calibration
from keras_gen.errors import BadInput, ExportError, KerasGenError, UnknownName
from keras_gen.signatures import Signature, Spec
from tests.export.test_export import IMAGE, REAL, Model, Z, of

DATA = np.tile(REAL, (20, 1, 1, 1))


def generator(width=32):
    """Dense, transposed and plain convolutions, with outputs in all of [0, 1]."""
    layers = keras.layers
    keras.utils.set_random_seed(3)
    start = {"kernel_initializer": "he_normal"}
    network = keras.Sequential(
        [
            layers.Input((4,)),
            layers.Dense(4 * 4 * width, "relu", **start),
            layers.Reshape((4, 4, width)),
            layers.Conv2DTranspose(width, 4, 2, "same", activation="relu", **start),
            layers.Conv2D(1, 3, padding="same", activation="sigmoid", **start),
        ]
    )
    return Signature(lambda z: {"image": network(z)}, {"z": Z}, {"image": IMAGE})


@pytest.fixture(scope="module")
def model():
    return Model(generate=generator())


@pytest.fixture(scope="module")
def exported(model, tmp_path_factory):
    """(manifest, folder) of every mode, and the float files."""
    folder = tmp_path_factory.mktemp("quantized") / "out"
    return export.export(model, folder, quantize=["float", *MODES]), folder


def test_every_mode_is_a_file_that_keeps_its_bounds(exported):
    manifest, folder = exported
    modes = {(file.format, file.mode): file for file in manifest.files}
    assert set(modes) == {
        *((format, "float") for format in export.FORMATS),
        *((format, mode) for mode in MODES for format in MODES[mode].formats),
    }
    for (_, mode), file in modes.items():
        measured = file.errors["generate"]["image"]
        if mode == "float":
            assert (file.ratio, measured["measure"]) == (None, "difference")
            continue
        assert measured["psnr"] >= measured["bound"] == MODES[mode].psnr
        whole = modes[file.format, "float"].bytes
        assert file.ratio == file.bytes / whole < 0.75
        assert mode in file.path and (folder / file.path).exists()


def test_a_file_that_ends_its_runtime_is_refused(model, tmp_path, monkeypatch):
    """LiteRT aborts on some graphs of integers: no user's program may end with it."""
    program = tmp_path / "worker.py"
    program.write_text("import os; os.abort()")
    monkeypatch.setattr(benchmark, "WORKER", str(program))
    with pytest.raises(ExportError, match="int8: the runtime breaks down"):
        export.export(model, tmp_path / "out", formats=["tflite"], quantize=["int8"])
    assert not (tmp_path / "out").exists()


def test_float_weights_of_a_quantised_file_are_gone(exported):
    _, folder = exported
    kinds = {}
    for mode in MODES:
        interpreter = Interpreter(str(folder / f"model.{mode}.tflite"))
        kinds[mode] = {
            detail["dtype"].__name__
            for detail in interpreter.get_tensor_details()
            if np.prod(detail["shape"]) >= 4 * 4 * 32 * 32
        }
    assert kinds["int8"] == kinds["dynamic"] == {"int8"}
    assert kinds["float16"] == {"float16", "float32"}  # the second is computed
    assert kinds["weight_int8"] == {"int8", "float32"}
    for mode, kind in (("float16", 10), ("dynamic", 2)):
        graph = onnx.onnx.load(folder / "onnx" / f"generate.{mode}.onnx").graph
        large = {t.data_type for t in graph.initializer if np.prod(t.dims) > 512}
        assert large == {kind}


def test_int8_has_no_float_operator_inside(exported):
    found = contents.operators(exported[1] / "model.int8.tflite")
    assert "QUANTIZE" in found and "DEQUANTIZE" in found  # at its borders
    assert found["QUANTIZE"]["count"] == found["DEQUANTIZE"]["count"] == 1


def test_float_operators_left_in_an_int8_file_are_told(exported, tmp_path):
    from export.show import report

    assert contents.float_operators(exported[1] / "model.int8.tflite") == []
    assert "CONV_2D" in contents.float_operators(exported[1] / "model.dynamic.tflite")
    weights = np.eye(4, dtype="float32")
    model = of(lambda z: {"image": tf.cumsum(z @ weights, 1) @ weights})
    export.export(model, tmp_path / "out", quantize="int8")
    (file,) = report.describe(tmp_path / "out")["files"]
    assert file["warnings"] == ["CUMSUM: no integer kernel, so float32 is left inside."]


def test_float_is_not_kept_unless_asked_for(model, tmp_path):
    manifest = export.export(model, tmp_path / "out", quantize="weight_int8")
    assert [file.path for file in manifest.files] == ["model.weight_int8.tflite"]
    parts = {path.name for path in (tmp_path / "out").iterdir()}
    assert parts == {"answers.npz", "manifest.json", "model.weight_int8.tflite"}


def test_auto_takes_the_smallest_that_passes(model, exported, tmp_path):
    sizes = {
        format: min(f.bytes for f in exported[0].files if f.format == format)
        for format in ("tflite", "onnx")
    }
    manifest = export.export(model, tmp_path / "out", quantize="auto")
    assert {file.format: file.bytes for file in manifest.files} == sizes
    assert len(list((tmp_path / "out").rglob("*.onnx"))) == 1


def test_auto_stays_with_float_where_nothing_is_gained(tmp_path):
    tiny = of(lambda z: {"image": tf.tanh(z)})
    manifest = export.export(tiny, tmp_path / "out", "onnx", quantize="auto")
    assert [(file.path, file.mode) for file in manifest.files] == [
        ("onnx/generate.onnx", "float")
    ]


def scoring():
    """A critic that feels every bit: its weights cancel, but for their last digits."""
    wide = np.random.default_rng(0).normal(size=(64, 64)).astype("float32")
    score = Spec((64,), "logits", "")

    def function(x):
        flat = tf.reshape(x, (-1, 64))
        return {"score": flat @ (1 + 1e-5 * wide) - flat @ np.ones_like(wide)}

    return Signature(function, {"x": IMAGE}, {"score": score})


def test_auto_leaves_what_no_mode_suits_as_it_is_and_says_so(tmp_path, caplog):
    """A format without modes, and one signature of a file that misses its bounds."""
    model = Model(generate=generator(), discriminate=scoring())
    with caplog.at_level("INFO", "export"):
        manifest = export.export(
            model, tmp_path / "out", list(export.FORMATS), quantize="auto", data=DATA
        )
    held = {(f.path, f.mode): set(f.errors) for f in manifest.files}
    (small,) = (f for f in manifest.files if "tflite" in f.path and f.mode != "float")
    assert held.pop((small.path, small.mode)) == {"generate"}
    (onnx_,) = (f for f in manifest.files if "onnx" in f.path and f.mode != "float")
    assert held.pop((onnx_.path, onnx_.mode)) == {"generate"}
    assert held == {
        ("saved_model", "float"): {"generate", "discriminate"},
        ("model.tflite", "float"): {"discriminate"},
        ("onnx/discriminate.onnx", "float"): {"discriminate"},
    }
    assert 'discriminate" of tflite stays float: "score" of "discri' in caplog.text
    assert "saved_model stays float" in caplog.text
    paths = {*(tmp_path / "out").rglob("*.tflite")}
    assert len(paths | {*(tmp_path / "out").rglob("*.onnx")}) == 4
    runner = Interpreter(str(tmp_path / "out" / "model.tflite")).get_signature_list()
    assert set(runner) == {"discriminate"}


def test_quantised_files_hold_the_ways_to_generate(model, tmp_path):
    """Nobody ships a critic to a phone; who wants one names it."""
    both = Model(generate=generator(), discriminate=scored())
    both.sampler = "generate"
    manifest = export.export(both, tmp_path / "a", "onnx", quantize="float16")
    assert [set(file.errors) for file in manifest.files] == [{"generate"}]
    names = ["discriminate"]
    manifest = export.export(both, tmp_path / "b", "onnx", names, quantize="float16")
    assert [set(file.errors) for file in manifest.files] == [{"discriminate"}]
    manifest = export.export(both, tmp_path / "c", "onnx")
    assert len(manifest.files) == 2


def test_a_file_below_its_bound_is_taken_away_and_another_mode_proposed(
    model, tmp_path, monkeypatch
):
    shrink = tflite_weights._smaller

    def coarse(values, mode, axis=None):
        small, quantisation = shrink(values, mode, axis)
        return (small // 64 * 64 if mode != "float16" else small), quantisation

    monkeypatch.setattr(tflite_weights, "_smaller", coarse)
    sentence = (
        r'tflite weight_int8: "image" of "generate" has a PSNR of [\d.]+ dB, [\d.]+ dB '
        r"below the bound of 45 dB[.] \w+ would pass, with 0[.]\d+ of the float"
    )
    with pytest.raises(ExportError, match=sentence):
        export.export(model, tmp_path / "out", quantize="weight_int8")
    assert list(tmp_path.iterdir()) == []
    manifest = export.export(model, tmp_path / "out", "tflite", quantize="auto")
    assert manifest.files[0].mode in ("dynamic", "int8")
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {manifest.files[0].path, "answers.npz", "manifest.json"}


def test_size_is_bounded_for_large_models_and_reported_for_small():
    good = {"generate": {"image": {"measure": "psnr", "psnr": 80.0, "bound": 70.0}}}
    assert quantize.misses("float16", good, 0.53, 999_999) == []
    (miss,) = quantize.misses("float16", good, 0.53, 1_000_000)
    assert "0.530 of the float file's bytes, 0.010 above the bound of 0.52" in miss
    nan = {"generate": {"image": {"measure": "psnr", "psnr": np.nan, "bound": 70.0}}}
    assert len(quantize.misses("float16", nan, 0.5, 10)) == 1


def test_bounds_of_the_modes_are_those_promised():
    bounds = {name: (mode.psnr, mode.ratio) for name, mode in MODES.items()}
    assert bounds == {
        "float16": (70, 0.52),
        "dynamic": (45, 0.30),
        "weight_int8": (45, 0.30),
        "int8": (40, 0.30),
    }


def test_psnr_is_relative_to_the_range_or_else_to_the_largest_value():
    ranged, free = Spec((2,), "image", "", range=(0.0, 4.0)), Spec((2,), "logits", "")
    x = np.array([[1.0, -2.0]], "float32")
    mode = MODES["float16"]
    assert verify.loss(ranged, x, x + 0.4, mode)["psnr"] == pytest.approx(20, abs=1e-3)
    assert verify.loss(free, x, x + 0.2, mode)["psnr"] == pytest.approx(20, abs=1e-3)
    assert verify.loss(free, x, x, mode)["psnr"] == verify.BEST
    assert verify.loss(free, x, x * np.nan, mode)["psnr"] == -verify.BEST
    codes = Spec((2,), "index", "", discrete=True)
    assert verify.loss(codes, x, x + np.eye(2)[1:], mode)["error"] == 0.5


# Weights.


@pytest.mark.parametrize("batch", [1, None])
def test_weights_in_eight_bits_are_off_by_half_a_step_of_their_channel(batch, tmp_path):
    """One scale for all channels would lose the second, a thousand times smaller."""
    weights = np.random.default_rng(0).normal(size=(64, 8)).astype("float32")
    weights[:, 1] /= 1000
    wide = Spec((64,), "latent", "", law="normal")
    eight = Spec((8,), "latent", "")
    model = of(lambda z: {"image": z @ weights}, {"z": wide}, {"image": eight})
    signatures = model.signatures()
    for name, mode in (("tflite", "weight_int8"), ("onnx", "dynamic")):
        format = formats.get(name)
        source = format.write(
            signatures, tmp_path, format.batch(batch), about(signatures)
        )
        small = format.quantise(source, mode, signatures, None)
        basis = np.eye(64, dtype="float32")
        run = format.load(small)
        found = np.concatenate(
            [run("generate", {"z": row[None]})["image"] for row in basis]
        )
        step = np.abs(weights).max(0) / 127
        assert (np.abs(found - weights) <= step * 0.51).all()
        assert np.abs(found - weights).max() > 1e-3


def about(signatures):
    from export.manifest import describe

    return describe(signatures) | {"quantisation": "float"}


def test_shared_weights_stay_shared(tmp_path):
    weights = tf.Variable(np.random.default_rng(0).normal(size=(64, 64)).astype("f4"))
    wide = Spec((64,), "latent", "", law="normal")
    one = Signature(lambda z: {"out": z @ weights}, {"z": wide}, {"out": wide})
    two = Signature(lambda z: {"out": tf.tanh(z @ weights)}, {"z": wide}, {"out": wide})
    for signatures in ({"generate": one}, {"generate": one, "decode": two}):
        source = tflite.write(signatures, tmp_path, 1, about(signatures))
        content = source.path.read_bytes()
        assert len(content) < 4 * 64 * 64 + 4000
        size = len(tflite_weights.shrink(content, "weight_int8"))
        assert size < 64 * 64 + 4000


def test_rewritten_files_are_the_same_each_time(exported):
    content = (exported[1] / "model.tflite").read_bytes()
    for mode in ("float16", "weight_int8"):
        first = tflite_weights.shrink(content, mode)
        assert first == tflite_weights.shrink(content, mode)


def test_buffers_are_aligned_as_the_schema_asks(exported):
    from ai_edge_litert import schema_py_generated as schema

    content = tflite_weights.shrink(
        (exported[1] / "model.tflite").read_bytes(), "weight_int8"
    )
    model = schema.Model.GetRootAs(content, 0)
    whole = np.frombuffer(content, np.uint8)
    for i in range(model.BuffersLength()):
        data = model.Buffers(i).DataAsNumpy()
        if not isinstance(data, int) and len(data):
            at = data.__array_interface__["data"][0]
            assert (at - whole.__array_interface__["data"][0]) % 16 == 0


def test_onnx_products_saturate_nowhere(exported):
    """Signed weights do, on processors without dot-product instructions."""
    graph = onnx.onnx.load(exported[1] / "onnx" / "generate.dynamic.onnx").graph
    stored = {t.name: t.data_type for t in graph.initializer}
    products = [node for node in graph.node if node.op_type == "MatMulInteger"]
    assert products
    assert {stored[node.input[1]] for node in products} == {2}  # uint8


def test_onnx_gemm_keeps_its_bias():
    helper = onnx.onnx.helper
    random = np.random.default_rng(0)
    weights, bias = random.normal(size=(32, 16)), random.normal(size=16)
    make, tensor = helper.make_tensor_value_info, onnx.onnx.numpy_helper.from_array
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["x", "w", "b"], ["y"])],
        "g",
        [make("x", 1, ["n", 32])],
        [make("y", 1, ["n", 16])],
        [tensor(weights.astype("f4"), "w"), tensor(bias.astype("f4"), "b")],
    )
    opset = [helper.make_opsetid("", 18)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8)
    x = random.normal(size=(5, 32)).astype("f4")
    onnx_weights.shrink(model, "dynamic")
    assert "Gemm" not in {node.op_type for node in model.graph.node}
    session = onnxruntime.InferenceSession(model.SerializeToString())
    np.testing.assert_allclose(
        session.run(None, {"x": x})[0], x @ weights + bias, atol=0.2
    )


# Calibration.


def scored():
    """A signature whose input is data."""
    keras.utils.set_random_seed(0)
    layers = keras.layers
    network = keras.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(32, "relu"),
            layers.Dense(1),
        ]
    )
    score = Spec((1,), "logits", "")
    return Signature(lambda x: {"score": network(x)}, {"x": IMAGE}, {"score": score})


def test_calibration_follows_the_law_of_each_input():
    signature = Signature(
        None,
        {"z": Z, "x": IMAGE, "label": Spec((), "label", "", "int32", (0, 9))},
        {},
    )
    rows = Calibration(DATA).examples("generate", signature, 1)
    assert len(rows) >= quantize.CALIBRATION
    z = np.concatenate([row["z"] for row in rows])
    assert abs(z.mean()) < 0.2 and 0.8 < z.std() < 1.2 and len(np.unique(z)) == z.size
    assert {int(row["label"][0]) for row in rows} == set(range(10))
    seen = {row["x"].tobytes() for row in rows}
    assert seen == {image.tobytes() for image in DATA[:6, None]}
    assert len(Calibration(DATA).examples("generate", signature, 32)) == 4


def test_the_wrong_calibration_ruins_a_file_and_is_found(model, tmp_path):
    narrow = {"z": np.full((100, 4), 0.01, "float32")}
    with pytest.raises(ExportError, match="below the bound of 40 dB"):
        export.export(model, tmp_path / "out", quantize="int8", calibration=narrow)
    assert list(tmp_path.iterdir()) == []


def test_calibration_comes_from_data_an_array_or_a_folder(tmp_path):
    from keras_gen import plots

    model = Model(discriminate=scored())
    folder = tmp_path / "images"
    folder.mkdir()
    for i in range(140):
        grey = np.random.default_rng(i).integers(0, 256, (8, 8, 1), dtype="uint8")
        plots.save_image(folder / f"{i}.png", np.repeat(grey, 3, -1))
    for i, options in enumerate(
        (
            {"data": DATA},
            {"calibration": DATA},
            {"calibration": str(folder)},
            {"calibration": {"x": DATA}},
        )
    ):
        manifest = export.export(model, tmp_path / str(i), quantize="int8", **options)
        assert manifest.files[0].errors["discriminate"]["score"]["psnr"] > 30


@pytest.mark.parametrize(
    "options, sentence",
    [
        ({}, "calibrated on real examples"),
        ({"calibration": DATA[:, :4]}, r"calibration of \"x\" of \"discriminate\" was"),
        ({"calibration": DATA * 300}, r"images lie in \[0, 1\]"),
        ({"calibration": DATA[:99]}, "99 examples calibrate .* 100 are needed"),
        ({"calibration": "nowhere"}, "there is no folder nowhere"),
        ({"calibration": {"X": DATA}}, 'no input to calibrate "X"'),
    ],
)
def test_wrong_calibration_gets_a_sentence(options, sentence, tmp_path):
    model = Model(discriminate=scored())
    with pytest.raises(KerasGenError, match=sentence):
        export.export(model, tmp_path / "out", quantize="int8", **options)
    assert list(tmp_path.iterdir()) == []


def test_codes_of_unknown_law_are_not_guessed(tmp_path):
    """Calibrated on normal noise, a decoder of codes of length 40 would be ruined."""
    code = Spec((4,), "latent", "a code")
    decode = Signature(generator().function, {"z": code}, {"image": IMAGE})
    model = Model(decode=decode)
    with pytest.raises(ExportError, match='real examples of "z" of "decode"'):
        export.export(model, tmp_path / "out", quantize="int8")
    codes = np.random.default_rng(0).normal(size=(100, 4)).astype("float32")
    given = {"calibration": {"z": codes}}
    export.export(model, tmp_path / "out", quantize="int8", **given)
    manifest = export.export(model, tmp_path / "auto", "tflite", quantize="auto")
    assert manifest.files[0].mode != "int8"


# Refusals.


def loop():
    def function(noise):
        body = lambda i, x: (i + 1, tf.tanh(x + noise))  # noqa: E731
        return {"point": tf.while_loop(lambda i, x: i < 3, body, (0, noise * 0))[1]}

    uniform = Spec((4,), "noise", "", law="uniform")
    return Signature(function, {"noise": uniform}, {"point": Spec((4,), "point", "")})


def test_modes_known_to_be_wrong_are_refused_before_conversion(
    model, tmp_path, monkeypatch
):
    levels = Spec((8, 8, 1), "image", "", range=(0.0, 1.0), discrete=True)
    step = generator()
    codes = Model(sample_step=Signature(step.function, step.inputs, {"image": levels}))

    time = Spec((), "index", "", "int32", (0, 9))
    timed = Signature(
        lambda z, t: step.function(z), {"z": Z, "t": time}, {"image": IMAGE}
    )

    def never(*_):
        raise AssertionError("converted")

    monkeypatch.setattr(tflite, "quantise", never)
    monkeypatch.setattr(onnx, "quantise", never)
    loops = Model(sample_loop=loop())
    for subject, options, sentence in (
        (loops, {"quantize": "int8"}, "whole loop"),
        (loops, {"quantize": "weight_int8"}, "whole loop"),
        (loops, {"quantize": "dynamic", "formats": "onnx"}, "whole loop"),
        (codes, {"quantize": "int8"}, "discrete"),
        (Model(denoise=timed), {"quantize": "int8"}, "exact time"),
        (
            model,
            {"quantize": "dynamic", "formats": "tflite", "tflite_batch": None},
            "16 to 20 times slower",
        ),
    ):
        with pytest.raises(ExportError, match=f"is refused: .*{sentence}.*[.]$"):
            export.export(subject, tmp_path / "out", **options)
    assert list(tmp_path.iterdir()) == []


def test_weights_of_a_file_with_a_free_batch_can_be_quantised(model, tmp_path):
    manifest = export.export(
        model, tmp_path / "out", quantize="weight_int8", tflite_batch=None
    )
    (file,) = manifest.files
    assert file.batch is None and file.errors["generate"]["image"]["psnr"] > 45


@pytest.mark.parametrize(
    "options, sentence",
    [
        ({"quantize": "flaot16"}, 'Did you mean "float16"'),
        ({"quantize": "int8", "formats": "onnx"}, "onnx cannot be int8: .* tflite"),
        (
            {"quantize": "int8", "formats": ["tflite", "saved_model"]},
            "saved_model cannot be int8; its modes are float",
        ),
    ],
)
def test_wrong_modes_get_a_sentence(model, options, sentence, tmp_path):
    with pytest.raises((BadInput, UnknownName), match=sentence):
        export.export(model, tmp_path / "out", **options)


def test_a_quantised_file_says_so(exported):
    from export import metadata

    folder = exported[1]
    for path, mode in (
        ("model.tflite", "float"),
        ("model.int8.tflite", "int8"),
        ("onnx/generate.onnx", "float"),
        ("onnx/generate.dynamic.onnx", "dynamic"),
    ):
        about = metadata.read(folder / path)
        assert about["quantisation"] == mode
        assert about["signatures"]["generate"]["inputs"]["z"]["law"] == "normal"
    written = json.loads((folder / "manifest.json").read_text())
    assert {file["mode"] for file in written["files"]} == {"float", *MODES}
