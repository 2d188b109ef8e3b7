"""Killed in mid-epoch and resumed equals never killed, bit for bit."""

import os
import pathlib
import signal
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen.errors import BadFile, BadInput, Interrupted, NonFiniteLoss
from keras_gen.training import checkpoint
from tests.conformance.killed import EPOCHS, STEPS
from tests.conftest import compiled, difference

ROOT = pathlib.Path(__file__).parents[2]


def run(name, folder, out, kill_after=None) -> int:
    """Train in a process of its own; returns how many steps it made.

    On one thread: several add up gradients of convolutions in the order in which they
    happen to be done.
    """
    command = [sys.executable, "-m", "tests.conformance.killed", name, folder, out]
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3"}
    environment = {**os.environ, **quiet, "TF_NUM_INTRAOP_THREADS": "1"}
    steps = 0
    with subprocess.Popen(
        list(map(str, command)),
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        for _ in process.stdout:
            steps += 1
            if steps == kill_after:
                process.send_signal(signal.SIGKILL)
                break
    assert process.returncode == (0 if kill_after is None else -signal.SIGKILL)
    return steps


@pytest.mark.parametrize("name", ["VAE", "GAN-convolutional"])
def test_killed_and_resumed_equals_never_killed(name, tmp_path):
    """With SIGKILL, in the second epoch, off the rhythm of the checkpoints."""
    run(name, tmp_path / "a", tmp_path / "a.npz")
    run(name, tmp_path / "b", tmp_path / "b.npz", kill_after=STEPS + 5)
    rest = run(name, tmp_path / "b", tmp_path / "b.npz")
    assert 0 < rest < EPOCHS * STEPS - STEPS, "it should not have begun anew"
    a, b = np.load(tmp_path / "a.npz"), np.load(tmp_path / "b.npz")
    assert a.files == b.files
    assert len(a.files) > 10
    assert all(np.array_equal(a[key], b[key]) for key in a.files)


def numbers(steps=6):
    """A dataset that shuffles, of points."""
    x = np.random.default_rng(0).normal(size=(8 * steps, 2)).astype("float32")
    return lambda: tf.data.Dataset.from_tensor_slices(x).shuffle(64, seed=1).batch(8)


def fit(model, folder, epochs=2, recipe="r", **kwargs):
    return checkpoint.fit(
        model,
        numbers(),
        epochs=epochs,
        folder=folder,
        recipe=recipe,
        verbose=0,
        **kwargs,
    )


def test_a_damaged_checkpoint_is_passed_over_for_the_one_before(tmp_path):
    whole, damaged = compiled("GAN"), compiled("GAN")
    fit(whole, tmp_path)
    first, last = sorted(tmp_path.glob("*.npz"))
    for damage in (lambda b: b[: len(b) // 2], lambda b: b"", _flipped):
        last.write_bytes(damage(last.read_bytes() or b"x" * 100))
        model = compiled("GAN")
        with pytest.warns(
            UserWarning, match=f"{last.name}: .*the one before, {first.name}"
        ):
            history = fit(model, tmp_path).history
        assert len(history["generator_loss"]) == 2
        assert difference(model.weights[2:], whole.weights[2:]) == 0
    for file in (first, last):
        file.write_bytes(b"nothing")
    with pytest.raises(BadFile, match=r"no checkpoint in .* can be read"):
        fit(damaged, tmp_path)


def test_a_flipped_bit_is_noticed_or_changes_nothing(tmp_path):
    """Wherever it is: in an array, in a header, in the directory of the file."""
    model = compiled("GAN")
    fit(model, tmp_path)
    content = sorted(tmp_path.iterdir())[-1].read_bytes()
    about, arrays = checkpoint._parsed(content)
    noticed, rng = 0, np.random.default_rng(0)
    bits = rng.choice(8 * len(content), 400, replace=False)
    for place, bit in zip(bits // 8, bits % 8, strict=True):
        damaged = bytearray(content)
        damaged[place] ^= 1 << bit
        try:
            other, values = checkpoint._parsed(bytes(damaged))
        except Exception:
            noticed += 1
            continue
        assert other == about
        assert difference(values, arrays) == 0
    assert noticed > 200


def test_a_checkpoint_of_another_model_is_refused(tmp_path):
    """The recipe has the same name, but the network has changed."""
    fit(compiled("GAN"), tmp_path)
    with pytest.raises(BadInput, match="variables have other shapes"):
        checkpoint.fit(
            compiled("VAE"),
            lambda: tf.data.Dataset.from_tensors(np.zeros((8, 4, 4, 1), "float32")),
            epochs=1,
            folder=tmp_path,
            recipe="r",
        )


def test_steps_that_are_executed_together_must_fit_the_rhythm(tmp_path):
    model = compiled("GAN", steps_per_execution=4)
    with pytest.raises(BadInput, match="must be multiples of it"):
        fit(model, tmp_path)
    model = compiled("GAN", steps_per_execution=3)
    with pytest.raises(BadInput, match="must be multiples of it"):
        fit(model, tmp_path, every=2)


def test_a_signal_writes_a_checkpoint_and_the_rest_follows(tmp_path):
    class Ask(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 3:
                os.kill(os.getpid(), signal.SIGTERM)

    keras.utils.set_random_seed(0)
    whole = compiled("GAN")
    fit(whole, tmp_path / "whole")
    keras.utils.set_random_seed(0)
    with pytest.raises(Interrupted, match=r"stopped by SIGTERM.*000000-00000005") as e:
        fit(compiled("GAN"), tmp_path / "cut", callbacks=[Ask()])
    assert e.value.exit_code == 128 + signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    rest = compiled("GAN")
    fit(rest, tmp_path / "cut")
    assert difference(rest.weights, whole.weights) == 0


def _flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def test_a_checkpoint_of_another_recipe_is_refused(tmp_path):
    fit(compiled("GAN"), tmp_path, recipe="one")
    with pytest.raises(BadInput, match="belongs to another recipe"):
        fit(compiled("GAN"), tmp_path, recipe="two")


def test_nan_stops_at_its_step_and_leaves_the_last_good_checkpoint(tmp_path):
    class Poison(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if self.model.optimizers["generator"].iterations == 9:
                weight = self.model.generator.trainable_variables[-1]
                weight.assign(weight * np.nan)

    model = compiled("GAN")
    with pytest.raises(NonFiniteLoss, match=r"epoch 2, batch 4.*last good.*000002"):
        fit(model, tmp_path, every=2, callbacks=[Poison()])
    fresh = compiled("GAN")
    history = fit(fresh, tmp_path).history
    assert np.isfinite(history["generator_loss"]).all()


def test_data_of_unknown_length_cannot_be_resumed_exactly(tmp_path):
    endless = numbers()().repeat()
    with pytest.raises(BadInput, match="known, finite length"):
        checkpoint.fit(compiled("GAN"), lambda: endless, epochs=1, folder=tmp_path)
