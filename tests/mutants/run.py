"""Wrong lines, one at a time, and whether the tests see them: `make mutants`.

A test that cannot fail proves nothing. Each mutant of `table.py` is a line as somebody
might plausibly have written it; a copy of the tree is given that line, and the tests
that should see it are run there. Where they pass, a law is missing.

The tree itself is never touched, so an interruption leaves nothing to restore. The
tests run in a process forked from one that has the large libraries already, which
saves their seconds. First of all they must pass without any mutant.

    python tests/mutants/run.py                      all of them
    python tests/mutants/run.py spectral vae.py      those with one of these in their
                                                     name or file
"""

import argparse
import collections
import importlib
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time

from table import MUTANTS

ROOT = pathlib.Path(__file__).parents[2]
LIBRARIES = (
    "tensorflow", "keras", "tensorflow_probability", "tensorflow_datasets", "sklearn",
    "scipy.linalg", "matplotlib.pyplot", "tf2onnx", "onnxruntime", "pytest",
)  # fmt: skip
LIMIT = 900  # seconds; a mutant that hangs is seen, too
LEFT_OUT = shutil.ignore_patterns(
    ".*", "__pycache__", "build", "demo", "runs", "weights", "*.egg-info"
)
LOG = "log of the tests.txt"


def copied(folder):
    """The tree, but for the weights, which nobody changes."""
    tree = pathlib.Path(folder)
    shutil.copytree(ROOT, tree, ignore=LEFT_OUT)
    (tree / "zoo" / "weights").symlink_to(ROOT / "zoo" / "weights")
    return tree


def forked(tree, tests):
    """The number of a process that runs these tests in that tree."""
    child = os.fork()
    if child:
        return child
    os.setsid()  # what the tests start ends with them
    os.chdir(tree)
    sys.path.insert(0, str(tree))
    with open(tree / LOG, "w") as log:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(log.fileno(), stream.fileno())
    import pytest

    code = pytest.ExitCode.INTERNAL_ERROR
    try:
        code = pytest.main(["-n0", "-q", "-x", "-p", "no:cacheprovider", *tests])
    finally:
        sys.stdout.flush()
        os._exit(code)


def failed(status, tree) -> bool:
    """Whether the tests did, or came to no end; raises if they could not be run."""
    code = os.waitstatus_to_exitcode(status)
    if code in (0, 1) or code < 0:
        return code != 0
    raise SystemExit(f"{(tree / LOG).read_text()[-3000:]}\npytest gave up: {code}.")


def verdicts(mutants, trees):
    """(mutant, whether it was seen, seconds), as the tests end; a tree for each run."""
    waiting, running = collections.deque(mutants), {}
    try:
        while waiting or running:
            while waiting and trees:
                tree, mutant = trees.pop(), waiting.popleft()
                line = tree / mutant.file
                before = line.read_text()
                line.write_text(mutant.applied(before))
                child = forked(tree, mutant.tests)
                running[child] = mutant, tree, before, time.monotonic()
            child, status = os.waitpid(-1, os.WNOHANG)
            if child:
                mutant, tree, before, start = running.pop(child)
                (tree / mutant.file).write_text(before)
                trees.append(tree)
                yield mutant, failed(status, tree), time.monotonic() - start
                continue
            for child, (*_, start) in running.items():
                if time.monotonic() - start > LIMIT:
                    os.killpg(child, signal.SIGKILL)
            time.sleep(0.1)
    finally:
        for child in running:
            os.killpg(child, signal.SIGKILL)


def main(words, jobs):
    mutants = [
        mutant
        for mutant in MUTANTS
        if not words or any(w in f"{mutant.name} {mutant.file}" for w in words)
    ]
    if not mutants:
        raise SystemExit(f"no mutant has {' or '.join(words)} in its name or file.")
    os.environ |= {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
        "PYTHONDONTWRITEBYTECODE": "1",  # a mutant is as old and as long as its line
    }
    sys.dont_write_bytecode = True
    del sys.path[0]  # this folder, which must hide nothing of the tree's
    for library in LIBRARIES:
        importlib.import_module(library)
    begun, survived = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as folder:
        trees = [copied(f"{folder}/{i}") for i in range(jobs)]
        tests = sorted({test for mutant in mutants for test in mutant.tests})
        print(f"{len(mutants)} mutants; first the {len(tests)} tests alone", flush=True)
        _, status = os.waitpid(forked(trees[0], tests), 0)
        if failed(status, trees[0]):
            said = (trees[0] / LOG).read_text()[-3000:]
            code = os.waitstatus_to_exitcode(status)  # or minus the signal's number
            raise SystemExit(f"{said}\nthe tests fail ({code}) without any mutant.")
        for mutant, seen, seconds in verdicts(mutants, trees):
            survived += not seen
            word = "killed" if seen else "SURVIVED"
            print(f"{word:8} {seconds:4.0f} s  {mutant.name}", flush=True)
    minutes = (time.monotonic() - begun) / 60
    print(
        f"{len(mutants) - survived} killed, {survived} survived, {minutes:.0f} minutes"
    )
    return survived > 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("only", nargs="*", help="words of names or files")
    parser.add_argument("--jobs", type=int, default=2, help="at once")
    arguments = parser.parse_args()
    sys.exit(main(arguments.only, arguments.jobs))
