"""Training that survives a power cut, to the bit.

All that training depends on is a handful of arrays: weights, optimizer states, the
counters of the noise, the averages reported so far, and the position in the data. A
checkpoint is one file with all of them, written aside and renamed, so that there is
always a whole one. The data come from a pipeline that gives the same batches whenever
it is built from its seed, so a position is just a number of batches to skip:

    fit( n epochs )  ==  fit until killed;  fit again with the same folder

A file knows nothing of the number of replicas, so that may be another one when the
training goes on. Of several processes the chief alone writes and reads, and sends the
others what it has read: they need no common disk.

Example:
    >>> model.compile("adam")
    >>> digits = lambda: data.load("digits", seed=1)
    >>> fit(model, digits, epochs=20, folder="runs/mine", every=100)
"""

import contextlib
import io
import json
import pathlib
import signal
import time
import warnings
from collections.abc import Callable
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from keras_gen import checks
from keras_gen.errors import BadFile, BadInput, Interrupted
from keras_gen.files import alone, atomic
from keras_gen.training import distribute
from keras_gen.training.interruption import Signals, partners
from keras_gen.training.strategies import is_chief

AGAIN = "Start all of them again: they go on from the last checkpoint."
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

    When a signal has asked for the end, writes a last time and raises `Interrupted`.

    Args:
        folder: where the files lie; created if it is not there.
        steps_per_epoch: batches in an epoch of the data.
        every: steps between two checkpoints; None writes at the ends of epochs only.
        recipe: a description of what is trained; a folder with checkpoints of another
            one is refused.
        signals: the open `Signals`.
    """

    def __init__(
        self,
        folder,
        steps_per_epoch: int,
        every: int | None,
        recipe: str,
        signals: Signals,
    ):
        super().__init__()
        self.folder = pathlib.Path(folder)
        self.steps_per_epoch = steps_per_epoch
        self.every = every
        self.recipe = recipe
        self.signals = signals
        self.epoch, self.offset = 0, 0  # offset: batches of this epoch done before
        self.history: dict[str, list[float]] = {}
        self.seconds, self.since = 0.0, time.monotonic()
        self.saved_metrics = None

    def set_model(self, model):
        super().set_model(model)
        self.strategy = model.distribute_strategy
        self.chief = is_chief(self.strategy)
        self.anyone = distribute.Anyone(self.strategy)

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
        if done >= self.steps_per_epoch:
            return  # the end of the epoch is near, with what validation adds
        stop = self._asked_to_stop()
        if stop or (self.every and done % self.every == 0):
            self.write(self.epoch, done)
        if stop:
            self._stop()

    def on_epoch_end(self, epoch, logs=None):
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(float(value))
        self.offset = 0
        self.write(epoch + 1, 0)
        if self._asked_to_stop():
            self._stop()

    def _asked_to_stop(self) -> bool:
        """The processes of a group stop together, whichever was asked."""
        return self.anyone(self.signals.received is not None)

    def _stop(self):
        number = self.signals.received or signal.SIGTERM  # another process's
        raise Interrupted(
            f"stopped by {signal.Signals(number).name}; all that was trained is kept "
            f"in {self.model.last_checkpoint}. The same command goes on from there.",
            number,
        )

    def write(self, epoch: int, batch: int):
        """One file with the whole state, whose name is its position."""
        path = self.folder / f"{epoch:06d}-{batch:08d}.npz"
        self.model.last_checkpoint = str(path)
        # Reading a metric adds up all processes' shares: all of them must be here.
        arrays = {f"v{i}": v.numpy() for i, v in enumerate(state(self.model))}
        if not self.chief:
            return
        about = {
            "recipe": self.recipe,
            "epoch": epoch,
            "batch": batch,
            "history": self.history,
            "seconds": self.elapsed(),
            "arrays": len(arrays),
        }
        with atomic(path) as temporary, open(temporary, "wb") as file:
            np.savez(file, about=json.dumps(about), **arrays)
        for old in self._files()[:-KEEP]:
            old.unlink(missing_ok=True)

    def elapsed(self) -> float:
        """Seconds of training, those before an interruption included."""
        return self.seconds + time.monotonic() - self.since

    # Reading.

    def restore(self) -> tuple[int, int]:
        """Take the newest whole checkpoint; returns its position, (0, 0) if none is.

        A damaged file is passed over for the one before it. If all are damaged, that
        is an error: starting from scratch would hide the loss.
        """
        found, content = self._newest() if self.chief else ({}, b"")
        found = json.loads(
            distribute.broadcast(self.strategy, json.dumps(found).encode())
        )
        content = distribute.broadcast(self.strategy, content)
        if found["name"]:
            if found["problems"]:
                self._warn(found)
            return self._take(self.folder / found["name"], *_parsed(content))
        if found["problems"]:
            raise BadFile(
                f"no checkpoint in {self.folder} can be read ({found['problems']}). "
                "Give another folder, or remove this one to start from scratch."
            )
        return 0, 0

    def _newest(self):
        """The newest whole file, and what is wrong with those that are newer."""
        for left in self.folder.glob(".[0-9]*.npz"):  # by a kill while writing
            left.unlink()
        problems = []
        for path in reversed(self._files()):
            try:
                content = path.read_bytes()
                _parsed(content)
            except Exception as error:  # zip, zlib, JSON and number errors alike
                problems.append(f"{path.name}: {error}")
                continue
            return {"name": path.name, "problems": "; ".join(problems)}, content
        return {"name": None, "problems": "; ".join(problems)}, b""

    def _warn(self, found):
        warnings.warn(
            f"a checkpoint in {self.folder} is damaged ({found['problems']}); going on "
            f"from the one before, {found['name']}.",
            stacklevel=2,
        )

    def _take(self, path, about, arrays):
        if about["recipe"] != self.recipe:
            raise BadInput(
                f"{path} belongs to another recipe ({about['recipe']}), not to "
                f"{self.recipe}. Give another folder, or remove this one."
            )
        variables = state(self.model)
        if [tuple(v.shape) for v in variables] != [a.shape for a in arrays]:
            raise BadInput(
                f"{path} was written by another version of this model: its variables "
                "have other shapes. Give another folder, or remove this one."
            )
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


def _parsed(content: bytes):
    with np.load(io.BytesIO(content)) as file:
        about = json.loads(str(file["about"]))
        return about, [file[f"v{i}"] for i in range(about["arrays"])]


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
    _check_steps(steps, every, model.steps_per_execution)
    strategy = model.distribute_strategy
    checks.check_data(model, dataset())

    def run(first, last, done):
        stream = dataset().repeat().skip(first * steps + done)
        return model.run(  # `fit` would look at the stream, and so shuffle it on
            stream,
            shuffle=False,
            initial_epoch=first,
            epochs=last,
            steps_per_epoch=steps - done,
            callbacks=[*measuring, checkpoint, *others],
            **kwargs,
        )

    # What joins the logs, before what keeps them.
    measuring = [c for c in callbacks if getattr(c, "measures", False)]
    others = [c for c in callbacks if c not in measuring]
    mine = alone(folder) if is_chief(strategy) else contextlib.nullcontext()
    with Signals() as signals, partners(strategy, AGAIN), mine:
        distribute.check_same(strategy, recipe, dataset())
        checkpoint = Checkpoint(folder, steps, every, recipe, signals)
        checkpoint.set_model(model)
        epoch, batch = checkpoint.restore()
        if (epoch, batch) > (epochs, 0):
            raise BadInput(
                f"{folder} holds a training of {epoch} epochs and {batch} steps, "
                f"which is more than the {epochs} epochs asked for: ask for more, or "
                "give another folder."
            )
        if batch:  # the rest of the epoch that was interrupted
            run(epoch, epoch + 1, batch)
            epoch += 1
        if epoch < epochs:
            run(epoch, epochs, 0)
    return Trained(checkpoint.history, checkpoint.elapsed())


def _check_steps(steps, every, together):
    if steps <= 0:
        raise BadInput(
            "exact resume needs a dataset of known, finite length; call "
            ".apply(tf.data.experimental.assert_cardinality(n)) on it."
        )
    if every is not None and every < 1:
        raise BadInput(f"every counts steps, from 1; received {every}.")
    if steps % together or (every or together) % together:
        raise BadInput(
            f"with steps_per_execution={together}, the {steps} batches of an epoch and "
            f"the {every} steps between two checkpoints must be multiples of it."
        )
