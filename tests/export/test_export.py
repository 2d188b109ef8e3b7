"""Exported files compute what the model computes, and nothing else is ever written."""

import json
import pathlib
import subprocess
import sys
import zipfile

import keras
import numpy as np
import onnxruntime
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

import export
from export import formats, graphs, verify
from export.formats.onnx import writing as onnx
from export.formats.saved_model import reader, running
from export.formats.saved_model import writing as saved_model
from export.formats.tflite import contents
from export.formats.tflite import writing as tflite
from export.quantize import MODES
from keras_gen.errors import BadInput, ExportError, OutputRefused, UnknownName
from keras_gen.files import sha256
from keras_gen.signatures import Signature, Spec

Z = Spec((4,), "latent", "standard normal latent", law="normal")
IMAGE = Spec((8, 8, 1), "image", "grey image", range=(0.0, 1.0))
CODE = Spec((4,), "latent", "code")
NOISY = keras.layers.GaussianNoise(0.1)
REAL = np.linspace(0, 1, 6 * 64, dtype="float32").reshape(6, 8, 8, 1)


class Model:
    """Anything with `signatures()` can be exported."""

    def __init__(self, **signatures):
        self._signatures = signatures

    def signatures(self):
        return self._signatures


def small():
    """Four pure functions of three networks; a loop that also captures a constant."""
    layers = keras.layers
    keras.utils.set_random_seed(1)
    generator = keras.Sequential(
        [
            layers.Input((4,)),
            layers.Dense(4 * 4 * 4),
            layers.Reshape((4, 4, 4)),
            layers.BatchNormalization(),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Conv2DTranspose(1, 4, 2, padding="same", activation="sigmoid"),
        ]
    )
    x = keras.Input((8, 8, 1))
    h = layers.Dense(8, activation="elu")(layers.Flatten()(x))
    spread = layers.Dense(4, activation="softplus")(h)
    encoder = keras.Model(x, [layers.Dense(4)(h), spread])
    step = keras.Sequential([keras.Input((4,)), layers.Dense(4)])
    captured = tf.constant([0.1, -0.2, 0.3, -0.4])

    def encode(x):
        return dict(zip(("mean", "stddev"), encoder(x), strict=True))

    def log_prob(x):
        logits = 4 * generator(encoder(x)[0])
        nats = x * logits - tf.nn.softplus(logits)
        return {"log_prob": tf.reduce_sum(nats, [1, 2, 3])}

    def sample_loop(noise):
        def one_more(i, x):
            now = tf.one_hot(i, 4)
            drawn = tf.cast(noise < tf.sigmoid(step(x) + captured), "float32")
            return i + 1, (1 - now) * x + now * drawn

        start = 0, tf.zeros_like(noise)
        return {"point": tf.while_loop(lambda i, x: i < 4, one_more, start)[1]}

    uniform = Spec((4,), "noise", "one number per coordinate", law="uniform")
    point = Spec((4,), "point", "a draw", range=(0.0, 1.0), discrete=True)
    return Model(
        generate=Signature(
            lambda z: {"image": generator(z)}, {"z": Z}, {"image": IMAGE}
        ),
        encode=Signature(encode, {"x": IMAGE}, {"mean": CODE, "stddev": CODE}),
        log_prob=Signature(
            log_prob, {"x": IMAGE}, {"log_prob": Spec((), "log_prob", "nats")}
        ),
        sample_loop=Signature(sample_loop, {"noise": uniform}, {"point": point}),
    )


def of(function, inputs=None, outputs=None):
    """A model with one signature, called "generate"."""
    inputs, outputs = inputs or {"z": Z}, outputs or {"image": CODE}
    return Model(generate=Signature(function, inputs, outputs))


@pytest.fixture(scope="module")
def model():
    return small()


@pytest.fixture(scope="module")
def exported(model, tmp_path_factory):
    """(manifest, folder) of all signatures in all formats."""
    folder = tmp_path_factory.mktemp("export") / "out"
    metadata = {"licence": "Apache-2.0"}
    return export.export(model, folder, data=REAL, metadata=metadata), folder


def inputs_of(signature, size=3):
    return {
        key: verify.example(spec, size, key) for key, spec in signature.inputs.items()
    }


