"""What a Gated PixelCNN sees, and what it is told: a label, a vector, a map."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import zoo
from keras_gen import (
    GatedPixelCNN,
)
from keras_gen.autoregressive.base import Autoregressive
from keras_gen.errors import BadInput, UnknownName
from keras_gen.layers.causal import LeftOf
from keras_gen.likelihoods import (
    Categorical,
)
from keras_gen.networks.pixelcnn import gated_pixelcnn
from keras_gen.noise import draw
from tests.laws.autoregressive.shared import (
    IMAGE,
    every,
    lively,
    seen_from,
    total,
    variation,
    wild,
)


def test_gated_pixelcnn_sees_everything_before_the_pixel():
    keras.utils.set_random_seed(1)
    shape = (6, 5, 1)
    network = gated_pixelcnn(shape, 1, width=8, depth=4, first=3, head=(16,))
    place = np.arange(30).reshape(6, 5)
    for pixel in ((3, 0), (5, 2), (5, 4)):
        want = place < place[pixel]
        np.testing.assert_array_equal(seen_from(network, shape, pixel), want)


def test_what_cannot_be_is_refused():
    with pytest.raises(BadInput, match="odd number"):
        gated_pixelcnn((2, 2, 1), 1, size=4)


# Labels.


CLASSES = 3


@pytest.fixture
def labelled():
    network = gated_pixelcnn(IMAGE, 1, 6, 2, first=3, head=(6,), classes=CLASSES)
    return lively(GatedPixelCNN(network))


def test_a_density_for_every_class(labelled):
    """Each sums to one, and they are not the same."""
    x = every(IMAGE, 2)
    wild(labelled)
    densities = []
    for k in range(CLASSES):
        log_prob = labelled.log_prob(x, tf.fill([len(x)], k))
        densities.append(np.exp(np.float64(log_prob)))
        assert densities[-1].sum() == pytest.approx(1, abs=1e-5)
    assert np.abs(densities[0] - densities[1]).sum() > 0.1
    assert np.abs(densities[1] - densities[2]).sum() > 0.1


def test_the_label_is_heard_at_every_pixel_from_the_first(labelled):
    x, code = tf.zeros((1, *IMAGE)), tf.constant([[1.0, 0.0, 0.0]])
    with tf.GradientTape() as tape:
        tape.watch(code)
        y = tf.reshape(labelled.network([x, code]), (1, -1))
    assert (np.abs(tape.jacobian(y, code)) > 0).all()


def test_fast_draws_with_labels_are_those_of_the_definition(labelled):
    noise = draw("uniform", (30, *IMAGE), seed=1)
    label = tf.constant(np.arange(30) % CLASSES, "int32")
    fast = tf.function(labelled.fill, autograph=False)(noise, label=label)
    slow = Autoregressive.fill(labelled, noise, label=label)
    np.testing.assert_array_equal(fast, slow)
    other = labelled.fill(noise, label=(label + 1) % CLASSES)
    assert (other.numpy() != fast.numpy()).any()
    known = np.arange(12).reshape(IMAGE) < 7
    done = labelled.complete(fast, known, noise, label=label)["image"]
    np.testing.assert_array_equal(done, fast)


def test_a_label_that_is_missing_or_not_known_is_refused(labelled):
    with pytest.raises(BadInput, match="knows labels 0 to 2; received label=None"):
        labelled.log_prob(every((1, *IMAGE[1:]), 2)[:1].repeat(3, 1))
    plain = GatedPixelCNN(gated_pixelcnn(IMAGE, 1, 4, 1, head=(4,)))
    with pytest.raises(BadInput, match="knows no labels; received label=2"):
        plain.log_prob(tf.zeros((1, *IMAGE)), 2)
    assert total(plain, every(IMAGE, 2)) == pytest.approx(1, abs=1e-5)


# Embeddings.


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
        fast = tf.function(model.fill, autograph=False)(noise, *arguments, embedding=h)
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
    with pytest.raises(BadInput, match=r"of shape \(.* each; received .*\(2, 5\)"):
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


def test_the_sum_is_one_over_named_levels():
    network = gated_pixelcnn((2, 2, 1), 4, 6, 1, first=3, head=(6,), codes=4)
    assert total(wild(GatedPixelCNN(network, Categorical(4))), every((2, 2, 1), 4)) == (
        pytest.approx(1, abs=1e-5)
    )
    with pytest.raises(BadInput, match="leave groups at 1"):
        gated_pixelcnn((2, 2, 3), 12, 6, groups=3, codes=4)


# The zoo's.


def test_released_weights_draw_what_they_are_told():
    """Characters of the largest size cover more rows than those of the smallest."""
    model = zoo.load("embedding-gated-pixelcnn-glyphs")
    rows = []
    for size in (0.0, 1.0):
        x = model.sample(60, seed=1, embedding=[size, 0.5, 0.5, 0.5])
        rows.append((x.sum((2, 3)) > 1).sum(1).mean())
    assert rows[1] > rows[0] + 2
