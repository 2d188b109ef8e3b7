"""Laws of what a Gated PixelCNN is told: a vector for the image, or a map of it."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import zoo
from keras_gen import GatedPixelCNN, data
from keras_gen.autoregressive.base import Autoregressive
from keras_gen.errors import BadInput, UnknownName
from keras_gen.layers.causal import LeftOf
from keras_gen.layers.onehot import OneHot
from keras_gen.likelihoods import Categorical
from keras_gen.networks.pixelcnn import gated_pixelcnn
from keras_gen.noise import draw
from tests.laws.autoregressive.test_autoregressive import (
    IMAGE,
    every,
    lively,
    total,
    variation,
    wild,
)

SHAPES = {"vector": (2,), "map": (3, 4, 2)}


@pytest.fixture(params=SHAPES)
def told(request):
    return made(SHAPES[request.param])


def made(embedding=None, law=None, **options):
    network = gated_pixelcnn(
        IMAGE, 1, 6, 2, first=3, head=(6,), embedding=embedding, **options
    )
    return GatedPixelCNN(network, embedding_law=law)


def embeddings(model, n, seed=4):
    return draw("normal", (n, *model.embedding), seed)


def test_a_density_for_every_embedding(told):
    """All of them sum to one, and they differ."""
    x, model = every(IMAGE, 2), wild(told)
    h = embeddings(model, 3)
    seen = []
    for one in h:
        log_p = model.log_prob(x, embedding=tf.repeat(one[None], len(x), 0))
        seen.append(np.exp(np.float64(log_p)))
        assert seen[-1].sum() == pytest.approx(1, abs=1e-5)
    assert np.abs(seen[0] - seen[1]).sum() > 0.1
    by_place = model.log_prob(x, tf.repeat(h[2][None], len(x), 0))  # as metrics give it
    np.testing.assert_array_equal(np.exp(np.float64(by_place)), seen[2])


def heard(model):
    """d parameters / d embedding: (height * width, numbers of the embedding)."""
    h = embeddings(model, 8)
    with tf.GradientTape() as tape:
        tape.watch(h)
        params = model.parameters(tf.zeros((8, *IMAGE)), embedding=h)
        params = tf.reshape(params, [8, 12])
    return np.abs(tape.batch_jacobian(params, h)).max(0).reshape(12, -1)


def test_a_vector_is_heard_at_every_pixel():
    assert heard(wild(made(SHAPES["vector"]))).min() > 0


def test_a_map_says_where():
    """It is heard at its own pixel, and nowhere in the rows above it."""
    seen = heard(wild(made(SHAPES["map"]))).reshape(12, 12, 2)
    assert seen[np.arange(12), np.arange(12)].min() > 0
    row = np.arange(12) // 4
    assert seen[row[:, None] < row[None, :]].max() == 0


def test_fast_draws_with_embeddings_are_those_of_the_definition(told):
    """Bit for bit; with known pixels, which stay, and with a temperature, too."""
    model = lively(told)
    noise, h = draw("uniform", (30, *IMAGE), seed=1), embeddings(model, 30)
    given = draw("uniform", (30, *IMAGE), seed=2).numpy().round()
    known = np.random.default_rng(0).random((30, *IMAGE)) < 0.4
    for arguments in ((), (given, known), (None, None, 0.5)):
        fast = tf.function(model.fill)(noise, *arguments, embedding=h)
        slow = Autoregressive.fill(model, noise, *arguments, embedding=h)
        np.testing.assert_array_equal(fast, slow)
    other = model.fill(noise, embedding=-h).numpy()
    assert (other != model.fill(noise, embedding=h).numpy()).any()
    done = model.complete(given, known, noise, embedding=h)["image"]
    np.testing.assert_array_equal(done.numpy()[known], given[known])


def test_completion_follows_the_conditional_of_its_embedding():
    """The first seven pixels are known: the other five have 32 states."""
    model, n = lively(made(SHAPES["map"])), 20_000
    known = np.arange(12).reshape(IMAGE) < 7
    x = np.random.default_rng(3).random((1, *IMAGE)).round().astype("float32")
    h = 3 * embeddings(model, 1)
    noise = draw("uniform", (n, *IMAGE), seed=3)
    done = model.complete(
        np.repeat(x, n, 0), known, noise, embedding=tf.repeat(h, n, axis=0)
    )["image"].numpy()
    states = done.reshape(n, 12)[:, 7:] @ 2 ** np.arange(4, -1, -1)
    share = np.bincount(states.astype(int), minlength=32) / n
    rest = np.where(known, x, every(IMAGE, 2)[:32])

    def conditional(h):
        p = np.exp(np.float64(model.log_prob(rest, embedding=tf.repeat(h, 32, axis=0))))
        return p / p.sum()

    found, limit = variation(share, conditional(h), n)
    assert found < limit
    other, limit = variation(share, conditional(-h), n)
    assert other > limit  # another embedding's is another


def test_samples_follow_what_they_are_told_or_a_draw_of_it():
    model = lively(made((2,), law="uniform"))
    spec = model.signatures()["sample_loop"].inputs["embedding"]
    assert (spec.shape, spec.law) == ((2,), "uniform")
    free = model.sample(50, seed=3)
    assert np.array_equal(free, model.sample(50, seed=3))
    h = np.array([0.25, 0.75])  # float64, as a reader would write it
    same = [model.sample(50, 3, embedding=e) for e in (h, np.tile(h, (50, 1)))]
    np.testing.assert_array_equal(*same)
    assert (free != same[0]).any()
    with pytest.raises(
        BadInput, match=r"shape .2,. for all, or one for each of the 50"
    ):
        model.sample(50, 3, embedding=[1.0, 2.0, 3.0])
    with pytest.raises(BadInput, match=r"conditioned on .embedding"):
        made((2,)).sample(3)


def test_embeddings_train_and_are_checked_before():
    model, h = made((2,)), embeddings(made((2,)), 32).numpy()
    x = every(IMAGE, 2)[:32]
    model.compile("sgd")
    assert np.isfinite(model.fit(x, h, verbose=0).history["nll"]).all()
    with pytest.raises(BadInput, match=r"received examples alone. Give pairs"):
        model.fit(x)
    with pytest.raises(BadInput, match=r"of shape .2,. each; received .* .32, 3."):
        model.fit(x, np.zeros((32, 3), "float32"))
    with pytest.raises(BadInput, match="NaN"):
        model.fit(x, np.full((32, 2), np.nan, "float32"))
    with pytest.raises(BadInput, match="int64 of shape"):
        model.fit(x, np.zeros((32, 2), "int64"))


def test_what_is_not_what_the_network_is_told_is_refused(told):
    x = tf.zeros((2, *IMAGE))
    with pytest.raises(BadInput, match=r"knows embeddings of shape .*embedding=None"):
        told.log_prob(x)
    with pytest.raises(BadInput, match="knows no labels; received label=1"):
        told.log_prob(x, label=1, embedding=embeddings(told, 2))
    with pytest.raises(BadInput, match=r"one for each example; received .2, 5."):
        told.log_prob(x, embedding=tf.zeros((2, 5)))
    with pytest.raises(BadInput, match="a label is one in itself"):
        made((2,), classes=3)
    with pytest.raises(BadInput, match=r"height and width, .3, 4, numbers.; received"):
        made((4, 3, 2))
    with pytest.raises(UnknownName, match='Did you mean "uniform"'):
        made((2,), law="unifrom")
    h, image = keras.Input((2,), name="h"), keras.Input(IMAGE, name="x")
    with pytest.raises(BadInput, match=r'one input, "label" or "embedding".* has h'):
        GatedPixelCNN(keras.Model([image, h], LeftOf(1, 1, "A")(image)))


# Levels that are names.


def test_a_one_hot_code_is_of_the_right_level_in_every_precision():
    """As many as half precision could not tell apart."""
    k = np.arange(1000, dtype="float32")
    for policy in ("float32", "mixed_float16", "mixed_bfloat16"):
        layer = OneHot(1000, dtype=policy)
        code = layer((k / 999).reshape(1, 10, 100, 1))
        assert code.dtype == layer.compute_dtype
        np.testing.assert_array_equal(np.argmax(code, -1).reshape(-1), k)
        np.testing.assert_array_equal(np.sum(np.float32(code), -1), 1)


def test_the_sum_is_one_over_named_levels():
    network = gated_pixelcnn((2, 2, 1), 4, 6, 1, first=3, head=(6,), codes=4)
    assert total(wild(GatedPixelCNN(network, Categorical(4))), every((2, 2, 1), 4)) == (
        pytest.approx(1, abs=1e-5)
    )
    with pytest.raises(BadInput, match="leave groups at 1"):
        gated_pixelcnn((2, 2, 3), 12, 6, groups=3, codes=4)


# The data.


def test_an_embedding_is_made_of_factors_in_their_order_from_0_to_1():
    names = ("rotation", "size")
    x, h = data.arrays("glyphs", "validation", embedding=names)
    same, factors = data.arrays("glyphs", "validation", labels=names)
    np.testing.assert_array_equal(x, same)
    assert h.dtype == np.float32
    for column, name in zip(h.T, names, strict=True):
        low, high = {"rotation": (-12, 12), "size": (14, 19.5)}[name]
        want = (factors[name] - low) / (high - low)
        np.testing.assert_allclose(column, want, atol=1e-6)
        assert column.min() == pytest.approx(0, abs=0.01)
        assert column.max() == pytest.approx(1, abs=0.01)
    batch = next(iter(data.Spec("glyphs", "static", embedding=names).load(batch=8)))
    assert [t.shape for t in batch] == [(8, 28, 28, 1), (8, 2)]
    with pytest.raises(BadInput, match=r'"class" of glyphs has none .those of'):
        data.load("glyphs", embedding=("class",))
    with pytest.raises(BadInput, match="labels or an embedding"):
        data.load("glyphs", embedding=names, labels="class")
    with pytest.raises(UnknownName, match='Did you mean "size"'):
        data.load("glyphs", embedding=("sice",))


def test_released_weights_draw_what_they_are_told():
    """Characters of the largest size cover more rows than those of the smallest."""
    model = zoo.load("embedding-gated-pixelcnn-glyphs")
    rows = []
    for size in (0.0, 1.0):
        x = model.sample(60, seed=1, embedding=[size, 0.5, 0.5, 0.5])
        rows.append((x.sum((2, 3)) > 1).sum(1).mean())
    assert rows[1] > rows[0] + 2
