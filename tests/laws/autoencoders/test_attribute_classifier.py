"""Attributes: one likelihood of all answers, each answer by its own columns."""

import numpy as np
import pytest

from keras_gen import metrics
from keras_gen.autoencoders.attribute_classifier import AttributeClassifier
from keras_gen.data import Spec
from keras_gen.errors import BadInput, UnknownName
from keras_gen.networks import mlp

SHAPE = (3, 2, 1)
ATTRIBUTES = {"glasses": 2, "hair": 3, "hat": 2}
RNG = np.random.default_rng(0)
X = RNG.random((64, *SHAPE)).astype("float32")
GLASSES, HAIR, HAT = (RNG.integers(0, k, 64) for k in (2, 3, 2))
H = np.concatenate(
    [GLASSES[:, None], np.eye(3)[HAIR], HAT[:, None]], axis=1, dtype="float32"
)


@pytest.fixture(scope="module")
def model():
    model = AttributeClassifier(mlp.encoder(SHAPE, 5, 6, activation="tanh"), ATTRIBUTES)
    model.compile("sgd")
    return model


def test_loss_is_the_surprise_at_all_attributes(model):
    logits = model.network(X).numpy().astype("float64")
    p = 1.0 / (1.0 + np.exp(-logits))
    bits = sum(
        -np.log(np.where(true, p[:, c], 1 - p[:, c]))
        for c, true in ((0, GLASSES), (4, HAT))
    )
    hair = np.exp(logits[:, 1:4])
    bits -= np.log((hair / hair.sum(-1, keepdims=True))[np.arange(64), HAIR])
    tested = model.evaluate(X, H, verbose=0, return_dict=True)
    assert tested["loss"] == pytest.approx(bits.mean(), rel=1e-5)

    answers = model.answers(X, batch=10)
    wanted = (logits[:, 0] > 0, logits[:, 1:4].argmax(-1), logits[:, 4] > 0)
    for name, answer in zip(ATTRIBUTES, wanted, strict=True):
        assert np.array_equal(answers[name], answer)
    right = [
        (answers[n] == y).mean()
        for n, y in zip(ATTRIBUTES, (GLASSES, HAIR, HAT), strict=True)
    ]
    assert tested["accuracy"] == pytest.approx(np.mean(right))
    card = metrics.evaluate(model, (X, H), (X, H), None)
    assert card["accuracy"]["value"] == pytest.approx(np.mean(right))
    assert [card[f"accuracy_{n}"]["value"] for n in ATTRIBUTES] == pytest.approx(right)


def test_a_judge_is_a_classifier_of_the_attributes_it_was_asked_for(model):
    judge, answers = model.judging("hat", "hair"), model.answers(X)
    assert judge.classes == 6
    assert np.array_equal(judge.said(X), 3 * answers["hat"] + answers["hair"])
    assert np.array_equal(model.judging("hair").said(X), answers["hair"])
    assert np.array_equal(judge.features(X), model.features(X))
    with pytest.raises(UnknownName, match="Known: glasses, hair, hat"):
        model.judging("beard")
    with pytest.raises(BadInput, match="ask for `answers"):
        model.said(X)


def test_a_network_of_another_width_is_refused_in_words():
    with pytest.raises(BadInput, match=r"have 5 logits.*network gives 7"):
        AttributeClassifier(mlp.encoder(SHAPE, 7, 6), ATTRIBUTES)


def test_factors_with_classes_become_columns():
    """Of two classes one, of more one for each; a continuous factor is rescaled."""
    spec = Spec("glyphs", embedding=("slant", "class", "size"))
    _, h = next(iter(spec.load("test", batch=32)))
    columns = {
        n: next(iter(Spec("glyphs", labels=n).load("test", batch=32)))[1].numpy()
        for n in spec.embedding
    }
    low, high = spec.info.ranges["size"]
    wanted = [columns["slant"][:, None], np.eye(36)[columns["class"]]]
    wanted += [(columns["size"][:, None] - low) / (high - low)]
    np.testing.assert_allclose(h, np.concatenate(wanted, 1), atol=1e-6)
