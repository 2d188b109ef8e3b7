"""A discriminator that reads, and captions that are true, wrong, or nobody's."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import keras_gen as kg
from keras_gen.errors import BadInput, UnknownName
from keras_gen.networks import gan_cls, mlp, text
from keras_gen.translation.gan_cls import wrong

SHAPE, DIM = (2, 2, 1), 4
WORDS = kg.Vocabulary(("a", "long", "short", "tie"), 5)
SAID = ["a long tie", "a short tie", "a long tie", "tie"]


def generator(dim=DIM, shape=SHAPE):
    z, t = keras.Input((2,)), keras.Input((dim,))
    x = layers.Dense(math.prod(shape), "sigmoid")(layers.Concatenate()([z, t]))
    return keras.Model([z, t], layers.Reshape(shape)(x))


def discriminator(dim=DIM):
    x, t = keras.Input(SHAPE), keras.Input((dim,))
    seen = layers.Concatenate()([layers.Flatten()(x), t])
    return keras.Model([x, t], layers.Dense(1)(layers.Dense(16, "tanh")(seen)))


def model(**options):
    images, captions = mlp.encoder(SHAPE, DIM, 8, 1), text.encoder(WORDS, DIM, 8)
    clip = kg.CLIP(images, captions, WORDS)
    return kg.GANCLS(generator(), discriminator(), clip, **options)


def images(n=4):
    return tf.constant(np.random.default_rng(0).random((n, *SHAPE), "float32"))


def softplus(x):
    return np.log1p(np.exp(np.asarray(x, "float64")))


def task(it, said=SAID):
    return it.task(images(len(said)), WORDS.numbers(said), training=False)


def test_both_losses_are_those_of_the_equation():
    it = model(interpolate=0.3, diversity=0.2)
    x, z, t, other, differs, other_z = task(it)
    fake = it.generator([z, t])
    s_r, s_w = it.discriminator([x, t]), it.discriminator([x, other])
    s_f = it.discriminator([fake, t])
    d = softplus(-s_r).mean() + (softplus(s_w).mean() + softplus(s_f).mean()) / 2
    found = it.discriminator_loss(x, z, t, other, differs)
    assert float(found) == pytest.approx(d, rel=1e-5)
    halfway = (t + other) / 2
    said = it.discriminator([it.generator([z, halfway]), halfway])
    g = softplus(-s_f).mean() + 0.3 * softplus(-said).mean()
    assert float(it.generator_loss(*task(it))) != pytest.approx(g)  # of other noise
    moved = np.abs(it.generator([other_z, t]) - fake).mean((1, 2, 3))
    g += 0.2 * (np.abs(other_z - z).mean(1) / moved).mean()
    found = it.generator_loss(x, z, t, other, differs, other_z)
    assert float(found) == pytest.approx(g, rel=1e-3)


def test_the_third_pair_weighs_as_much_as_the_made_one_and_both_as_the_true_one():
    """Where nothing can be told apart, the loss is log 4 and scores are in balance."""
    it = model()
    scores = tf.zeros((4, 1))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(scores)
        real, mistold, fake = scores + 0.0, scores + 0.0, scores + 0.0
        answers = iter([fake, real, mistold])
        it.judge = lambda *_: next(answers)
        loss = it.discriminator_loss(*task(it))
    assert float(loss) == pytest.approx(math.log(4))
    pulls = [
        float(tf.reduce_sum(tape.gradient(loss, s))) for s in (real, mistold, fake)
    ]
    assert pulls == pytest.approx([-0.5, 0.25, 0.25])
    assert float(tf.reduce_sum(tape.gradient(loss, scores))) == pytest.approx(0)


def test_a_wrong_caption_is_the_next_one_of_other_words():
    said = WORDS.numbers(["a long tie", "A long tie.", "tie", "a short tie", "tie"])
    found, differs = wrong(said)
    assert np.array_equal(found, tf.gather(said, [2, 2, 3, 4, 0]))
    assert differs.numpy().all()


def test_where_all_captions_are_alike_the_made_images_count_twice():
    it = model()
    x, z, t, other, differs, _ = task(it, ["a tie"] * 4)
    assert not differs.numpy().any()
    s_r, s_f = it.judge(x, t), it.judge(it.make(z, t), t)
    loss = softplus(-s_r).mean() + softplus(s_f).mean()
    found = it.discriminator_loss(x, z, t, other, differs)
    assert float(found) == pytest.approx(loss, rel=1e-5)
    # Of the loss of a batch in which one differs, both others are left as they were.
    x, z, t, other, _, _ = task(it)
    s_r, s_f, s_w = it.judge(x, t), it.judge(it.make(z, t), t), it.judge(x, other)
    mistold = np.where([[True], [False], [True], [True]], s_w, s_f)
    loss = softplus(-s_r).mean() + (softplus(s_f) + softplus(mistold)).mean() / 2
    found = it.discriminator_loss(x, z, t, other, np.array([True, False, True, True]))
    assert float(found) == pytest.approx(loss, rel=1e-5)


def test_the_discriminator_reads():
    """What it is shown is real: only the words are wrong."""
    keras.utils.set_random_seed(1)
    it = model()
    judge = keras.optimizers.Adam(2e-2)
    it.compile({"generator": "sgd", "discriminator": judge, "encoder": "sgd"})
    long = np.arange(256) % 2 == 0
    shade = np.where(long, 0.8, 0.2)[:, None, None, None]
    noise = 0.1 * np.random.default_rng(0).normal(size=(256, *SHAPE))
    x = np.float32(np.clip(shade + noise, 0, 1))
    said = np.where(long, "a long tie", "a short tie")
    it.fit(x, said, batch_size=32, epochs=12, verbose=0)
    right = it.discriminate(x, WORDS.numbers(said))["score"].numpy()
    mistold = it.discriminate(x, WORDS.numbers(np.roll(said, -1)))
    assert (right > mistold["score"].numpy() + 0.5).mean() > 0.95


def test_only_its_own_loss_moves_the_encoder():
    it = model(interpolate=1.0)
    x, caption = images(), WORDS.numbers(SAID)
    with tf.GradientTape(persistent=True) as tape:
        given = it.task(x, caption, training=True)
        losses = it.discriminator_loss(*given), it.generator_loss(*given)
        own = it.encoder_loss(x, caption)
    weights = it.encoder.trainable_variables
    for loss in losses:
        assert tape.gradient(loss, weights) == [None] * len(weights)
    assert all(g is not None for g in tape.gradient(own, weights))
    each, _ = it.encoder.terms(x, caption)
    assert float(own) == pytest.approx(float(tf.reduce_mean(each)))
    # ... and neither player hears of the other's.
    made = tape.gradient(own, it.generator.trainable_variables)
    assert made == [None] * len(made)


def test_what_lies_between_are_vectors_and_no_words():
    """Halfway from one caption's vector to another's is the vector of no caption."""
    it, seen = model(interpolate=1.0), []
    make = it.make
    it.make = lambda z, t, training=False: seen.append(t) or make(z, t, training)
    x, z, t, other, differs, _ = task(it)
    it.generator_loss(x, z, t, other, differs)
    plain, between = seen
    np.testing.assert_allclose(plain, it.vectors(WORDS.numbers(SAID)), rtol=1e-6)
    wrong_ones = it.vectors(WORDS.numbers([SAID[i] for i in (1, 2, 3, 0)]))
    np.testing.assert_allclose(between, (plain + wrong_ones) / 2, rtol=1e-6)
    seen.clear()
    it.interpolate = 0.0
    it.generator_loss(x, z, t, other, differs)
    assert len(seen) == 1


def test_a_sentence_asks_and_a_strange_word_is_named():
    it = model()
    numbers = np.repeat(WORDS.asked(["a long tie"]), 3, 0)
    asked = it.sample(3, seed=1, caption="A long tie!")
    assert np.array_equal(asked, it.sample(3, seed=1, caption=numbers))
    assert not np.array_equal(asked, it.sample(3, seed=1, caption="a short tie"))
    with pytest.raises(UnknownName, match=r'"shirt".*near it: short'):
        it.sample(2, caption="a long shirt")
    with pytest.raises(BadInput, match="is told captions, a text for each"):
        it.compile("sgd")
        it.fit(images().numpy(), verbose=0)


def test_what_does_not_fit_is_refused_in_a_sentence():
    it = model()
    parts = it.generator, it.discriminator, it.encoder
    with pytest.raises(BadInput, match=r"vectors of captions, as a CLIP has; .* a VAE"):
        kg.GANCLS(*parts[:2], kg.VAE.small()["plain"]())
    for place, other in (
        (0, generator(DIM + 1)),
        (0, generator(shape=(4, 2, 1))),
        (1, discriminator(DIM + 1)),
    ):
        wrong_parts = [*parts[:place], other, *parts[place + 1 :]]
        with pytest.raises(BadInput, match="vectors of 4 numbers"):
            kg.GANCLS(*wrong_parts)


def test_the_networks_hear_the_caption_everywhere():
    """A vector beside the maps, and a convolution over one place of both."""
    shape = (8, 16, 1)
    made = gan_cls.generator(3, DIM, shape, 2, 5)
    judge = gan_cls.discriminator(shape, DIM, 2, 5)
    x, t = np.zeros((2, *shape), "float32"), np.eye(2, DIM, dtype="float32")
    image, score = made([np.zeros((2, 3)), t]), judge([x, t])
    assert (np.abs(image[0] - image[1]) > 0).mean() > 0.9
    assert abs(float(score[0, 0] - score[1, 0])) > 0
    summed = next(la for la in judge.layers if isinstance(la, layers.Add))
    inside = keras.Model(judge.inputs, [*summed.input, summed.output])
    seen, told, both = (y.numpy() for y in inside([x, t]))
    assert seen.shape == both.shape and told.shape == (2, 1, 1, both.shape[-1])
    np.testing.assert_allclose(both, seen + told, rtol=1e-6)
    assert np.abs(told).max() > 0
