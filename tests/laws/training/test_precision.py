"""Half precision learns what single precision learns, for 200 steps; overflows count.

The tolerances are on the mean loss of each block of 50 steps, relative to the loss.
"""

import keras
import numpy as np
import pytest

from keras_gen import data
from keras_gen.adversarial.gan import GAN
from keras_gen.autoregressive.pixelcnn import PixelCNN
from keras_gen.networks import mlp, pixelcnn
from keras_gen.parts.penalties import GradientPenalty
from keras_gen.training.precision import LossScale, first_scale
from tests.conftest import compiled, tiny_data, without_dropout

BLOCKS, STEPS = 4, 50
MODELS = ["VAE", "GAN", "gradient penalty", "MADE-levels"]
TOLERANCE = {"mixed_float16": 0.01, "mixed_bfloat16": 0.03}


def made(name, optimizer):
    """A small model, or a GAN whose critic is trained through its own gradient."""
    if name != "gradient penalty":
        return compiled(name, optimizer or keras.optimizers.Adam(1e-3))
    # With the weight of the paper the penalty rules the loss, and the game is calm; at
    # .1 the players circle, and no precision follows another for long. The scale is one
    # that never overflows: how many steps are skipped until one is found is no matter
    # of precision, and has laws of its own below.
    model = GAN(
        mlp.encoder((8,), 2, 8, depth=3),
        mlp.encoder((2,), 1, 8, depth=3, activation="tanh"),
        loss="wasserstein",
        penalty=GradientPenalty(10.0),
        critic_steps=3,
    )
    adam = keras.optimizers.Adam(1e-3, beta_1=0.5, beta_2=0.9)
    model.compile(optimizer or LossScale(adam, initial_scale=2.0**8))
    return model


def losses(name, policy, optimizer=None):
    """Mean losses of the blocks, and the model."""
    keras.utils.set_random_seed(1)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = without_dropout(made(name, optimizer))
    finally:
        keras.config.set_dtype_policy(before)
    x = tiny_data(model, 16 * STEPS)
    batches = data.load(x, batch=16, seed=1)
    history = model.fit(batches, epochs=BLOCKS, verbose=0).history
    return history, model


@pytest.mark.parametrize("name", MODELS)
def test_two_hundred_steps_in_half_precision(name):
    single, _ = losses(name, "float32")
    for policy, tolerance in TOLERANCE.items():
        half, _ = losses(name, policy)
        for key, values in single.items():
            assert np.isfinite(half[key]).all()
            np.testing.assert_allclose(
                half[key], values, rtol=tolerance, atol=tolerance, err_msg=policy
            )


def overflowing(name):
    """History and model of a training whose first scales are far too large."""
    scale = LossScale(keras.optimizers.SGD(1e-3), initial_scale=2.0**127)
    history, model = losses(name, "mixed_float16", scale)
    k = {"discriminator": getattr(model, "critic_steps", 1)}
    for player, optimizer in model.optimizers.items():
        skipped = int(optimizer.skipped.numpy())
        assert 50 < skipped < 150  # 2**127 halves until gradients fit into float16
        taken = int(optimizer.iterations.numpy())
        assert skipped + taken == BLOCKS * STEPS * k.get(player, 1)
    assert all(np.isfinite(w.numpy()).all() for w in model.trainable_variables)
    return history, model


def test_steps_that_overflow_are_skipped_and_counted():
    history, _ = overflowing("VAE")
    assert history["elbo"][-1] > history["elbo"][0]


def test_each_player_skips_its_own_overflows():
    """A gradient penalty's too; no loss is ever NaN, or `fit` would have stopped."""
    history, _ = overflowing("gradient penalty")
    assert np.isfinite(history["discriminator_loss"]).all()


def test_a_loss_that_sums_over_pixels_begins_with_a_scale_that_fits():
    """Weights shared by 784 pixels gather 784 gradients: none may overflow."""
    keras.config.set_dtype_policy("mixed_float16")
    try:
        network = pixelcnn.pixelcnn((28, 28, 1), 1, 4, 1, 3, head=(8,))
        model = PixelCNN(network)
    finally:
        keras.config.set_dtype_policy("float32")
    model.compile(keras.optimizers.SGD(1e-4))
    x = np.zeros((16, 28, 28, 1), "float32")  # all gradients of one sign
    model.fit(x, batch_size=8, verbose=0)
    assert int(model.optimizers["model"].skipped.numpy()) == 0
    assert first_scale(1) == 2.0**15
