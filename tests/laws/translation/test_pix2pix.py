"""The game of pairs, its patches, and networks that look at one image at a time."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen import Pix2Pix
from keras_gen.errors import BadInput
from keras_gen.networks import pix2pix
from keras_gen.parts.views import Coarse, Grey

COLOUR, GREY = (8, 8, 3), (8, 8, 1)


def images(n, shape=COLOUR, seed=0):
    return np.random.default_rng(seed).random((n, *shape), "float32")


def tensors(*arrays):
    return [tf.constant(array) for array in arrays]


def model(norm="instance", **options):
    options = {"view": Grey()} | options
    return Pix2Pix(
        pix2pix.generator(GREY, 3, 4, 2, norm),
        pix2pix.discriminator(COLOUR, 1, 4, 1, norm),
        **options,
    )


def test_both_losses_are_those_of_the_equation():
    pair2pix = model(l1=7.0)
    y = tf.constant(images(5))
    x = Grey()(y)
    made = pair2pix.translate(x)["image"].numpy()
    real = pair2pix.discriminator(tensors(y, x)).numpy()
    fake = pair2pix.discriminator(tensors(made, x)).numpy()
    log_d, log_not_d = -np.logaddexp(0, -real), -np.logaddexp(0, fake)
    d = -0.5 * (log_d.mean() + log_not_d.mean())
    assert float(pair2pix.discriminator_loss(x, y)) == pytest.approx(d, rel=1e-5)
    distance = np.abs((2 * y - 1) - (2 * made - 1)).mean()  # of images in [-1, 1]
    g = np.logaddexp(0, -fake).mean() + 7 * distance
    loss, error = pair2pix.generator_loss(x, y)
    assert float(loss) == pytest.approx(g, rel=1e-5)
    np.testing.assert_allclose(error, np.abs(y - made).mean((1, 2, 3)), rtol=1e-5)


def test_a_student_learns_what_its_teacher_makes_and_goes_without_it(tmp_path):
    teacher, x = model(), tf.constant(images(6, GREY))
    student = Pix2Pix(
        pix2pix.generator(GREY, 3, 1, 2), pix2pix.discriminator(COLOUR, 1, 1, 1),
        teacher=teacher,
    )  # fmt: skip
    source, target = student.task(x, training=True)
    np.testing.assert_array_equal(source, x)
    np.testing.assert_allclose(target, teacher.translate(x)["image"], atol=1e-6)
    trial = student.trial(x.numpy())
    np.testing.assert_allclose(trial.wanted, target, atol=1e-6)
    larger = student.at_size(12, 16)  # with a teacher of these, too
    assert larger.teacher.data_shape == (12, 16, 3)
    before = [w.numpy() for w in teacher.weights]
    student.compile(keras.optimizers.Adam(1e-3))
    student.fit(x, batch_size=3, verbose=0)
    for old, new in zip(before, teacher.weights, strict=True):
        np.testing.assert_array_equal(old, new)
    student.save(tmp_path / "student.keras")
    alone = keras.models.load_model(tmp_path / "student.keras")
    assert alone.teacher is None and alone.count_params() < teacher.count_params() / 4
    np.testing.assert_array_equal(alone(x), student(x))
    with pytest.raises(BadInput, match=r"teacher makes images of shape \(8, 8, 3\)"):
        Pix2Pix(
            pix2pix.generator(GREY, 1, 1, 2), pix2pix.discriminator(GREY, 1, 1, 1),
            teacher=teacher,
        )  # fmt: skip


def test_the_critic_judges_the_pair_and_not_the_image_alone():
    critic = model().discriminator
    y = images(2)
    a, b = (critic(tensors(y, Grey()(images(2, seed=seed)))).numpy() for seed in (0, 1))
    assert np.abs(a - b).max() > 1e-4


@pytest.mark.parametrize(("strides", "sees"), [(0, 1), (1, 16), (2, 34), (3, 70)])
def test_a_logit_sees_its_patch(strides, sees):
    """By the layers: each adds (kernel - 1) times the strides before it."""
    critic = pix2pix.discriminator((256, 256, 1), width=1, strides=strides)
    field, step = 1, 1
    for layer in critic.layers:
        if isinstance(layer, keras.layers.Conv2D):
            field += (layer.kernel_size[0] - 1) * step
            step *= layer.strides[0]
    assert field == sees


@pytest.mark.parametrize("training", [True, False])
def test_what_becomes_of_an_image_does_not_depend_on_its_neighbours(training):
    network = pix2pix.generator((8, 16, 1), 3, 4, 3, dropout=0.0)
    x = images(4, (8, 16, 1))
    alone = [network(x[i : i + 1], training=training).numpy()[0] for i in range(4)]
    np.testing.assert_allclose(network(x, training=training), alone, atol=1e-5)


def test_a_batch_norm_of_one_image_is_refused_with_its_reason():
    batch = model("batch")
    batch.compile("sgd", run_eagerly=True)
    one = tf.data.Dataset.from_tensor_slices(images(2)).batch(1, drop_remainder=True)
    for fit in (
        lambda: batch.fit(one, verbose=0),
        lambda: batch.fit(images(2), batch_size=1, verbose=0),
    ):
        with pytest.raises(BadInput, match=r'batch is one image.*norm="instance"'):
            fit()
    batch.fit(images(4), batch_size=2, verbose=0)
    alone = model()
    alone.compile("sgd", run_eagerly=True)
    alone.fit(one, verbose=0)


def test_pairs_of_the_data_and_of_a_view_are_the_same_training():
    def trained(view, *data):
        keras.utils.set_random_seed(1)
        it = model(view=view)
        it.compile("sgd")
        history = it.fit(*data, batch_size=2, shuffle=False, verbose=0)
        return it.get_weights(), history.history

    y = images(4)
    a, told = trained(Grey(), y)
    b, said = trained(None, Grey()(y).numpy(), y)
    for name, values in told.items():
        assert values == pytest.approx(said[name], rel=1e-5)
    assert max(np.abs(p - q).max() for p, q in zip(a, b, strict=True)) < 1e-6


def test_pairs_that_do_not_fit_are_refused_in_a_sentence():
    it = model(view=None)
    it.compile("sgd")
    with pytest.raises(BadInput, match="learns from pairs"):
        it.fit(images(2, GREY))
    with pytest.raises(BadInput, match=r"targets of shape \(8, 8, 3\); received \(4"):
        it.fit(images(2, GREY), images(2, (4, 4, 3)))
    with pytest.raises(BadInput, match="Coarse shows"):
        model(view=Coarse(4))
    with pytest.raises(BadInput, match="a target and its"):
        Pix2Pix(pix2pix.generator(GREY, 3, 4, 2), pix2pix.discriminator(COLOUR))
    with pytest.raises(BadInput, match=r"multiples of 8.*smaller depth"):
        pix2pix.generator((12, 8, 1), 3, depth=3)


def test_a_trial_of_pairs_is_their_targets():
    it, y = model(view=None), images(3)
    x = Grey()(y).numpy()
    trial = it.trial((x, y))
    assert np.array_equal(trial.wanted, y)
    np.testing.assert_allclose(trial.made, it.translate(x)["image"], atol=1e-6)
    with pytest.raises(BadInput, match=r"of pairs: give \(source, target\)"):
        it.trial(y)


def test_it_learns_the_colour_that_goes_with_a_grey():
    """Light is red and dark is blue: there is one right answer, and it is found."""
    light = np.random.default_rng(0).random((64, 1, 1, 1), "float32")
    y = np.ones((64, 8, 8, 1), "float32") * np.concatenate(
        [light, 0.5 + 0 * light, 1 - light / 2], -1
    )
    it = model(l1=100.0)
    it.compile(keras.optimizers.Adam(1e-2, beta_1=0.5))
    it.fit(y, epochs=30, batch_size=16, verbose=0)
    learned = it.evaluate(y, verbose=0, return_dict=True)["l1"]
    unconditional = np.abs(y - np.median(y, 0)).mean()
    assert learned < unconditional / 2


@pytest.mark.parametrize(
    ("count", "make"),
    [
        (54_413_955, lambda: pix2pix.generator((256, 256, 3), 3, norm="batch")),
        (2_768_705, lambda: pix2pix.discriminator((256, 256, 3), 3, norm="batch")),
        (9_024, lambda: pix2pix.discriminator((64, 64, 3), 3, 64, 0, "batch")),
    ],
)
def test_published_sizes(count, make):
    assert sum(math.prod(w.shape) for w in make().trainable_weights) == count
