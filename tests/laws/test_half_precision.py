"""Half precision learns what single precision learns, for 200 steps; overflows count.

The tolerances are on the mean loss of each block of 50 steps, relative to the loss.
"""

import keras
import numpy as np
import pytest

import keras_gen as kg
from keras_gen import data
from keras_gen.adversarial.penalties import GradientPenalty
from keras_gen.networks import mlp
from keras_gen.precision import LossScale, first_scale
from tests.conftest import NAMES, compiled, tiny_data, without_dropout

BLOCKS, STEPS = 4, 50
TOLERANCE = {"mixed_float16": 0.01, "mixed_bfloat16": 0.03}


def penalised():
    """A GAN whose critic's loss has a gradient of a gradient."""
    model = kg.GAN(
        mlp.encoder((4,), 2, 16),
        mlp.encoder((2,), 1, 16, activation="tanh"),
        penalty=GradientPenalty(1.0),
    )
    model.compile(keras.optimizers.Adam(1e-3, beta_1=0.5))
    return model


def losses(make, policy):
    """Mean losses of the blocks, and the model."""
    keras.utils.set_random_seed(1)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = without_dropout(make())
    finally:
        keras.config.set_dtype_policy(before)
    x = tiny_data(model, 16 * STEPS)
    batches = data.load(x, batch=16, seed=1)
    history = model.fit(batches, epochs=BLOCKS, verbose=0).history
    return history, model


@pytest.mark.parametrize("name", ["vae-digits", "penalised GAN", "made-digits"])
def test_two_hundred_steps_in_half_precision(name):
    make = penalised if name not in NAMES else lambda: compiled(name)
    single, _ = losses(make, "float32")
    for policy, tolerance in TOLERANCE.items():
        half, _ = losses(make, policy)
        for key, values in single.items():
            assert np.isfinite(half[key]).all()
            np.testing.assert_allclose(
                half[key], values, rtol=tolerance, atol=tolerance, err_msg=policy
            )


def test_steps_that_overflow_are_skipped_and_counted():
    scale = LossScale(keras.optimizers.SGD(1e-3), initial_scale=2.0**127)
    history, model = losses(lambda: compiled("vae-digits", scale), "mixed_float16")
    optimizer = model.optimizers["model"]
    skipped = int(optimizer.skipped.numpy())
    assert 50 < skipped < 150  # 2**127 halves until gradients fit into float16
    assert skipped + int(optimizer.iterations.numpy()) == BLOCKS * STEPS
    assert all(np.isfinite(w.numpy()).all() for w in model.trainable_variables)
    assert history["elbo"][-1] > history["elbo"][0]


def test_a_loss_that_sums_over_pixels_begins_with_a_scale_that_fits():
    """Weights shared by 784 pixels gather 784 gradients: none may overflow."""
    keras.config.set_dtype_policy("mixed_float16")
    try:
        network = kg.networks.pixelcnn.pixelcnn((28, 28, 1), 1, 4, 1, 3, head=(8,))
        model = kg.PixelCNN(network)
    finally:
        keras.config.set_dtype_policy("float32")
    model.compile(keras.optimizers.SGD(1e-4))
    x = np.zeros((16, 28, 28, 1), "float32")  # all gradients of one sign
    model.fit(x, batch_size=8, verbose=0)
    assert int(model.optimizers["model"].skipped.numpy()) == 0
    assert first_scale(1) == 2.0**15
