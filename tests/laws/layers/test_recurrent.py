"""Laws of the recurrent layers."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen import RowLSTM
from keras_gen.errors import BadInput
from keras_gen.layers.causal import LeftOf, Pointwise, RowsAbove
from keras_gen.layers.recurrent import (
    DiagonalRecurrence,
    RowRecurrence,
    skew,
    unskew,
)
from keras_gen.networks.pixelrnn import row_lstm
from tests.laws.autoregressive.shared import wild


def normal(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


@pytest.mark.parametrize(
    "shape", [(2, 3, 5, 2), (1, 5, 3, 1), (2, 1, 4, 3), (1, 4, 1, 2)]
)
def test_skewing_moves_row_r_by_r_columns_and_back(shape):
    _, height, width, _ = shape
    x = normal(*shape)
    moved = skew(x).numpy()
    want = np.zeros((shape[0], height, width + height - 1, shape[3]), "float32")
    for r in range(height):
        want[:, r, r : r + width] = x[:, r]
    np.testing.assert_array_equal(moved, want)
    np.testing.assert_array_equal(unskew(moved), x)


def plain_lstm(gates, kernel, bias=0.0):
    """Keras's own LSTM over (batch, time, 4 width) that are its gates already."""
    units = gates.shape[-1] // 4
    lstm = keras.layers.LSTM(units, return_sequences=True)
    lstm.build(gates.shape)
    open_gate = np.repeat([0.0, 1.0, 0.0, 0.0], units)
    lstm.set_weights([np.eye(4 * units), kernel, open_gate + bias])
    return lstm(gates)


@pytest.mark.parametrize("reverse", [False, True])
def test_a_diagonal_lstm_of_one_row_is_a_plain_lstm(reverse):
    gates, layer = normal(2, 1, 7, 12), DiagonalRecurrence(3, reverse)
    layer.build(gates.shape)
    wild(layer)
    way = slice(None, None, -1 if reverse else 1)
    want = plain_lstm(gates[:, 0, way], layer.left_kernel)
    np.testing.assert_allclose(layer(gates)[:, 0, way], want, atol=1e-6)


def test_a_row_lstm_of_one_column_is_a_plain_lstm_downwards():
    gates, layer = normal(2, 7, 1, 12), RowRecurrence(3, 3)
    layer.build(gates.shape)
    wild(layer)
    want = plain_lstm(gates[:, :, 0], layer.kernel[0, 1], np.asarray(layer.bias))
    np.testing.assert_allclose(layer(gates)[:, :, 0], want, atol=1e-6)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def step(gates, memory):
    i, f, g, o = np.split(gates, 4, axis=-1)
    c = sigmoid(f + 1) * memory + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


@pytest.mark.parametrize("reverse", [False, True])
def test_the_skewed_loop_computes_the_recurrence_pixel_by_pixel(reverse):
    gates, layer = normal(2, 4, 3, 8), DiagonalRecurrence(2, reverse)
    layer.build(gates.shape)
    wild(layer)
    above, left = (np.asarray(w) for w in (layer.above_kernel, layer.left_kernel))
    h, c = np.zeros((2, 5, 4, 2)), np.zeros((2, 5, 4, 2))  # with a border of zeros
    mirrored = gates[:, :, ::-1] if reverse else gates
    for r in range(4):
        for s in range(3):
            z = mirrored[:, r, s] + h[:, r + 1, s] @ left + h[:, r, s + 1] @ above
            h[:, r + 1, s + 1], c[:, r + 1, s + 1] = step(z, c[:, r + 1, s])
    want = h[:, 1:, 1:]
    want = want[:, :, ::-1] if reverse else want
    np.testing.assert_allclose(layer(gates), want, atol=1e-6)


def test_states_of_a_row_convolve_the_row_above():
    gates, layer = normal(2, 4, 5, 8), RowRecurrence(2, 3)
    layer.build(gates.shape)
    wild(layer)
    kernel, bias = np.asarray(layer.kernel)[0], np.asarray(layer.bias)
    h, c = np.zeros((2, 7, 2)), np.zeros((2, 5, 2))
    for r in range(4):
        said = sum(h[:, j : j + 5] @ kernel[j] for j in range(3)) + bias
        h[:, 1:-1], c = step(gates[:, r] + said, c)
        np.testing.assert_allclose(layer(gates)[:, r], h[:, 1:-1], atol=1e-6)


@pytest.mark.parametrize(
    "make", [RowRecurrence, DiagonalRecurrence, lambda w: DiagonalRecurrence(w, True)]
)
def test_training_collects_in_lists_what_drawing_collects_in_queues(make):
    """The same states, and their gradients, compiled by XLA or not."""
    gates, layer = tf.constant(normal(2, 4, 3, 8)), make(2)
    layer.build(gates.shape)
    wild(layer)

    def run(training):
        with tf.GradientTape() as tape:
            tape.watch(gates)
            h = layer(gates, training=training)
            loss = tf.reduce_sum(h**3)
        return h, *tape.gradient(loss, [gates, *layer.trainable_weights])

    queues, lists = (
        tf.function(lambda t=t: run(t), autograph=False) for t in (False, True)
    )
    want, got = queues(), lists()
    compiled = tf.function(lambda: run(True), jit_compile=True)()
    for a, b, c in zip(want, got, compiled, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(c, a, rtol=1e-4, atol=1e-5)


def test_recurrences_that_could_look_ahead_are_refused():
    x = keras.Input((4, 4, 1), name="x")
    seen = keras.layers.Add()(
        [RowsAbove(8, (1, 3), strict=True)(x), LeftOf(8, 1, "A")(x)]
    )
    with pytest.raises(BadInput, match="begins at the end of its row"):
        y = DiagonalRecurrence(2, reverse=True)(seen)
        RowLSTM(keras.Model(x, Pointwise(1)(y)))
    with pytest.raises(BadInput, match="needs 8 channels; received 1"):
        RowRecurrence(2)(x)
    with pytest.raises(BadInput, match="multiple of groups=3: 4"):
        row_lstm((4, 4, 3), 3, width=4, groups=3)
