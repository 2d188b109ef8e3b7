"""A label for every pixel."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import zoo
from keras_gen import metrics
from keras_gen.autoencoders.segmenter import Segmenter
from keras_gen.errors import BadInput
from keras_gen.metrics.segmentation import iou
from keras_gen.networks.unet import unet
from keras_gen.parts.scenes import Clutter

SHAPE = (7, 9, 1)


def images(n, shape=SHAPE, seed=0):
    return np.random.default_rng(seed).random((n, *shape)).astype("float32")


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


def test_the_published_size():
    weights = zoo.build("unet-glyphs-paper").trainable_weights
    assert sum(int(np.prod(w.shape)) for w in weights) == 31_030_658


def test_pairs_of_images_and_masks_are_tried_as_they_are():
    """The masks that were found stand beside the true ones, and are measured so."""
    model = Segmenter(unet(SHAPE, 3, width=2, depth=1))
    x, mask = images(5), np.random.default_rng(0).integers(0, 3, (5, 7, 9))
    trial = model.trial((x, mask))
    assert np.array_equal(trial.given, x)
    assert np.array_equal(np.rint(2 * trial.wanted[..., 0]), mask)
    found = np.argmax(model(x), -1)
    assert np.array_equal(np.rint(2 * trial.made[..., 0]), found)
    card = metrics.evaluate(model, (x, mask), (x, mask), None)
    assert card["iou"]["value"] == pytest.approx(np.nanmean(iou(found, mask, 3)))
    with pytest.raises(BadInput, match="give pairs"):
        model.trial(x)
