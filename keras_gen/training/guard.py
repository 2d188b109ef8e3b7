"""An end to what Python cannot interrupt.

TensorFlow holds Python's lock while it waits for the processes of a group, so no thread
and no handler of this process runs meanwhile. A second, small process does: when the
time is over it says why, and sends the signal of the number that `LostWorker` has as
its exit code, which C's `_exit` takes as it is.
"""

import contextlib
import ctypes
import subprocess
import sys

from keras_gen.errors import LostWorker

WATCH = """
import os, select, sys
code, seconds, words = sys.argv[1:]
if not select.select([0], [], [], float(seconds))[0]:  # nor has that process ended
    print(words, file=sys.stderr, flush=True)
    os.kill(os.getppid(), int(code))
"""


@contextlib.contextmanager
def within(seconds: float, words: str):
    """What lasts longer ends this process as a `LostWorker` of these words would."""
    code, libc = LostWorker.exit_code, ctypes.CDLL(None)
    libc.signal.argtypes = ctypes.c_int, ctypes.c_void_p
    libc.signal.restype = ctypes.c_void_p
    before = libc.signal(code, ctypes.cast(libc._exit, ctypes.c_void_p))
    words = f"{LostWorker.__name__}: {words}"
    watch = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", WATCH, str(code), str(seconds), words],
        stdin=subprocess.PIPE,
    )
    try:
        yield
    finally:
        watch.stdin.close()
        watch.wait()
        libc.signal(code, before)