def answers_of(signature, inputs):
    outputs = signature.function(**{k: tf.constant(v) for k, v in inputs.items()})
    return {key: value.numpy() for key, value in outputs.items()}


# The three formats, opened here without any help from the package.


def test_saved_model_has_every_signature_with_its_names_and_any_batch(model, exported):
    loaded = tf.saved_model.load(str(exported[1] / "saved_model"))
    assert set(loaded.signatures) == set(model.signatures())
    for name, signature in model.signatures().items():
        for size in (1, 3):
            inputs = inputs_of(signature, size)
            found = loaded.signatures[name](**inputs)
            assert set(found) == set(signature.outputs)
            for key, value in answers_of(signature, inputs).items():
                np.testing.assert_allclose(found[key], value, atol=1e-6, rtol=1e-6)


def test_saved_model_stores_shared_weights_once(model, tmp_path):
    all_of_it, one = tmp_path / "all", tmp_path / "one"
    for folder, names in ((all_of_it, ["generate", "log_prob"]), (one, ["log_prob"])):
        folder.mkdir()
        chosen = {name: model.signatures()[name] for name in names}
        saved_model.write(chosen, folder)
    files = [next(f.rglob("variables.data*")).stat().st_size for f in (all_of_it, one)]
    assert files[0] < 1.1 * files[1]


def test_tflite_is_one_file_with_all_signatures_and_batch_one(model, exported):
    interpreter = Interpreter(str(exported[1] / "model.tflite"))
    assert set(interpreter.get_signature_list()) == set(model.signatures())
    for name, signature in model.signatures().items():
        runner = interpreter.get_signature_runner(name)
        for key, details in runner.get_input_details().items():
            assert list(details["shape_signature"]) == [1, *signature.inputs[key].shape]
        inputs = inputs_of(signature, 1)
        found = runner(**inputs)
        assert set(found) == set(signature.outputs)
        for key, value in answers_of(signature, inputs).items():
            np.testing.assert_allclose(found[key], value, atol=1e-5, rtol=1e-5)


def test_tflite_takes_any_batch_when_asked(model, tmp_path):
    manifest = export.export(model, tmp_path / "out", "tflite", tflite_batch=None)
    (file,) = manifest.files
    assert file.batch is None
    assert file.errors["generate"]["image"]["batches"] == [1, 4]
    interpreter = Interpreter(str(tmp_path / "out" / "model.tflite"))
    inputs = inputs_of(model.signatures()["generate"], 5)
    found = interpreter.get_signature_runner("generate")(**inputs)
    assert found["image"].shape == (5, 8, 8, 1)


def test_tflite_spreads_one_pixel_by_a_matrix_product(tmp_path):
    """Only where the whole kernel is seen: cut, it stays what it is."""
    pixel = keras.Input((1, 1, 4))
    whole = keras.layers.Conv2DTranspose(3, (2, 4), activation="elu")(pixel)
    cut = keras.layers.Conv2DTranspose(3, (3, 5), (2, 4), padding="same")(pixel)
    network = keras.Model(pixel, whole + cut)
    z = Spec((1, 1, 4), "latent", "one pixel", law="normal")
    image = Spec((2, 4, 3), "latent", "a map")
    model = of(lambda z: {"image": network(z)}, {"z": z}, {"image": image})
    for batch in (1, None):
        folder = tmp_path / f"batch-{batch}"
        (file,) = export.export(model, folder, "tflite", tflite_batch=batch).files
        assert file.errors["generate"]["image"]["error"] < 1e-5
        found = contents.operators(folder / "model.tflite")
        assert found["FULLY_CONNECTED"]["count"] == 1
        assert found["TRANSPOSE_CONV"]["count"] == 1


def test_softplus_is_finite_in_every_format(tmp_path):
    far = Spec((4,), "latent", "from -200 to 200", law="uniform")
    value = Spec((4,), "latent", "its softplus")
    model = of(
        lambda z: {"value": tf.nn.softplus(400 * z - 200)}, {"z": far}, {"value": value}
    )
    for file in export.export(model, tmp_path / "all").files:
        assert file.errors["generate"]["value"]["error"] < 1e-4


