"""Files of a translator take images of any size, and compute what Keras does."""

import json

import numpy as np
import pytest
import tensorflow as tf

import export
from export import elsewhere
from export.__main__ import main
from export.manifest import Artefact
from keras_gen import Pix2Pix
from keras_gen.errors import BadInput, ExportError
from keras_gen.networks import pix2pix
from keras_gen.signatures import Signature, Spec
from tests.conftest import SMALL
from tests.export.test_export import Model

SIZES = (8, 8), (20, 12)  # of neither does a file know anything
FREE = ["Pix2Pix", "StarGAN", "ContextEncoder"]


@pytest.mark.parametrize("name", FREE)
def test_each_file_agrees_with_keras_at_every_size(name, tmp_path):
    model = SMALL[name]()
    signature = next(iter(model.signatures()))
    out = tmp_path / "out"
    manifest = export.export(model, out, signatures=signature, any_size=True)
    assert {file.format for file in manifest.files} == set(export.FORMATS)
    rng = np.random.default_rng(0)
    for file in manifest.files:
        home = export.FORMATS[file.format]
        made = Artefact(file.format, out / file.path, (signature,), file.batch)
        run = home.load(made)
        for size in SIZES:
            there = model.at_size(*size).signatures()[signature]
            given = {
                key: rng.random((1, *spec.shape)).round(spec.kind == "mask")
                if spec.kind != "label"
                else np.zeros((1, *spec.shape))
                for key, spec in there.inputs.items()
            }
            given = {k: v.astype(there.inputs[k].dtype) for k, v in given.items()}
            (found,) = run(signature, given).values()
            (expected,) = there.function(**given).values()
            assert found.shape == (1, *size, 1)
            np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_reshape_at_the_end_of_a_graph_is_squeezed_too(monkeypatch):
    """tf2onnx left the squeeze out whenever an Identity had gone before."""
    import onnxruntime
    from tf2onnx import optimizer

    from export.formats.onnx.writing import convert

    passes = dict(optimizer._optimizers)
    first = {key: passes[key] for key in ("optimize_transpose", "remove_identity")}
    monkeypatch.setattr(optimizer, "_optimizers", first | passes)
    spec = tf.TensorSpec((None, 1, None, None), "float32", "x")
    turned = tf.function(lambda x: tf.transpose(x, (0, 2, 3, 1)))
    model = convert(turned, [spec])
    assert "Transpose" not in {node.op_type for node in model.graph.node}
    run = onnxruntime.InferenceSession(model.SerializeToString()).run
    x = np.random.default_rng(0).random((2, 1, 3, 5), "float32")
    (found,) = run(None, {model.graph.input[0].name: x})
    np.testing.assert_array_equal(found, np.transpose(x, (0, 2, 3, 1)))


def test_a_file_says_that_its_size_is_an_example(tmp_path, capsys):
    import onnx

    out = tmp_path / "out"
    export.export(SMALL["CycleGAN"](), out, "onnx", any_size=True)
    described = json.loads((out / "manifest.json").read_text())["signatures"]
    x = described["translate"]["inputs"]["x"]
    assert (x["shape"], x["any_size"]) == (["batch", 4, 4, 1], True)
    graph = onnx.load(out / "onnx" / "translate.onnx").graph
    for value in (*graph.input, *graph.output):
        dims = value.type.tensor_type.shape.dim
        sides = [f"{value.name}_height", f"{value.name}_width"]
        assert [d.dim_param for d in dims] == ["batch", *sides, ""]
    assert main(["show", str(out / "onnx" / "translate.onnx")]) == 0
    assert "(batch, height, width, 1)" in capsys.readouterr().out


def test_a_size_that_does_not_follow_the_images_is_found(tmp_path):
    """Declared to be free, and always that of the training."""
    image = Spec((4, 4, 1), "image", "")

    def model(size):
        def fixed(x):
            return {"image": tf.image.resize(x, size)}

        made = Model(translate=Signature(fixed, {"x": image}, {"image": image}))
        made.at_size = lambda *_: made
        return made

    with pytest.raises(ExportError, match=r"shape \(1, 4, 4, 1\) .* \(1, 8, 12, 1\)"):
        export.export(model((4, 4)), tmp_path / "out", "onnx", any_size=True)


def test_c_is_told_in_a_sentence_that_it_takes_one_size(tmp_path):
    out = tmp_path / "out"
    export.export(SMALL["Pix2Pix"](), out, "tflite", any_size=True)
    with pytest.raises(ExportError, match=r"takes any: export without .* --any-size"):
        elsewhere.check(out, ["c"])


@pytest.mark.parametrize(
    "name, sentence",
    [
        ("VAE", "VAE makes examples of one size; only a translator"),
        ("Reenactment", r"cannot take images of any size \(.*only convolutions"),
    ],
)
def test_what_has_one_size_is_refused_in_a_sentence(name, sentence, tmp_path):
    with pytest.raises(BadInput, match=sentence):
        export.export(SMALL[name](), tmp_path / "out", "onnx", any_size=True)
    assert list(tmp_path.iterdir()) == []


def test_a_unet_that_was_trained_on_crops_translates_whole_images(tmp_path):
    """By the command, of a file of one's own; LiteRT is told the size first."""
    from ai_edge_litert.interpreter import Interpreter

    shape = (16, 16, 3)
    model = Pix2Pix(
        pix2pix.generator(shape, 1, 4, 3), pix2pix.discriminator((16, 16, 1), 3, 4, 1)
    )
    model.save(tmp_path / "mine.keras")
    command = [str(tmp_path / "mine.keras"), "--format", "tflite", "onnx", "--any-size"]
    assert main([*command, "--out", str(tmp_path / "out")]) == 0
    x = np.random.default_rng(1).random((1, 24, 40, 3), "float32")
    expected = model.at_size(24, 40).translate(x)["image"]
    interpreter = Interpreter(str(tmp_path / "out" / "model.tflite"))
    (taken,) = interpreter.get_input_details()
    interpreter.resize_tensor_input(taken["index"], x.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(taken["index"], x)
    interpreter.invoke()
    (made,) = interpreter.get_output_details()
    np.testing.assert_allclose(
        interpreter.get_tensor(made["index"]), expected, atol=1e-5
    )
