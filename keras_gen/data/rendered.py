"""Sets that are drawn here: TFDS builders that need no download."""

import contextlib
import io
import os
import pathlib
import shutil
import sys
import tempfile
import time

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
    try:
        wanted = builder(data_dir=root)
        whole = wanted.is_prepared()
    except Exception as error:  # of any kind: its description is damaged
        raise _damaged(what, root or "the data folder of TFDS", error) from error
    if whole:
        return wanted
    target = pathlib.Path(wanted.data_dir)
    _sweep(target.parent)
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


@contextlib.contextmanager
def reading(builder, what: str):
    """Herein its files are read; those that are damaged get a sentence."""
    try:
        yield
    except Exception as error:  # of any kind, of TFDS, TensorFlow or the disk
        raise _damaged(what, builder.data_dir, error) from error


def _damaged(what, folder, error):
    reason = " ".join(str(error).split())[:200]
    return BadFile(
        f"{what} in {folder} cannot be read ({reason}). Remove that folder: they are "
        "rendered again."
    )


def _sweep(folder):
    """Away with what killed renderings left; none takes an hour."""
    for left in folder.glob(".rendering-*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > 3600:
                shutil.rmtree(left)


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