def test_onnx_is_one_graph_per_signature_with_names_and_a_free_batch(model, exported):
    for name, signature in model.signatures().items():
        path = exported[1] / "onnx" / f"{name}.onnx"
        graph = onnx.onnx.load(path)
        assert graph.ir_version <= 8
        assert [(o.domain, o.version) for o in graph.opset_import] == [("", 18)]
        session = onnxruntime.InferenceSession(path)
        assert {i.name for i in session.get_inputs()} == set(signature.inputs)
        assert {o.name for o in session.get_outputs()} == set(signature.outputs)
        for tensor in (*session.get_inputs(), *session.get_outputs()):
            spec = (signature.inputs | signature.outputs)[tensor.name]
            assert tensor.shape == ["batch", *spec.shape]
        for size in (1, 3):
            inputs = inputs_of(signature, size)
            for key, value in answers_of(signature, inputs).items():
                (found,) = session.run([key], inputs)
                np.testing.assert_allclose(found, value, atol=1e-5, rtol=1e-5)


def test_operators_missing_from_tf2onnx_are_expressed_by_others(tmp_path):
    def function(z):
        near = tf.math.log1p(tf.nn.relu(z)) + tf.math.expm1(z) + tf.math.erfc(z)
        return {"image": near + tf.math.multiply_no_nan(1 / (z * 0), z * 0)}

    manifest = export.export(of(function), tmp_path / "out", "onnx")
    assert manifest.files[0].errors["generate"]["image"]["error"] < 1e-6


# The manifest.


def test_manifest_lists_every_file_with_its_hash(exported):
    manifest, folder = exported
    written = json.loads((folder / "manifest.json").read_text())
    assert written == json.loads(manifest.to_json())
    hashes = {
        path: h for file in written["files"] for path, h in file["sha256"].items()
    }
    parts = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    hashes |= written["answers"]
    assert set(hashes) == parts - {"manifest.json"} and "answers.npz" in hashes
    for path, digest in hashes.items():
        assert sha256(folder / path) == digest
    for file in written["files"]:
        parts = [(folder / path).stat().st_size for path in file["sha256"]]
        assert sum(parts) == file["bytes"]


def test_manifest_describes_tensors_versions_and_measured_errors(exported):
    manifest, _ = exported
    assert manifest.metadata == {"licence": "Apache-2.0"}
    assert manifest.versions["tensorflow"] == tf.__version__
    image = manifest.signatures["generate"]["outputs"]["image"]
    assert image["shape"] == ["batch", 8, 8, 1] and image["range"] == (0.0, 1.0)
    assert manifest.signatures["generate"]["inputs"]["z"]["law"] == "normal"
    assert [file.format for file in manifest.files] == [
        "saved_model",
        "tflite",
        *["onnx"] * 4,
    ]
    for file in manifest.files:
        assert not [op for op in file.operators if op.startswith("custom")]
        bounds = {"saved_model": 1e-6}
        for outputs in file.errors.values():
            for measured in outputs.values():
                assert measured["batches"] == ([1] if file.batch else [1, 4])
        if "generate" in file.errors:
            measured = file.errors["generate"]["image"]
            assert measured["bound"] == bounds.get(file.format, 1e-5)
            assert measured["error"] <= measured["bound"]


def test_description_travels_inside_each_file(exported):
    manifest, folder = exported
    with zipfile.ZipFile(folder / "model.tflite") as archive:
        inside = json.loads(archive.read("metadata.json"))
    assert inside["signatures"] == json.loads(manifest.to_json())["signatures"]
    beside = folder / "saved_model" / "assets.extra" / "metadata.json"
    assert json.loads(beside.read_text())["metadata"] == manifest.metadata
    properties = onnx.onnx.load(folder / "onnx" / "encode.onnx").metadata_props
    found = {entry.key: entry.value for entry in properties}
    assert found["signature"] == "encode"
    assert set(json.loads(found["signatures"])) == {"encode"}


# Verification fails when it must, and leaves nothing behind.


def slightly_off(concrete):
    """The same function, its outputs larger by a ten-thousandth."""
    names = [tensor.op.name for tensor in concrete.inputs][: len(specs_of(concrete))]

    def function(*inputs):
        outputs = concrete(**dict(zip(names, inputs, strict=True)))
        return {key: value * 1.0001 for key, value in outputs.items()}

    return tf.function(function), specs_of(concrete)


