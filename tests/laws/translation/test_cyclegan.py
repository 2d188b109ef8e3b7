"""Two kinds of images, two ways between them, and a pool that forgets by its noise."""

import math

import numpy as np
import pytest
import tensorflow as tf

from keras_gen import CycleGAN
from keras_gen.errors import BadInput
from keras_gen.layers.pool import Pool
from keras_gen.networks import cyclegan, pix2pix
from keras_gen.translation import kinds

SHAPE = (8, 8, 1)


def model(a=SHAPE, b=SHAPE, **options):
    return CycleGAN(
        cyclegan.generator(a, b[-1], 4, 1, 1),
        cyclegan.generator(b, a[-1], 4, 1, 1),
        *(pix2pix.discriminator(shape, width=4, strides=1) for shape in (a, b)),
        **options,
    )


def images(n, seed=0, shape=SHAPE):
    return tf.constant(np.random.default_rng(seed).random((n, *shape), "float32"))


def test_both_losses_are_those_of_the_equation():
    it, a, b = model(cycle=3.0, identity=0.25, pool=0), images(5), images(5, 1)
    made_a, made_b = it.back(b), it.forward(a)
    scores = {
        "real": (it.critic_a(a), it.critic_b(b)),
        "made": (it.critic_a(made_a), it.critic_b(made_b)),
    }
    real, made = ([np.asarray(s) for s in scores[k]] for k in ("real", "made"))
    d = sum(((r - 1) ** 2).mean() / 2 for r in real)
    d += sum((m**2).mean() / 2 for m in made)
    data = tf.data.Dataset.from_tensors((a, b))
    *_, shown = it.task(next(iter(data)), training=False)
    assert float(it.discriminator_loss(a, b, shown)) == pytest.approx(d, rel=1e-5)

    def apart(x, y):
        return np.abs(np.asarray(x) - np.asarray(y)).mean((1, 2, 3))

    cycle = apart(it.back(made_b), a), apart(it.forward(made_a), b)
    still = apart(it.forward(b), b).mean() + apart(it.back(a), a).mean()
    g = sum(((m - 1) ** 2).mean() / 2 for m in made)
    g += 3.0 * (cycle[0].mean() + cycle[1].mean()) + 0.25 * 3.0 * still
    loss, error = it.generator_loss(a, b)
    assert float(loss) == pytest.approx(g, rel=1e-5)
    np.testing.assert_allclose(error, (cycle[0] + cycle[1]) / 2, rtol=1e-4)


def test_there_is_no_error_of_a_cycle_where_the_ways_are_inverse():
    it = model(loss="wasserstein", pool=0)
    it.forward, it.back = (lambda x, training: x**2), (lambda x, training: x**0.5)
    _, error = it.generator_loss(images(3), images(3, 1))
    assert float(tf.reduce_max(error)) < 1e-6
    it.back = it.forward
    _, error = it.generator_loss(images(3), images(3, 1))
    assert float(tf.reduce_min(error)) > 0.05


def test_the_slope_of_the_distance_is_a_sign():
    """... over the number of values: however wrong a pixel is, it pulls as hard."""
    it, x = model(), tf.constant([0.1, 0.5, 0.9, 0.5] * 16, shape=(1, *SHAPE))
    y = tf.Variable(tf.fill((1, *SHAPE), 0.6))
    with tf.GradientTape() as tape:
        loss = it.distance(x, y)
    slope = tape.gradient(loss, y).numpy().ravel()
    np.testing.assert_allclose(slope, np.sign(0.6 - x.numpy().ravel()) / 64, rtol=1e-6)


class Sequential:
    """The pool one image after another, as its docstring has it."""

    def __init__(self, size):
        self.size, self.kept = size, []

    def __call__(self, x, noise):
        shown = []
        for image, (u, v) in zip(x, noise, strict=True):
            place = int(np.float32(v) * self.size)
            if len(self.kept) < self.size:
                self.kept.append(image)
                shown.append(image)
            elif u < 0.5:
                shown.append(self.kept[place])
                self.kept[place] = image
            else:
                shown.append(image)
        return np.array(shown)


def test_the_pool_of_a_batch_is_that_of_its_images_one_by_one():
    rng = np.random.default_rng(0)
    pool, reference = Pool(5, (1, 1, 1)), Sequential(5)
    for n in (3, 4, 1, 16, 7):  # it fills up within the second batch
        x = rng.random((n, 1, 1, 1), "float32")
        noise = rng.random((n, 2), "float32")
        shown = pool.show(tf.constant(x), tf.constant(noise)).numpy()
        np.testing.assert_array_equal(shown, reference(x, noise))
        kept = pool.images.numpy()[: len(reference.kept)]
        np.testing.assert_array_equal(kept, reference.kept)
    assert int(pool.count.value) == 5


