"""The callbacks that every `fit` has: what goes wrong is said while it does."""

import math
import warnings

import keras
import numpy as np

from keras_gen.errors import NonFiniteLoss
from keras_gen.parts.losses import NonSaturating


class FiniteLoss(keras.callbacks.Callback):
    """Stops the training at the first step whose report is not a finite number.

    Where several steps are one call, at its end.
    """

    patient = True

    def __init__(self):
        super().__init__()
        self.epoch = self.done = 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch, self.done = epoch, 0

    def where(self) -> str:
        """What was done before the step that failed."""
        return f", in epoch {self.epoch + 1} after batch {self.done}"

    def on_train_batch_end(self, batch, logs=None):
        first, batch = self.done, min(batch, (self.params.get("steps") or math.inf) - 1)
        self.done = batch + 1
        for name, value in (logs or {}).items():
            if not np.isfinite(float(value)):
                kept = getattr(self.model, "last_checkpoint", None)
                kept = (
                    f"The last good checkpoint is {kept}."
                    if kept
                    else "No checkpoint was being written."
                )
                raise NonFiniteLoss(
                    f'"{name}" became {float(value)} in epoch {self.epoch + 1}, batch '
                    f"{_span(first + 1, batch + 1)}. Look for NaN in the data, or "
                    f"lower the learning rate. {kept}"
                )


def _span(first, last):
    return f"{last}" if first == last else f"{first} to {last}"


class FairGame(keras.callbacks.Callback):
    """Warns if a discriminator has won: what is left to learn for the generator fades.

    It has if its loss, averaged over each epoch, stays near the least it can be for
    some hundred steps, as `stakes` of the model tell. Where the generator's loss
    saturates, its gradient is then nearly zero, too: in the minimax game the mean slope
    at the scores, E D(G(z)), is no larger than the discriminator's loss. Of a loss with
    other terms the part is looked at that the model reports as `game`.
    """

    near = 0.05  # of the way to a loss that tells nothing: 19 of 20 examples are right
    steps = 500  # of the discriminator; at the beginning of a training it often leads

    def on_train_begin(self, logs=None):
        self.stakes = getattr(self.model, "stakes", None)
        self.since, self.warned = None, self.stakes is None

    def on_epoch_begin(self, epoch, logs=None):
        if not self.warned and self.since is None:
            self.since = self._taken()

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        loss = logs.get("game", logs.get("discriminator_loss"))
        if self.warned or loss is None:
            return
        won, even = self.stakes
        if loss > won + self.near * (even - won):
            self.since = None
        elif self._taken() - self.since >= self.steps:
            self.warned = True
            warnings.warn(
                f"the discriminator wins outright: in epoch {epoch + 1} its loss "
                f"{'in the game ' if 'game' in logs else ''}is {loss:.3g}, where "
                f"{won:.3g} is that of one which is always right and {even:.3g} that "
                "of one which can tell nothing, so the generator learns little or "
                f"nothing from it. {self._advice()}",
                stacklevel=2,
            )

    def _advice(self):
        """What there is to do, but for what the game has already."""
        ways = ["a lower learning rate", "fewer units", "dropout"]
        if getattr(self.model, "penalty", None) is None:
            ways.append("a penalty such as penalties.R1(0.1)")
        advice = f"Give the discriminator {', '.join(ways[:-1])} or {ways[-1]}"
        loss = getattr(self.model, "objective", None)
        if loss is None or isinstance(loss, NonSaturating):
            return f"{advice}."
        return f'{advice}, or train with loss="non_saturating".'

    def _taken(self):
        return int(self.model.optimizers["discriminator"].iterations.numpy())


def guards(others=()) -> list[keras.callbacks.Callback]:
    """Before all others, so that none of them saves spoilt weights.

    Where one of the others goes back when the numbers spoil, nothing need stop.
    """
    rewinds = any(getattr(callback, "rewinds", False) for callback in others)
    return [FairGame()] if rewinds else [FiniteLoss(), FairGame()]
