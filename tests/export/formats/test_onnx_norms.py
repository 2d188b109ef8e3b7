"""An instance norm is one operator in a file, where nobody reads what is inside."""

import keras
import onnx
import pytest
import tensorflow as tf

import export
from keras_gen.layers.instance_norm import InstanceNorm
from keras_gen.signatures import Signature, Spec
from tests.export.test_export import Model

SHAPE = (6, 4, 3)


def network(scale):
    x = keras.Input(SHAPE)
    y = keras.layers.Conv2D(5, 3, padding="same")(x)
    y = keras.layers.Conv2D(2, 3, padding="same")(InstanceNorm()(y * scale))
    return keras.Model(x, y)


def norm_within(x):
    """The same operators, whose middle is a result, too."""
    x = x - tf.reduce_mean(x, (1, 2), keepdims=True)
    r = tf.math.rsqrt(tf.reduce_mean(x**2, (1, 2), keepdims=True) + 1e-5)
    return x * r, r


def operators(function, outputs, out):
    about = {"x": Spec(SHAPE, "image", "an image", range=(0, 1))}
    signature = Signature(function, about, outputs)
    export.export(Model(run=signature), out, "onnx")
    return [node.op_type for node in onnx.load(out / "onnx" / "run.onnx").graph.node]


@pytest.mark.parametrize("scale", [1e-2, 1.0, 1e3])
def test_a_norm_is_one_operator_and_verified(scale, tmp_path):
    """The smallest of the scales is that where its epsilon counts."""
    keras.utils.set_random_seed(0)
    made = network(scale)
    outputs = {"y": Spec((6, 4, 2), "latent", "maps")}
    found = operators(lambda x: {"y": made(x)}, outputs, tmp_path / "out")
    assert found.count("InstanceNormalization") == 1
    assert not {"ReduceMean", "Sqrt", "Sub"} & set(found)


def test_a_norm_of_which_more_is_asked_stays_as_it_is(tmp_path):
    keras.utils.set_random_seed(0)
    first, last = (keras.layers.Conv2D(n, 3, padding="same") for n in (5, 2))

    def function(x):
        y, r = norm_within(first(x))
        return {"y": last(y), "r": r}

    outputs = {"y": Spec((6, 4, 2), "latent", "maps")}
    outputs["r"] = Spec((1, 1, 5), "latent", "their scales")
    found = operators(function, outputs, tmp_path / "out")
    assert "InstanceNormalization" not in found and "Sqrt" in found
