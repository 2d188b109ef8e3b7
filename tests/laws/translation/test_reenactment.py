"""One face with the expression of another: who drives, and what of it is told."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen import Reenactment, metrics
from keras_gen.errors import BadInput
from keras_gen.networks import pix2pix, reenactment
from keras_gen.translation.reenactment import next_rows

SHAPE = (8, 8, 2)


def images(n, seed=0):
    return tf.constant(np.random.default_rng(seed).random((n, *SHAPE), "float32"))


def model(size=3, **options):
    return Reenactment(
        reenactment.generator(SHAPE, size, 4, 2),
        pix2pix.discriminator(SHAPE, SHAPE[-1], 4, 1),
        **options,
    )


def test_both_losses_are_those_of_the_equation():
    it = model(l1=7.0)
    x, y, other = (images(5, seed) for seed in range(3))
    own, foreign = (it.generator([x, d]) for d in (y, other))
    real, s_own, s_foreign = (
        it.discriminator([image, x]).numpy() for image in (y, own, foreign)
    )
    log_not = [-np.logaddexp(0, s).mean() for s in (s_own, s_foreign)]
    d = -0.5 * (-np.logaddexp(0, -real).mean() + 0.5 * sum(log_not))
    assert float(it.discriminator_loss(x, y, y, other)) == pytest.approx(d, rel=1e-5)
    game = np.mean([np.logaddexp(0, -s).mean() for s in (s_own, s_foreign)])
    error = np.abs(y - own).mean((1, 2, 3))  # nobody knows the truth of the other
    loss, reported = it.generator_loss(x, y, y, other)
    assert float(loss) == pytest.approx(game + 7 * 2 * error.mean(), rel=1e-5)
    np.testing.assert_allclose(reported, error, rtol=1e-5)


def test_drivers_are_recoloured_in_training_alone_each_by_one_map_of_colours():
    it = model(recolour=0.1)
    x, y = images(64), 0.4 + 0.2 * images(64, seed=1)  # not so far as to be clipped
    assert it.task((x, y), training=False)[2] is y
    _, wanted, own, other = it.task((x, y), training=True)
    assert wanted is y
    np.testing.assert_array_equal(other, np.roll(own, -1, axis=0))
    maps = []
    for before, after in zip(y.numpy(), own.numpy(), strict=True):
        colours = np.c_[before.reshape(-1, SHAPE[-1]), np.ones(64)]
        found, left, *_ = np.linalg.lstsq(colours, after.reshape(-1, SHAPE[-1]))
        assert left.max() < 1e-9, "all of its pixels by the same"
        maps.append(found)
    spread = np.std(maps, axis=0)[:-1]
    np.testing.assert_allclose(spread, 0.1, rtol=0.3, err_msg="the next by another")


def test_somebody_else_is_the_next_one_and_behind_the_last_the_first():
    np.testing.assert_array_equal(next_rows(tf.constant([3, 1, 4, 5])), [1, 4, 5, 3])


def test_the_driver_is_told_in_so_many_numbers_and_the_actor_is_seen_whole():
    """By the ranks of the derivatives: a copy of the driver would need all of them."""
    size, it = 3, model(size=3)
    x, driver = images(1), images(1, seed=1)
    with tf.GradientTape() as tape:
        tape.watch([x, driver])
        made = tf.reshape(it(x, driver), (-1,))
    by_actor, by_driver = (
        np.reshape(j, (made.shape[0], -1)) for j in tape.jacobian(made, [x, driver])
    )
    scale = np.linalg.norm(by_driver, 2)
    assert np.linalg.matrix_rank(by_driver, tol=1e-4 * scale) == size
    scale = np.linalg.norm(by_actor, 2)
    assert np.linalg.matrix_rank(by_actor, tol=1e-4 * scale) > 10 * size


def test_what_is_not_covered_is_the_actor_and_all_else_is_paint():
    it, x, driver = model(), images(2), images(2, seed=1)
    painting = it.generator.get_layer("pix2pix_generator")
    last = [layer for layer in painting.layers if layer.weights][-1]
    kernel = last.kernel.numpy()
    kernel[:, :, -1] = 0.0  # of the cover, which its bias alone says then
    last.kernel.assign(kernel)
    made = {}
    for bias in (-99.0, 99.0):
        last.bias.assign([0.0] * SHAPE[-1] + [bias])
        made[bias] = it(x, driver).numpy()
    numbers = it.generator.get_layer("conv_encoder")(driver)
    paint = painting([x, numbers])[..., : SHAPE[-1]]
    np.testing.assert_array_equal(made[-99.0], x)
    np.testing.assert_allclose(made[99.0], paint, atol=1e-6)


def test_a_trial_drives_each_actor_by_the_next_face():
    it, x, y = model(), images(4).numpy(), images(4, seed=1).numpy()
    trial = it.trial((x, y))
    np.testing.assert_array_equal(trial.driver, y[[1, 2, 3, 0]])
    np.testing.assert_allclose(trial.made[0], it(x[:1], y[1:2])[0], atol=1e-5)


def test_players_of_other_inputs_and_images_without_pairs_are_refused():
    with pytest.raises(BadInput, match=r"takes an actor and a driver.*has inputs"):
        Reenactment(
            pix2pix.generator(SHAPE, 2, 4, 2), pix2pix.discriminator(SHAPE, 2, 4, 1)
        )
    with pytest.raises(BadInput, match="an image and its actor"):
        Reenactment(
            reenactment.generator(SHAPE, 3, 4, 2), pix2pix.discriminator(SHAPE, 0, 4, 1)
        )
    with pytest.raises(BadInput, match="the same faces with another expression"):
        model().fit(images(4), verbose=0)


class Faces:
    """Faces of two pixels: left is who it is, right how it looks. Nobody knows more."""

    def __init__(self, seed=0, n=40):
        rng = np.random.default_rng(seed)
        self.who, self.how = rng.random(n).round(2), rng.integers(0, 2, n)
        self.driver = rng.permutation(n)
        self.x = self.drawn(self.who, self.how)
        self.y = self.drawn(self.who, self.how[self.driver])

    def drawn(self, who, how):
        return np.stack([who, how], -1).reshape(-1, 1, 2, 1).astype("float32")

    def answers(self, images):
        left, right = images[:, 0, 0, 0], images[:, 0, 1, 0]
        return {"smiling": (right > 0.5) * 1, "hair": (10 * left).astype(int)}


class Driven:
    def __init__(self, rule):
        self.driven = rule


def test_whoever_keeps_the_actor_and_takes_the_expression_is_perfect():
    faces = Faces()

    def rule(x, driver):
        return np.concatenate([x[:, :, :1], driver[:, :, 1:]], axis=2)

    found = metrics.reenactment.reenactment(
        Driven(rule), faces.x, faces.y, faces.driver, faces
    )
    for name, value in (("l1", 0), ("flicker", 0), ("expression_right", 1),
                        ("attributes_kept", 1)):  # fmt: skip
        assert found[name].value == value
    assert found["expression_right_unchanged"].value < 0.8
    unchanged = np.abs(faces.x - faces.y).mean()
    assert found["baseline_l1"].value == pytest.approx(unchanged)


def test_whoever_copies_the_driver_is_right_about_the_expression_alone():
    faces = Faces()
    copies = Driven(lambda x, driver: driver)
    found = metrics.reenactment.reenactment(
        copies, faces.x, faces.y, faces.driver, faces
    )
    assert found["expression_right"].value == 1
    assert found["attributes_kept"].value < 0.3
    # Left of both expressions is the same, and it moves with the driver.
    moved = np.abs(faces.x[faces.driver] - faces.x)[:, 0, :, 0]
    same = np.stack([np.ones(40), faces.how == faces.how[faces.driver]], -1)
    flicker = ((moved * same).sum(-1) / same.sum(-1)).mean()
    assert found["flicker"].value == pytest.approx(flicker)