def specs_of(concrete):
    return [
        tf.TensorSpec(tensor.shape, tensor.dtype, name=tensor.op.name)
        for tensor in concrete.inputs
        if tensor.dtype != tf.resource
    ]


def break_converter(monkeypatch, format):
    module = {"saved_model": saved_model, "tflite": tflite, "onnx": onnx}[format]
    seam = "save" if format == "saved_model" else "convert"
    convert = getattr(module, seam)

    def broken(first, *rest):
        if format == "onnx":
            return convert(*slightly_off(first.get_concrete_function(*rest[0])))
        changed = {}
        for name, concrete in first.items():
            function, specs = slightly_off(concrete)
            changed[name] = function.get_concrete_function(*specs)
        return convert(changed, *rest)

    monkeypatch.setattr(module, seam, broken)


@pytest.mark.parametrize("format", export.FORMATS)
def test_a_file_that_is_slightly_wrong_is_not_written(
    model, format, tmp_path, monkeypatch
):
    break_converter(monkeypatch, format)
    with pytest.raises(
        ExportError, match=f'{format}: "image" of "generate" has an err'
    ):
        export.export(model, tmp_path / "out", format, ["generate"])
    assert list(tmp_path.iterdir()) == []


def test_a_failed_export_leaves_the_old_folder_alone(model, tmp_path, monkeypatch):
    old = tmp_path / "out" / "precious.txt"
    old.parent.mkdir()
    old.write_text("old")
    with pytest.raises(OutputRefused, match="--force"):
        export.export(model, tmp_path / "out", "onnx")
    break_converter(monkeypatch, "onnx")
    with pytest.raises(ExportError):
        export.export(model, tmp_path / "out", "onnx", ["generate"], force=True)
    assert old.read_text() == "old"
    monkeypatch.undo()
    export.export(model, tmp_path / "out", "onnx", ["generate"], force=True)
    assert not old.exists()


def test_a_batch_size_folded_into_the_file_is_found(model):
    """Answers that are right for one example, repeated for all, pass at batch 1."""
    truth = verify.Reference(model.signatures())
    artefact = onnx.Artefact("onnx", pathlib.Path("x.onnx"), ("generate",))

    def run(name, inputs):
        (first,) = {k: v[:1] for k, v in inputs.items()}.values()
        one = answers_of(model.signatures()[name], {"z": first})["image"]
        return {"image": np.repeat(one, len(inputs["z"]), axis=0)}

    with pytest.raises(ExportError, match="has an error of"):
        verify.check_values(artefact, run, truth)


@pytest.mark.parametrize("wrong", ["a", "mean", "stddev", "z"])
def test_an_error_in_any_output_is_found(wrong):
    """Not in the first one only, and by the name of the one that is wrong."""
    keys = ("a", "mean", "stddev", "z")
    outputs = dict.fromkeys(keys, CODE)
    model = of(lambda z: {key: tf.sin(z) for key in keys}, outputs=outputs)
    truth = verify.Reference(model.signatures())
    artefact = onnx.Artefact("onnx", pathlib.Path("x.onnx"), ("generate",))

    def run(name, inputs):
        found = answers_of(model.signatures()[name], inputs)
        return found | {wrong: found[wrong] + np.float32(0.01)}

    with pytest.raises(ExportError, match=f'"{wrong}" of "generate" has an error of'):
        verify.check_values(artefact, run, truth)
    measured = verify.quality(artefact, run, truth, MODES["float16"])["generate"]
    assert [key for key in keys if measured[key]["error"] > 0.005] == [wrong]


def test_noise_drawn_while_tracing_is_found(tmp_path):
    """NumPy noise leaves no operator; only a second trace of the model differs."""
    model = of(lambda z: {"image": z + np.random.normal(size=4).astype("float32")})
    with pytest.raises(ExportError, match="does not compute what the model computes"):
        export.export(model, tmp_path / "out", "onnx")


