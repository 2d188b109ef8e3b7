"""One file in one runtime, in a process of its own, for `export.benchmark`.

    python worker.py MODULE:OPENER PATH SIGNATURE THREADS

The opener is that of a `formats.Runtime`. The inputs come pickled on standard input;
the answer is the seconds that loading and the first call took. After that, each number
n that comes in is answered by the seconds that n calls took, one by one, and a 0 by the
peak memory in bytes, which is the end. Answers go to what was standard output, so that
nothing a runtime prints gets between.
"""

import importlib
import os
import pathlib
import pickle
import sys
import time


def peak_memory() -> int:
    """The most that this process has held; what its parent held does not count."""
    try:
        with open("/proc/self/status") as status:
            (line,) = (line for line in status if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        import resource

        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main(opener, path, signature, threads):
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"  # TensorFlow on the processor, too

    def answer(value):
        pickle.dump(value, answers)
        answers.flush()

    def timed(function, *args, **kwargs):
        start = time.perf_counter()
        result = function(*args, **kwargs)
        return time.perf_counter() - start, result

    module, _, function = opener.partition(":")
    module = importlib.import_module(module)
    load = getattr(module, function)(int(threads))  # imports: not the file's fault
    inputs = pickle.load(sys.stdin.buffer)
    loading, (function, convert) = timed(load, path, signature)
    inputs = {key: convert(value) for key, value in inputs.items()}
    answer({"load": loading, "first": timed(function, **inputs)[0]})
    while count := pickle.load(sys.stdin.buffer):
        answer([timed(function, **inputs)[0] for _ in range(count)])
    answer(peak_memory())


if __name__ == "__main__":
    sys.path[0] = str(pathlib.Path(__file__).parents[1])  # of our packages
    main(*sys.argv[1:])
