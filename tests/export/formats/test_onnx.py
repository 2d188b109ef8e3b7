"""ONNX files that every runtime reads, the definition's own evaluator among them."""

import keras
import numpy as np
import onnx
import pytest
import tensorflow as tf
from onnx.reference import ReferenceEvaluator

import export
from export.formats.onnx import contents
from keras_gen.signatures import Spec
from tests.export.test_export import Model, inputs_of, of, small

MAP = Spec((4, 4, 2), "image", "a map", law="uniform")
LABEL = Spec((), "label", "a class", "int32", (0, 9))


def resized(height, width):
    """Nearest neighbours, from 4 by 4."""
    output = {"image": Spec((height, width, 2), "latent", "a map")}

    def function(z):
        image = keras.ops.image.resize(z, (height, width), interpolation="nearest")
        return {"image": image}

    return of(function, {"z": MAP}, output)


def looping():
    """One-hot rows and doubled maps inside the body of a loop."""

    def function(z):
        def body(i, x):
            now = tf.one_hot(i, 4)[None, :, None, None]
            big = tf.image.resize(x, (8, 8), "nearest")
            return i + 1, x + now * big[:, ::2, ::2]

        return {"image": tf.while_loop(lambda i, x: i < 4, body, (0, z))[1]}

    return of(function, {"z": MAP}, {"image": Spec((4, 4, 2), "latent", "a map")})


MODELS = {
    "doubled": lambda: resized(8, 8),
    "tripled": lambda: resized(12, 8),
    "by fractions": lambda: resized(6, 7),
    "smaller": lambda: resized(3, 2),
    "one-hot": lambda: of(
        lambda z: {"image": tf.one_hot(z, 10)},
        {"z": LABEL},
        {"image": Spec((10,), "latent", "")},
    ),
    "a loop": looping,
    "several": small,
}


@pytest.mark.parametrize("name", MODELS)
def test_the_reference_evaluator_computes_the_same(name, tmp_path, capfd):
    model = MODELS[name]()
    export.export(model, tmp_path / "out", "onnx")
    assert "deprecated" not in capfd.readouterr().err
    for key, signature in model.signatures().items():
        path = tmp_path / "out" / "onnx" / f"{key}.onnx"
        inputs = inputs_of(signature)
        tensors = {k: tf.constant(v) for k, v in inputs.items()}
        expected = signature.function(**tensors)
        evaluator = ReferenceEvaluator(str(path))
        found = dict(
            zip(evaluator.output_names, evaluator.run(None, inputs), strict=True)
        )
        for output, value in expected.items():
            np.testing.assert_allclose(found[output], value, atol=1e-5, rtol=1e-5)


def test_no_mode_of_one_runtime_alone_is_left(tmp_path):
    signatures = {}
    for i, model in enumerate((resized(8, 8), resized(6, 7), looping())):
        signatures[f"part_{i}"] = model.signatures()["generate"]
    model = Model(**signatures)
    export.export(model, tmp_path / "out", "onnx")
    seen = set()
    for path in (tmp_path / "out" / "onnx").iterdir():
        for node in contents.nodes(onnx.load(path).graph):
            if node.op_type == "Resize":
                (mode,) = (a.s for a in node.attribute if a.name.startswith("coord"))
                seen.add(mode)
    assert seen == {b"asymmetric", b"half_pixel"}