def test_an_empty_result_of_lgamma_with_a_free_batch_is_found(tmp_path):
    model = of(lambda z: {"image": tf.math.lgamma(z)})
    with pytest.raises(ExportError, match=r"shape \(0, 4\).*lost the batch axis"):
        export.export(model, tmp_path / "out", "tflite", tflite_batch=None)


def test_difference_measures_absolute_relative_and_discrete():
    old, new = np.array([0.0, 100.0, -np.inf]), np.array([0.1, 101.0, -np.inf])
    assert verify.difference("difference", old, new, 0.0) == (1.0, 1.0)
    assert verify.difference("difference", old, new, 0.01) == (1.0, 0.1)
    assert verify.difference("difference", old, old * np.nan, 0.0)[1] == np.inf
    assert verify.difference("mismatches", np.arange(4), np.array([0, 1, 2, 9]), 0)[0]
    share = verify.difference("mismatches", np.arange(4), np.array([0, 1, 2, 9]), 0)[0]
    assert share == 0.25


def test_bounds_are_those_promised():
    def of_kind(format, kind):
        return formats.get(format).bound(Spec((), kind, ""))["bound"]

    assert {of_kind("saved_model", kind) for kind in ("image", "log_prob")} == {1e-6}
    assert of_kind("tflite", "image") == of_kind("onnx", "point") == 1e-5
    assert of_kind("onnx", "log_prob") == 1e-4


def test_examples_follow_the_law_the_range_and_the_data():
    uniform = verify.example(Spec((500,), "noise", "", law="uniform"), 4, "a")
    assert uniform.min() >= 0 and uniform.max() < 1 and abs(uniform.mean() - 0.5) < 0.05
    label = verify.example(Spec((), "label", "", "int32", (0, 9)), 500, "a")
    assert label.dtype == np.int32 and set(label) == set(range(10))
    np.testing.assert_array_equal(verify.example(IMAGE, 2, "a", REAL, 5)[0], REAL[5])
    np.testing.assert_array_equal(verify.example(IMAGE, 2, "a", REAL, 5)[1], REAL[0])
    spec = Spec((500,), "latent", "", law="normal")
    np.testing.assert_array_equal(
        verify.example(spec, 2, "a"), verify.example(spec, 2, "a")
    )
    assert (verify.example(spec, 2, "a") != verify.example(spec, 2, "b")).any()


def test_the_reading_process_knows_tensorflow_and_not_us():
    code = (
        "import runpy, sys;"
        f"hidden = runpy.run_path({reader.__file__!r})['Hidden'];"
        "sys.meta_path.insert(0, hidden({'keras_gen'}));"
        "import json, keras_gen"
    )
    run = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True)
    assert b"No module named 'keras_gen' (hidden)" in run.stderr


def test_a_reading_process_that_was_killed_is_reported_and_replaced(monkeypatch):
    dead = running.Reader()
    dead.process.kill()
    with pytest.raises(ExportError, match="reading process died"):
        dead.ask((0, "nowhere"), "generate", {})
    monkeypatch.setattr(running, "_readers", [dead])
    new = running.reader()
    assert new.alive()
    new.process.kill()
    new.process.wait()


# What the tools do not say becomes a sentence.


def bicubic(z):
    column = tf.image.resize(z[:, :, None, None], (4, 1), "bicubic")
    return {"image": column[:, :, 0, 0]}


@pytest.mark.parametrize(
    "format, function, operator",
    [
        ("tflite", lambda z: {"image": tf.math.erf(z)}, "Erf"),
        ("tflite", bicubic, "ResizeBicubic"),
        ("onnx", lambda z: {"image": tf.math.lgamma(z)}, "Lgamma"),
        ("onnx", lambda z: {"image": tf.math.bessel_i1(z)}, "BesselI1"),
    ],
)
def test_unsupported_operators_name_signature_and_operator(
    model, format, function, operator, tmp_path
):
    good = model.signatures()["generate"]
    bad = of(function).signatures()["generate"]
    sentence = f'has no .*operator for {operator} in "decode"[.] [A-Z][^\n]*[.]$'
    with pytest.raises(ExportError, match=sentence):
        export.export(Model(generate=good, decode=bad), tmp_path / "out", format)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "function",
    [
        lambda z: {"image": z + tf.random.normal(tf.shape(z))},
        lambda z: {"image": z + tf.random.stateless_uniform((4,), (1, 2))},
        lambda z: {
            "image": tf.while_loop(
                lambda i, x: i < 2,
                lambda i, x: (i + 1, x + tf.random.stateless_normal((4,), (1, i))),
                (0, z),
            )[1]
        },
        lambda z: {"image": NOISY(z, training=True)},
    ],
)
def test_random_operations_are_refused_before_conversion(function):
    signature = of(function).signatures()["generate"]
    with pytest.raises(ExportError, match="Take the noise as an input"):
        graphs.trace("generate", signature)


