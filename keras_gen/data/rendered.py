"""Sets that are drawn here: TFDS builders that need no download."""

import contextlib
import io
import os
import pathlib
import sys
import tempfile

import tensorflow_datasets as tfds

from keras_gen.errors import BadFile


def prepared(builder, what: str) -> tfds.core.DatasetBuilder:
    """The builder with its files in place.

    They are written in a folder of this process's own and moved as a whole: of two
    processes that render at once one is first, and the other takes its files.

    Args:
        builder: a function of `data_dir` that gives the builder.
        what: what is drawn, for messages.
    """
    root = os.environ.get("TFDS_DATA_DIR")
    wanted = builder(data_dir=root)
    if wanted.is_prepared():
        return wanted
    target = pathlib.Path(wanted.data_dir)
    print(f"Rendering {what}, once, into {target}", file=sys.stderr)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            dir=target.parent, prefix=".rendering-"
        ) as own:
            _move(_written(builder(data_dir=own)), target)
    except OSError as error:
        raise BadFile(
            f"cannot write {what} to {target.parent} ({error.strerror}). Set the "
            "environment variable TFDS_DATA_DIR to a folder that can be written."
        ) from None
    return builder(data_dir=root)


def progress(split: str, done: int, size: int, every: int):
    """A line that counts, on standard error."""
    if done % every == 0 or done == size:
        end = "\n" if done == size else ""
        line = f"\r  {split}: {done:,} of {size:,}"
        print(line, end=end, file=sys.stderr, flush=True)


def _written(builder):
    """The folder it wrote; its own messages would name a folder that goes away."""
    tfds.disable_progress_bar()
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            builder.download_and_prepare()
    finally:
        tfds.enable_progress_bar()
    return pathlib.Path(builder.data_dir)


def _move(made, target):
    try:
        made.rename(target)
    except OSError:
        if not target.is_dir():  # else another process was first, with the same files
            raise
