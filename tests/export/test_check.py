"""Before the first conversion: the answer is the one that the conversion would give."""

import re

import keras
import pytest
import tensorflow as tf

import export
from export.__main__ import main
from keras_gen.errors import BadInput, ExportError, UnknownName
from keras_gen.signatures import Spec
from tests.export.test_export import bicubic, of, small

WORD = Spec((3, 4), "latent", "", law="normal")
PICTURE = Spec((8, 8, 1), "image", "", law="uniform")


def recurrent():
    network = keras.Sequential([keras.Input((3, 4)), keras.layers.LSTM(4)])
    return of(lambda z: {"image": network(z)}, {"z": WORD})


def upsampled():
    layers = keras.layers
    network = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            *[layers.UpSampling2D() for _ in range(3)],
            layers.Conv2D(1, 3, padding="same"),
        ]
    )
    output = {"image": Spec((64, 64, 1), "logits", "")}
    return of(lambda z: {"image": network(z)}, {"z": PICTURE}, output)


def test_a_model_that_converts_is_told_so_with_its_operators():
    findings = export.check(small())
    assert len(findings) == 4 * 3
    assert {finding.verdict for finding in findings} == {"yes"}, findings
    by = {(f.signature, f.format): f for f in findings}
    assert "While" in by["sample_loop", "tflite"].operators
    assert {"MatMul", "Conv2DBackpropInput"} <= set(by["generate", "onnx"].operators)


@pytest.mark.parametrize(
    "model, format, batch, words",
    [
        (of(lambda z: {"image": tf.math.lgamma(z)}), "onnx", 1, "Lgamma .*factorials"),
        (of(lambda z: {"image": tf.math.lgamma(z)}), "tflite", None, "an empty result"),
        (of(bicubic), "tflite", 1, "ResizeBicubic .*nearest or bilinear"),
        (of(lambda z: {"image": tf.math.bessel_i1(z)}), "onnx", 1, "BesselI1"),
        (of(lambda z: {"image": z + tf.random.normal((4,))}), "onnx", 1, "the noise"),
        (
            of(lambda z: {"image": tf.cast(tf.exp(tf.cast(z, "float64")), "float32")}),
            "tflite",
            1,
            "float64",
        ),
        (recurrent(), "tflite", None, "unroll=True"),
    ],
)
def test_what_will_not_convert_is_told_in_words(model, format, batch, words, tmp_path):
    (finding,) = export.check(model, format, tflite_batch=batch)
    assert finding.verdict == "no"
    text = " ".join(finding.words)
    assert re.search(words, text), text
    with pytest.raises(ExportError):
        export.export(model, tmp_path / "out", format, tflite_batch=batch)


def test_what_is_rewritten_is_named():
    model = of(lambda z: {"image": tf.math.expm1(z) + tf.math.log1p(z * z)})
    (finding,) = export.check(model, "onnx")
    assert (finding.verdict, finding.rewritten) == ("yes", ("Expm1", "Log1p"))
    assert finding.words == ["Rewritten: Expm1, Log1p."]


def test_what_nobody_knows_is_not_guessed():
    for function, words in (
        (lambda z: {"image": tf.math.erf(z)}, "part of an exact GELU"),
        (lambda z: {"image": tf.math.nextafter(z, z)}, "on no list"),
    ):
        (finding,) = export.check(of(function), "tflite")
        assert finding.verdict == "unknown"
        assert words in finding.words[0]


def test_sizes_that_may_get_lost_are_no_surprise(tmp_path):
    (finding,) = export.check(upsampled(), "tflite", tflite_batch=None)
    assert finding.verdict == "unknown"
    assert "keras.ops.image.resize" in finding.words[0]
    with pytest.raises(ExportError, match="Conv2D"):
        export.export(upsampled(), tmp_path / "out", "tflite", tflite_batch=None)
    (finding,) = export.check(upsampled(), "tflite")
    assert finding.verdict == "yes"
    export.export(upsampled(), tmp_path / "out", "tflite")


def test_wrong_names_get_a_sentence():
    with pytest.raises(UnknownName, match='Did you mean "onnx"'):
        export.check(small(), "onyx")
    with pytest.raises(UnknownName, match='Did you mean "encode"'):
        export.check(small(), "onnx", "encod")
    with pytest.raises(BadInput, match="positive whole number"):
        export.check(small(), "onnx", tflite_batch=0)


def test_the_command_prints_a_table_and_says_no_by_its_exit_code(monkeypatch, capsys):
    import zoo

    assert main(["check", "gan-ring", "--signatures", "generate"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("generate") == 3 and printed.count("yes") == 3
    bad = of(lambda z: {"image": tf.math.lgamma(z)})
    monkeypatch.setattr(zoo, "build", lambda name: bad, raising=False)
    assert main(["check", "gan-ring", "--format", "onnx", "--json"]) == 1
    assert '"verdict": "no"' in capsys.readouterr().out


def test_a_signature_that_lies_about_itself_is_found():
    (finding,) = export.check(of(lambda z: {"picture": z}), "saved_model")
    assert finding.verdict == "no" and "exactly the declared names" in finding.words[0]
