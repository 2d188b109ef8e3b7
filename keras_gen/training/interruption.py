"""Being asked to stop, and losing a partner.

Schedulers send SIGTERM some seconds before SIGKILL, and people press Ctrl-C (SIGINT).
Either becomes a wish, which the training grants after the step in hand, when there is
something whole to write. A second Ctrl-C is obeyed at once.
"""

import contextlib
import signal
import threading

import tensorflow as tf

from keras_gen.errors import LostWorker
from keras_gen.training.strategies import processes

_LOST = (  # what TensorFlow raises on the others when one process of a group ends
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.FailedPreconditionError,
    tf.errors.InternalError,
)


class Signals:
    """Within this context, SIGTERM and SIGINT only set `received`."""

    def __init__(self):
        self.received: int | None = None
        self._before = {}

    def __enter__(self):
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *error):
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number, frame):
        if number == self.received == signal.SIGINT:
            raise KeyboardInterrupt
        self.received = number


@contextlib.contextmanager
def partners(strategy, advice: str):
    """Say in a sentence that another process of the group is gone."""
    try:
        yield
    except _LOST as error:
        if processes(strategy) == 1:
            raise
        said = [line for line in str(error).splitlines() if "aborted" in line]
        raise LostWorker(
            "another process of the group has ended or cannot be reached, so this one "
            f"ends too. {advice} TensorFlow said: {(said or [str(error)])[0][:300]}"
        ) from error
