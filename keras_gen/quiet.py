"""TensorFlow without its monologue, for command lines.

While it is imported, TensorFlow writes about processors and graphics drivers to the
standard error stream, from C++ and before any of its log levels is in force. A user
who asked for a table should not have to look for it among that.
"""

import contextlib
import os
import sys


def import_tensorflow():
    """Import TensorFlow with the standard error stream closed to C++ meanwhile."""
    if "tensorflow" in sys.modules:
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with silent():
        import tensorflow as tf

        tf.config.list_physical_devices()  # says its piece about drivers, too


@contextlib.contextmanager
def silent():
    """Nothing that is written to the standard error stream meanwhile appears."""
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