def test_training_noise_that_is_switched_off_is_no_obstacle():
    layer = keras.layers.Dropout(0.5)
    signature = of(lambda z: {"image": layer(z)}).signatures()["generate"]
    graphs.trace("generate", signature)


def test_python_callbacks_and_half_precision_are_refused():
    def callback(z):
        return {"image": tf.reshape(tf.numpy_function(np.sin, [z], "float32"), (-1, 4))}

    with pytest.raises(ExportError, match="calls back into Python"):
        graphs.trace("generate", of(callback).signatures()["generate"])
    half = keras.layers.Dense(4, dtype="mixed_float16")
    cast = of(lambda z: {"image": tf.cast(half(z), "float32")})
    with pytest.raises(ExportError, match='under the "float32" policy'):
        graphs.trace("generate", cast.signatures()["generate"])


@pytest.mark.parametrize(
    "function, message",
    [
        (lambda z: {"picture": z}, r"declares the outputs \['image'\] and returns"),
        (lambda z: z, "Return a dict"),
        (lambda z: {"image": z[:, :2]}, r"\(batch, 4\) and returns .*\(batch, 2\)"),
        (lambda z: {"image": tf.cast(z, "int32")}, "as float32 .* and returns int32"),
        (lambda x: {"image": x}, "cannot be traced"),
        (lambda z: {"image": tf.constant(z.numpy())}, "cannot be traced"),
    ],
)
def test_functions_must_be_what_they_declare(function, message):
    with pytest.raises(ExportError, match=message):
        graphs.trace("generate", of(function).signatures()["generate"])


def test_values_must_be_what_they_declare():
    for function, message in (
        (lambda z: {"image": tf.math.log(-1 - z * z)}, "NaN in the model itself"),
        (lambda z: {"image": 2 + z * z}, r"declared to stay in \[0, 1\]"),
        (lambda z: {"image": z[:1] * 0}, "declared as"),
        (lambda z: {"image": z @ z}, "does not run at batch size 1"),
    ):
        outputs = {"image": Spec((4,), "latent", "", range=(0.0, 1.0))}
        model = of(function, outputs=outputs)
        with pytest.raises(ExportError, match=message):
            verify.Reference(model.signatures()).answers("generate", None)


def test_wrong_arguments_get_a_sentence(model, tmp_path, monkeypatch):
    out = tmp_path / "out"
    for error, message, options in (
        (UnknownName, 'Did you mean "onnx"', {"formats": ["onyx"]}),
        (UnknownName, 'Did you mean "encode"', {"signatures": ["encoder"]}),
        (BadInput, "no format", {"formats": []}),
        (BadInput, "no signature", {"signatures": []}),
        (BadInput, r"a batch has shape \(batch, 8, 8, 1\)", {"data": REAL[:, :4]}),
        (BadInput, r"images lie in \[0, 1\]", {"data": REAL * 255}),
        (BadInput, "empty", {"data": REAL[:0]}),
        (BadInput, "as JSON", {"metadata": {"weights": REAL}}),
        (BadInput, "positive whole number", {"tflite_batch": 0}),
    ):
        with pytest.raises(error, match=message):
            export.export(model, out, **options)
    missing = {"onnxruntime"}
    find = export.importlib.util.find_spec
    monkeypatch.setattr(
        export.importlib.util, "find_spec", lambda n: None if n in missing else find(n)
    )
    with pytest.raises(
        ExportError, match='"onnx" needs onnxruntime, which is not inst'
    ):
        export.export(model, out)
    assert list(tmp_path.iterdir()) == []
