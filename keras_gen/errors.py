"""What can go wrong, in sentences.

Every error of this project says what was wrong, what was expected, and what to do.
The command lines print such an error as one line, without a traceback.
"""

import difflib
from collections.abc import Iterable


class KerasGenError(Exception):
    """The base of all errors raised on purpose by keras_gen, zoo and export."""

    exit_code = 2  # of the command lines


class UnknownName(KerasGenError, LookupError):
    """A name that no table knows; the message proposes the nearest one."""


class BadInput(KerasGenError, ValueError):
    """Data or arguments that cannot be what the caller meant."""


class NonFiniteLoss(KerasGenError, ArithmeticError):
    """The loss became NaN or infinite during training."""


class LostWorker(KerasGenError, RuntimeError):
    """Another process of the group has died, or cannot be reached."""

    exit_code = 3


class Interrupted(KerasGenError):
    """A signal asked the training to stop, and it has written a checkpoint."""

    def __init__(self, message: str, number: int):
        super().__init__(message)
        self.exit_code = 128 + number  # as shells have it


class BadFile(KerasGenError, OSError):
    """A file that is missing, truncated, altered, or of another kind."""


class OutputRefused(KerasGenError, OSError):
    """An output folder that cannot be written, or that would be overwritten."""


class ExportError(KerasGenError, RuntimeError):
    """A conversion that failed, or whose result does not agree with the model."""


def lookup(table, name: str, kind: str, hint: str = ""):
    """`table[name]`, or an `UnknownName` that proposes the nearest name."""
    try:
        return table[name]
    except (KeyError, TypeError):
        raise unknown(name, table, kind, hint) from None


def unknown(name, known: Iterable[str], kind: str, hint: str = "") -> UnknownName:
    """The error for a name that is not among `known`."""
    known = sorted(known)
    near = difflib.get_close_matches(str(name), known, n=1, cutoff=0.5)
    guess = f' Did you mean "{near[0]}"?' if near else ""
    listing = f" {hint}" if hint else f" Known: {', '.join(known)}."
    return UnknownName(f'no {kind} "{name}".{guess}{listing}')
