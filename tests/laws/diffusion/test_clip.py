"""Pairs that find each other."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import log_softmax

import keras_gen as kg
from keras_gen.errors import BadInput
from keras_gen.metrics.classes import retrieval
from tests.conftest import SMALL, tiny_examples
from tests.laws.diffusion.shared import gaussian


def pairs(model, n=6):
    x, captions = tiny_examples(model, n)
    return x, model.vocabulary.numbers(captions)


def test_the_loss_is_the_mean_of_both_directions():
    """In NumPy; of captions that differ."""
    model = SMALL["CLIP"]()
    x, captions = pairs(model)
    captions = np.eye(6, 5, dtype="int32") + np.arange(6)[:, None] % 4
    images, said = model.encode(x)["latent"], model.encode_caption(captions)["latent"]
    np.testing.assert_allclose(np.linalg.norm(images, axis=-1), 1.0, atol=1e-5)
    logits = np.asarray(images) @ np.asarray(said).T / 0.07
    both = [np.diag(log_softmax(each, -1)) for each in (logits, logits.T)]
    loss, right = model.terms(x, captions)
    np.testing.assert_allclose(loss, -np.mean(both, 0), rtol=1e-4)
    best = logits.max(-1)
    sure = np.abs(np.sort(logits, -1)[:, -2] - best) > 1e-4
    assert np.array_equal(right[sure], (np.diag(logits) == best)[sure])
    pairs_ = model.discriminate(x, captions)["logits"]
    np.testing.assert_allclose(pairs_, np.diag(logits), rtol=1e-4, atol=1e-4)


def test_equal_captions_are_each_other_s():
    model = SMALL["CLIP"]()
    x, captions = pairs(model)
    loss, right = model.terms(x, tf.repeat(captions[:1], 6, 0))
    images = np.asarray(model.encode(x)["latent"])
    said = np.asarray(model.encode_caption(captions[:1])["latent"])[0]
    back = -log_softmax(images @ said / 0.07).mean()  # any of the images is right
    np.testing.assert_allclose(loss, (np.log(6) + back) / 2, rtol=1e-4)
    assert (right.numpy() == 1).all()


def test_the_sharpness_is_learned_and_bounded():
    model = SMALL["CLIP"]()
    assert any(w is model.sharpness for w in model.trainable_weights)
    assert float(model.scale) == pytest.approx(1 / 0.07)
    model.sharpness.assign(9.0)
    assert float(model.scale) == pytest.approx(100.0)


def test_the_captions_network_stands_still_for_the_head_start():
    """And moves from the next step on; that of the images moves in all of them."""
    plain = SMALL["CLIP"]()
    model = kg.CLIP.from_config(plain.get_config() | {"head_start": 2})
    model.compile("sgd", run_eagerly=True)
    x, captions = pairs(model)

    def moved(network):
        before = [w.numpy() for w in network.trainable_weights]
        yield
        after = [w.numpy() for w in network.trainable_weights]
        yield any((a != b).any() for a, b in zip(after, before, strict=True))

    for still in (True, True, False):
        looks = moved(model.images), moved(model.captions)
        for look in looks:
            next(look)
        model.train_on_batch(x, captions)
        assert [next(look) for look in looks] == [True, not still]


def test_a_sentence_steers_a_model_that_was_never_told_anything():
    """Towards what the judge finds described by it."""
    words = kg.Vocabulary(("left", "right"), 3)
    x = keras.Input((2,), name="x")
    points = keras.Model(x, keras.layers.Dense(3)(x))
    # Of no length at a point, a vector would have no direction there.
    points.set_weights([np.eye(2, 3, dtype="float32"), np.array([0, 0, 2], "float32")])
    judge = kg.CLIP(points, kg.networks.text.encoder(words, 3, 4), words)
    model = kg.FlowMatching(kg.networks.denoiser.mlp((2,), 4, 1), average=0.0, steps=20)
    model = gaussian(model)
    numbers = np.repeat(words.asked(["right"]), 500, 0)

    def found(weight):
        steer = weight and kg.steering.to_caption(judge, "right", weight)
        x = model.sample(500, seed=1, steer=steer or None)
        return float(tf.reduce_mean(judge.discriminate(x, numbers)["logits"]))

    assert found(0) + 0.05 < found(0.05) < found(0.2) - 0.05

    # ... or a sentence for each of the batch.
    texts = ["right"] * 250 + ["left"] * 250
    steer = kg.steering.to_caption(judge, texts, 0.2)
    x = model.sample(500, seed=1, batch=500, steer=steer)
    apart = judge.discriminate(x, numbers)["logits"].numpy()
    assert apart[:250].mean() > apart[250:].mean() + 0.1
    for n, batch in ((499, 500), (500, 250), (1000, 500)):
        with pytest.raises(BadInput, match=f"500 examples, one each; here {n} are"):
            model.sample(n, seed=1, batch=batch, steer=steer)
    with pytest.raises(BadInput, match="here 3 are drawn"):
        model.edit(np.zeros((3, 2), "float32"), steer=steer)


def test_who_knows_its_caption_finds_it():
    class Knows:
        def encode(self, x):
            return {"latent": np.asarray(x)}

        def encode_caption(self, captions):
            return {"latent": np.eye(8)[np.asarray(captions)[:, 0]]}

    captions = np.arange(8)[:, None]
    assert retrieval(Knows(), np.eye(8), captions, 5).value == 1
    wrong = retrieval(Knows(), np.eye(8)[::-1], captions, 5)
    assert wrong.value == 0


def test_networks_that_do_not_fit_each_other_are_refused():
    words = kg.Vocabulary(("a",), 3)
    text = kg.networks.text.encoder(words, 4, 4)
    with pytest.raises(BadInput, match="vectors of one size"):
        kg.CLIP(kg.networks.mlp.encoder((4, 4, 1), 3), text, words)
