"""What a folder of checkpoints promises to the next who trains into it."""

import errno
import os
import resource
import signal
import tempfile

import keras
import numpy as np
import pytest

from keras_gen import data
from keras_gen.errors import BadInput, KerasGenError, OutputRefused
from keras_gen.files import alone
from keras_gen.training import checkpoint
from tests.conftest import compiled, tiny_data


def fit(folder, epochs, **more):
    model = compiled("Autoencoder", "sgd")
    x = tiny_data(model, 8)
    checkpoint.fit(
        model,
        lambda: data.load(x, batch=4, seed=1),
        epochs=epochs,
        folder=folder,
        verbose=0,
        **more,
    )
    return model


def test_fewer_epochs_than_were_trained_are_refused(tmp_path):
    """Or a card would say 1 epoch of weights that have seen 2."""
    two = fit(tmp_path, 2)
    with pytest.raises(BadInput, match="holds a training of 2 epochs"):
        fit(tmp_path, 1)
    again = fit(tmp_path, 2)  # as many: nothing is left to do
    for a, b in zip(two.weights, again.weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_folder_that_another_training_writes_to_is_refused(tmp_path):
    with alone(tmp_path), pytest.raises(OutputRefused, match="another training"):
        fit(tmp_path, 1)


def test_a_disk_that_fills_up_in_a_training_is_a_sentence(tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(KerasGenError, match="make room"):
            fit(tmp_path, 1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    fit(tmp_path, 1)  # when there is room


def test_a_folder_that_turns_read_only_in_a_training_is_a_sentence(
    tmp_path, monkeypatch
):
    """As disks with errors do; what was kept before is gone on from."""
    keras.utils.set_random_seed(1)
    whole = fit(tmp_path / "whole", 3)

    def refused(*arguments, **options):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    class TurnsReadOnly(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                monkeypatch.setattr(tempfile, "mkstemp", refused)

    keras.utils.set_random_seed(1)
    with pytest.raises(OutputRefused, match=r"Read-only file system.*permission"):
        fit(tmp_path / "cut", 3, callbacks=[TurnsReadOnly()])
    monkeypatch.undo()
    with pytest.raises(BadInput, match="holds a training of 1 epoch"):
        fit(tmp_path / "cut", 0)  # the first epoch was kept
    for a, b in zip(whole.weights, fit(tmp_path / "cut", 3).weights, strict=True):
        np.testing.assert_array_equal(a, b)
