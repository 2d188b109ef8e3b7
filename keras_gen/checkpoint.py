"""Training that survives a power cut, to the bit.

All that training depends on is a handful of arrays: weights, optimizer states, the
counters of the noise, the averages reported so far, and the position in the data. A
checkpoint is one file with all of them, written aside and renamed, so that there is
always a whole one. The data come from a pipeline that gives the same batches whenever
it is built from its seed, so a position is just a number of batches to skip:

    fit( n epochs )  ==  fit until killed;  fit again with the same folder

Example:
    >>> model.compile("adam")
    >>> digits = lambda: data.load("digits", seed=1)
    >>> fit(model, digits, epochs=20, folder="runs/mine", every=100)
"""

import json
import pathlib
import time
from collections.abc import Callable
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from keras_gen import checks
from keras_gen.errors import BadFile, BadInput
from keras_gen.files import atomic

KEEP = 2  # the last one, and the one before in case the last one is damaged


class Trained(NamedTuple):
    """What a training leaves besides the model."""

    history: dict[str, list[float]]
    seconds: float


def state(model) -> list:
    """Every variable that training reads or writes, in a fixed order."""
    return [
        *model.variables,  # weights, and the seeds of layers such as dropout
        *(v for metric in model.metrics for v in metric.variables),
        *(v for optimizer in model.optimizers.values() for v in optimizer.variables),
    ]


class Checkpoint(keras.callbacks.Callback):
    """Writes the state of training every so many steps, and at each epoch's end.

    Args:
        folder: where the files lie; created if it is not there.
        steps_per_epoch: batches in an epoch of the data.
        every: steps between two checkpoints; None writes at the ends of epochs only.
        recipe: a description of what is trained; a folder with checkpoints of another
            one is refused.
    """

    def __init__(self, folder, steps_per_epoch: int, every: int | None, recipe: str):
        super().__init__()
        self.folder = pathlib.Path(folder)
        self.steps_per_epoch = steps_per_epoch
        self.every = every
        self.recipe = recipe
        self.epoch, self.offset = 0, 0  # offset: batches of this epoch done before
        self.history: dict[str, list[float]] = {}
        self.seconds, self.since = 0.0, time.monotonic()
        self.saved_metrics = None

    # Writing.

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch
        if self.saved_metrics is not None:  # `fit` has just reset them
            for variable, value in zip(
                self._metric_variables(), self.saved_metrics, strict=True
            ):
                variable.assign(value)
            self.saved_metrics = None

    def on_train_batch_end(self, batch, logs=None):
        done = self.offset + batch + 1
        if self.every and done % self.every == 0 and done < self.steps_per_epoch:
            self.write(self.epoch, done)

    def on_epoch_end(self, epoch, logs=None):
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(float(value))
        self.offset = 0
        self.write(epoch + 1, 0)

    def write(self, epoch: int, batch: int):
        """One file with the whole state, whose name is its position."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{epoch:06d}-{batch:08d}.npz"
        about = {
            "recipe": self.recipe,
            "epoch": epoch,
            "batch": batch,
            "history": self.history,
            "seconds": self.elapsed(),
        }
        arrays = {f"v{i}": v.numpy() for i, v in enumerate(state(self.model))}
        with atomic(path) as temporary, open(temporary, "wb") as file:
            np.savez(file, about=json.dumps(about), **arrays)
        self.model.last_checkpoint = str(path)
        for old in self._files()[:-KEEP]:
            old.unlink()

    def elapsed(self) -> float:
        """Seconds of training, those before an interruption included."""
        return self.seconds + time.monotonic() - self.since

    # Reading.

    def restore(self) -> tuple[int, int]:
        """Take the newest whole checkpoint; returns its position, (0, 0) if none is.

        A damaged file is passed over for the one before it. If all are damaged, that
        is an error: starting from scratch would hide the loss.
        """
        files, problems = self._files(), []
        for path in reversed(files):
            try:
                about, arrays = self._read(path)
            except Exception as error:  # zip, zlib, JSON and shape errors alike
                problems.append(f"{path.name}: {error}")
                continue
            return self._take(path, about, arrays)
        if files:
            raise BadFile(
                f"no checkpoint in {self.folder} can be read ({'; '.join(problems)}). "
                "Give another folder, or remove this one to start from scratch."
            )
        return 0, 0

    def _read(self, path):
        with np.load(path) as file:
            about = json.loads(str(file["about"]))
            return about, [file[f"v{i}"] for i in range(len(file.files) - 1)]

    def _take(self, path, about, arrays):
        if about["recipe"] != self.recipe:
            raise BadInput(
                f"{path} belongs to another recipe ({about['recipe']}), not to "
                f"{self.recipe}. Give another folder, or remove this one."
            )
        variables = state(self.model)
        for variable, array in zip(variables, arrays, strict=True):
            variable.assign(array)
        self.model.last_checkpoint = str(path)
        self.history = about["history"]
        self.seconds, self.since = about["seconds"], time.monotonic()
        self.epoch, self.offset = about["epoch"], about["batch"]
        if self.offset:
            self.saved_metrics = [v.numpy() for v in self._metric_variables()]
        return self.epoch, self.offset

    def _files(self):
        return sorted(self.folder.glob("[0-9]*-[0-9]*.npz"))

    def _metric_variables(self):
        return [v for metric in self.model.metrics for v in metric.variables]


def fit(
    model,
    dataset: Callable[[], tf.data.Dataset],
    *,
    epochs: int,
    folder,
    every: int | None = None,
    recipe: str = "",
    callbacks=(),
    **kwargs,
) -> Trained:
    """`model.fit` that continues where it was when it was killed.

    Args:
        model: a compiled `GenerativeModel`, built the same way each time.
        dataset: builds one epoch of batches, from scratch: a dataset that was iterated
            before goes on with its shuffling where it was.
        epochs: in all, those of earlier calls included.
        folder: of the checkpoints.
        every: steps between two checkpoints, besides those at the ends of epochs.
        recipe: describes the training; a checkpoint of another one is refused.
        callbacks: they see the numbers of epochs as if there had been no interruption.
        **kwargs: for `model.fit`, such as `validation_data` and `verbose`.

    Returns:
        The history and the seconds of all epochs, those of earlier calls included.
    """
    steps = int(dataset().cardinality())
    if steps <= 0:
        raise BadInput(
            "exact resume needs a dataset of known, finite length; call "
            ".apply(tf.data.experimental.assert_cardinality(n)) on it."
        )
    checks.check_data(model, dataset())
    checkpoint = Checkpoint(folder, steps, every, recipe)
    checkpoint.set_model(model)
    epoch, batch = checkpoint.restore()

    def run(first, last, done):
        stream = dataset().repeat().skip(first * steps + done)
        return keras.Model.fit(  # ours would look at the stream, which shuffles it on
            model,
            stream,
            shuffle=False,
            initial_epoch=first,
            epochs=last,
            steps_per_epoch=steps - done,
            callbacks=[checks.FiniteLoss(), checkpoint, *callbacks],
            **kwargs,
        )

    if batch:  # the rest of the epoch that was interrupted
        run(epoch, epoch + 1, batch)
        epoch += 1
    if epoch < epochs:
        run(epoch, epochs, 0)
    return Trained(checkpoint.history, checkpoint.elapsed())
