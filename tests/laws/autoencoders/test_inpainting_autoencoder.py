"""Holes are filled, and nothing else is touched or seen."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen.autoencoders.inpainting_autoencoder import InpaintingAutoencoder
from keras_gen.errors import BadInput
from keras_gen.networks import deep
from keras_gen.parts.masks import Rectangle, Scribble
from keras_gen.parts.reconstruction import LOSSES, per_example
from tests.laws.autoencoders.shared import SHAPE, cut, images


@pytest.fixture(params=[Rectangle(), Scribble(width=1.5)], ids=["box", "scribble"])
def holes(request):
    return request.param


def inpainter(holes, loss="squared_error", shape=SHAPE):
    *grid, channels = shape
    return InpaintingAutoencoder(
        deep.encoder((*grid, channels + 1), 4), deep.decoder(4, shape), holes, loss
    )


@pytest.mark.parametrize("shape", [SHAPE, (6, 5, 3)])
@pytest.mark.parametrize("loss", LOSSES)
def test_known_pixels_come_back_bit_for_bit(holes, loss, shape):
    model, x = inpainter(holes, loss, shape), images(20, shape)
    hole = cut(holes, 20, shape=shape).numpy()
    y = model.inpaint(x, 1 - hole)["image"].numpy()
    known = np.broadcast_to(hole == 0, x.shape)
    assert np.array_equal(y[known], x[known])
    assert (y[~known] != x[~known]).mean() > 0.9


def test_half_precision_does_not_touch_known_pixels():
    """Keras casts what a model is called with, and these must not be."""
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model, x = inpainter(Rectangle()), images(20)
    finally:
        keras.config.set_dtype_policy("float32")
    hole = cut(Rectangle(), 20).numpy()
    y = model.inpaint(x, 1 - hole)["image"].numpy()
    assert np.array_equal(y[hole == 0], x[hole == 0])
    assert np.array_equal(model.trial(x).made.dtype, x.dtype)


@pytest.mark.parametrize("loss", LOSSES)
def test_errors_outside_the_hole_do_not_pull(holes, loss):
    """The gradient there is exactly zero: neither small, nor of the whole image."""
    model, x = inpainter(holes, loss), tf.constant(images(20))
    hole = cut(holes, 20).numpy()
    output = tf.constant(images(20, seed=1) * 0.8 + 0.1)
    with tf.GradientTape() as tape:
        tape.watch(output)
        loss = per_example(model.costs.errors(output, x), hole)
    gradient = tape.gradient(loss, output).numpy()
    assert not gradient[hole == 0].any()
    assert gradient[hole == 1].all()
    # ... and the model's own loss knows no other pixel of what is wanted.
    other = tf.where(hole > 0, x, 1.0 - x)
    codes = model.codes(x, 1 - hole)
    model.codes = lambda *_: codes
    np.testing.assert_array_equal(model.errors(x, hole), model.errors(other, hole))


def test_what_is_in_the_hole_is_not_seen(holes):
    """Not even if it is not a number."""
    model, x = inpainter(holes), images(20)
    hole = cut(holes, 20).numpy()
    lost = np.where(hole > 0, np.nan, x).astype("float32")
    full, empty = (model.inpaint(v, 1 - hole)["image"].numpy() for v in (x, lost))
    assert np.array_equal(full, empty)
    assert np.isfinite(empty).all()
    with tf.GradientTape() as tape:
        v = tf.constant(x)
        tape.watch(v)
        codes = model.codes(v, 1 - hole)
    gradient = tape.gradient(codes, v).numpy()
    assert not gradient[hole == 1].any()
    assert np.abs(gradient[hole == 0]).min() > 0
    # It is told which pixels are lost: black ones are not the same.
    black = np.where(hole > 0, 0, x).astype("float32")
    assert not np.allclose(
        model.codes(black, 1 - hole), model.codes(black, hole * 0 + 1)
    )


def test_networks_that_do_not_fit_are_refused_in_words():
    encoder = deep.encoder(SHAPE, 3)
    with pytest.raises(BadInput, match="one more channel"):
        InpaintingAutoencoder(encoder, deep.decoder(3, SHAPE), Rectangle())
