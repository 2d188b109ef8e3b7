"""Masks: what is compared, what is learned, and that scenes tell the truth."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen import metrics
from keras_gen.autoencoders.segmenter import Segmenter
from keras_gen.errors import BadInput
from keras_gen.metrics.segmentation import dice, iou
from keras_gen.networks.unet import unet
from keras_gen.noise import draw
from keras_gen.parts.scenes import Clutter
from keras_gen.trial import Trial

SHAPE = (7, 9, 1)

TRUTH = np.array([[0, 0, 1, 1], [0, 0, 1, 1]])
MADE = np.array([[0, 1, 1, 1], [0, 0, 0, 1]])


def images(n, shape=SHAPE, seed=0):
    return np.random.default_rng(seed).random((n, *shape)).astype("float32")


# By hand


def test_overlap_of_masks_made_by_hand():
    """3 of 5 pixels are in both sets, for either class: 3/5, and 6/8."""
    np.testing.assert_allclose(iou(MADE, TRUTH, 2), [3 / 5, 3 / 5])
    np.testing.assert_allclose(dice(MADE, TRUTH, 2), [6 / 8, 6 / 8])
    np.testing.assert_allclose(iou(TRUTH, TRUTH, 2), 1)
    np.testing.assert_allclose(iou(1 - TRUTH, TRUTH, 2), 0)


def test_pixels_to_be_ignored_do_not_count_for_either_mask():
    """The two wrong ones are masked out; or one of them, and 3/4 is left of one."""
    truth = np.where(MADE != TRUTH, -1, TRUTH)
    np.testing.assert_allclose(iou(MADE, truth, 2, ignore=-1), 1)
    truth = TRUTH.copy()
    truth[0, 1] = 255
    np.testing.assert_allclose(iou(MADE, truth, 2, ignore=255), [3 / 4, 3 / 4])
    np.testing.assert_allclose(dice(MADE, truth, 2, ignore=255), [6 / 7, 6 / 7])


def test_a_class_that_nobody_saw_is_no_success_and_no_failure():
    values = iou(MADE, TRUTH, 3)
    assert np.isnan(values[2]) and np.isnan(dice(MADE, TRUTH, 3)[2])
    with pytest.raises(BadInput, match="one shape"):
        iou(MADE, TRUTH[:1], 2)


def test_the_card_has_the_overlap_beside_that_of_the_best_threshold():
    truth = np.tile(TRUTH[None, ..., None].astype("float32"), (3, 1, 1, 1))
    made = np.tile(MADE[None, ..., None].astype("float32"), (3, 1, 1, 1))

    class Finder:
        def trial(self, x, seed):
            return Trial(0.3 + 0.4 * truth, made, truth, kinds=2)

    card = metrics.evaluate(Finder(), truth, truth, None)
    assert set(card) == {"iou", "baseline_iou"}
    assert card["iou"]["value"] == pytest.approx(3 / 5)
    assert card["baseline_iou"]["value"] == 1


# The networks


@pytest.mark.parametrize("skips", [True, False])
@pytest.mark.parametrize("size", [(8, 8), (7, 9), (13, 5), (1, 3)])
def test_a_label_for_every_pixel_of_any_size(size, skips):
    network = unet((*size, 1), 3, width=2, depth=2, skips=skips)
    assert network(images(2, (*size, 1))).shape == (2, *size, 3)


def test_an_odd_image_is_padded_and_not_moved():
    """With convolutions that pass their middle on, the finest level is the identity."""
    network = unet(SHAPE, 1, width=2, depth=2)
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2D):
            kernel, bias = (np.zeros_like(w) for w in layer.get_weights())
            kernel[kernel.shape[0] // 2, kernel.shape[1] // 2, 0, 0] = 1
            layer.set_weights([kernel, bias])
    x = images(3)
    assert np.array_equal(network(x), x)


def test_connections_carry_what_the_coarse_map_forgets():
    """With the way through the coarse map cut, a U-Net still sees its input."""

    def changes(skips):
        network = unet((8, 8, 1), 1, width=2, depth=1, skips=skips)
        for layer in network.layers:
            if isinstance(layer, keras.layers.Conv2DTranspose):
                layer.set_weights([np.zeros_like(w) for w in layer.get_weights()])
        a, b = (network(images(1, (8, 8, 1), seed)).numpy() for seed in (0, 1))
        return np.abs(a - b).max()

    assert changes(True) > 1e-3
    assert changes(False) == 0


# The loss


def test_unknown_pixels_have_no_part_in_the_loss():
    model = Segmenter(unet(SHAPE, 3, width=2, depth=1))
    logits = tf.constant(images(2, (7, 9, 3)) * 4)
    mask = np.random.default_rng(0).integers(0, 3, (2, 7, 9))
    mask[0, 2:] = -1
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = model.errors(logits, mask)
    gradient = tape.gradient(loss, logits).numpy()
    assert not gradient[0, 2:].any() and gradient[0, :2].all() and gradient[1].all()
    log_p = np.asarray(tf.nn.log_softmax(logits))
    picked = np.take_along_axis(log_p, np.maximum(mask, 0)[..., None], -1)[..., 0]
    expected = [-picked[0, :2].mean(), -picked[1].mean()]
    np.testing.assert_allclose(loss, expected, rtol=1e-5)
    right = np.asarray(logits).argmax(-1) == mask
    expected = [right[0, :2].mean(), right[1].mean()]
    np.testing.assert_allclose(model.accuracy(logits, mask), expected, rtol=1e-6)


def test_it_learns_from_pairs_as_well_as_from_scenes():
    x = images(32)
    mask = (x[..., 0] > 0.5).astype("int32")
    model = Segmenter(unet(SHAPE, 2, width=4, depth=1))
    model.compile(keras.optimizers.Adam(0.02))
    history = model.fit(x, mask, batch_size=8, epochs=15, verbose=0).history
    assert history["accuracy"][-1] > 0.9
    found = np.argmax(model.segment(x)["probabilities"], -1)
    assert iou(found, mask, 2).mean() > 0.8
    with pytest.raises(BadInput, match="learns from pairs"):
        model.fit(x, verbose=0)
    with pytest.raises(BadInput, match="scene has 2 classes"):
        Segmenter(unet(SHAPE, 3, width=2, depth=1), Clutter())


# Scenes


def test_a_scene_is_a_function_of_noise_and_its_mask_of_the_character_alone():
    scene, x = Clutter(), images(40, (28, 28, 1)) ** 4
    noises = [
        draw("uniform", (40, *scene.noise_shape((28, 28, 1))), seed) for seed in (1, 2)
    ]
    (a, mask), (b, same) = (scene(x, noise) for noise in noises)
    again, _ = scene(x, noises[0])
    assert np.array_equal(a, again) and not np.array_equal(a, b)
    assert np.array_equal(mask, same)
    assert np.array_equal(mask, x[..., 0] > 0.5)
    assert a.numpy().min() >= 0 and a.numpy().max() <= 1


def test_the_character_covers_what_lies_behind_it():
    """Where x is 1 the ink is one number but for the grain, where it is 0 it is not."""
    scene = Clutter(strokes=4, grain=0.0)
    x = np.zeros((20, 28, 28, 1), "float32")
    x[:, 8:20, 8:20] = 1
    picture, _ = scene(x, draw("uniform", (20, *scene.noise_shape(x.shape[1:])), 0))
    inside = picture.numpy()[:, 8:20, 8:20].reshape(20, -1)
    assert np.ptp(inside, axis=1).max() < 1e-6
    assert inside.min() >= 0.6 and np.ptp(inside[:, 0]) > 0.2
    outside = np.where(x == 1, 0, picture).reshape(20, -1)
    assert outside.max(1).mean() > 0.6  # strokes as bright as ink