def test_critics_are_shown_the_pool_and_tests_are_not():
    it, a, b = model(pool=2), images(2), images(2, 1)
    it.task((images(2, 2), images(2, 3)), training=True)  # fills it
    made = it.forward(a).numpy()
    *_, (_, shown) = it.task((a, b), training=False)
    np.testing.assert_allclose(shown, made, atol=1e-6)
    old = it.pools[1].images.numpy()
    it.noise = lambda *_: tf.zeros((2, 2))  # each takes the first place
    *_, (_, shown) = it.task((a, b), training=True)
    np.testing.assert_array_equal(shown[0], old[0])
    np.testing.assert_allclose(shown[1], made[0], atol=1e-6)


def test_the_error_of_a_kind_is_a_distance_of_moments_over_the_whole_epoch():
    shape, rng = (8, 12, 2), np.random.default_rng(0)
    made, real = (rng.random((30, *shape), "float32") * k for k in (0.5, 1))
    corner = real[:, :2, :3, 0].mean((1, 2))
    made, real = (kinds.statistics(tf.constant(x)).numpy() for x in (made, real))
    assert made.shape == (30, kinds.size(shape))
    np.testing.assert_allclose(real[:, 0], corner, rtol=1e-5)
    meter = kinds.KindError(kinds.size(shape))
    for i in range(0, 30, 8):  # the last batch is not whole
        meter.update_state(made[i : i + 8], real[i : i + 8])
    wanted = ((made.mean(0) - real.mean(0)) ** 2).sum()
    assert float(meter.result()) == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize("training", [True, False])
def test_what_becomes_of_an_image_does_not_depend_on_its_neighbours(training):
    network = cyclegan.generator((8, 16, 2), 3, 4, 1)
    x = images(4, shape=(8, 16, 2))
    alone = [network(x[i : i + 1], training=training).numpy()[0] for i in range(4)]
    np.testing.assert_allclose(network(x, training=training), alone, atol=1e-5)


def test_kinds_may_differ_in_channels_and_pictures_in_size():
    """Trained on crops it translates whole images, by the same weights."""
    it = model(b=(8, 8, 3), identity=0.0, pool=2)
    a, b = images(2), images(2, 1, (8, 8, 3))
    it.compile("sgd", run_eagerly=True)
    it.fit(a, b, batch_size=2, verbose=0)
    trial = it.trial(a)
    assert trial.made.shape == b.shape and trial.back.shape == a.shape
    whole = it.at_size(12, 16)
    assert whole.translate(images(1, shape=(12, 16, 1)))["image"].shape[1:3] == (12, 16)
    same = whole.at_size(8, 8).translate_back(b)["image"]
    np.testing.assert_allclose(same, it.translate_back(b)["image"], atol=1e-6)


def test_what_does_not_fit_is_refused_in_a_sentence():
    with pytest.raises(BadInput, match=r"cannot be left as they are.*identity=0"):
        model(b=(8, 8, 3))
    with pytest.raises(BadInput, match="the critics judge"):
        CycleGAN(
            *(cyclegan.generator(SHAPE, 1, 4, 1, 1) for _ in "ab"),
            *(pix2pix.discriminator((4, 4, 1), width=4, strides=1) for _ in "ab"),
        )
    with pytest.raises(BadInput, match="multiples of 4, and at least 8"):
        cyclegan.generator((6, 8, 1), 1)
    it = model(pool=0)
    it.compile("sgd")
    with pytest.raises(BadInput, match="images of the other kind: give `fit` two"):
        it.fit(images(2).numpy())
    with pytest.raises(BadInput, match="4 images and 2 images of the other kind"):
        it.fit(images(4).numpy(), images(2).numpy())
    with pytest.raises(BadInput, match=r"\(8, 8, 1\); received \(4, 4, 1\)"):
        it.fit(images(2).numpy(), images(2, shape=(4, 4, 1)).numpy())


@pytest.mark.parametrize(
    ("count", "make"),
    [
        (11_378_179, lambda: cyclegan.generator((256, 256, 3), 3, biases=True)),
        (7_837_699, lambda: cyclegan.generator((128, 128, 3), 3, 64, 6, biases=True)),
        (2_764_737, lambda: pix2pix.discriminator((256, 256, 3), biases=True)),
    ],
)
def test_published_sizes(count, make):
    assert sum(math.prod(w.shape) for w in make().trainable_weights) == count
