"""How fast is every file, in every runtime that is installed?

Each file has a process of its own for each number of threads, and the processes take
turns of a few calls, so that whatever else the machine does hits all of them. The first
call of a turn is not counted: it finds the caches as the others left them. Compare the
rows of one table; times of two machines, or of two runs, say nothing about the files.
"""

import contextlib
import dataclasses
import importlib.util
import pathlib
import pickle
import subprocess
import sys

import numpy as np

from export import formats, manifest
from keras_gen.errors import BadFile, BadInput, ExportError, lookup

WORKER = str(pathlib.Path(__file__).with_name("worker.py"))
TURN = 4  # calls, of which the first does not count
FIRST = next(iter(formats.FORMATS.values()))  # what the others are timed against
HEADINGS = (
    *("file", "runtime", "threads", "load ms", "first call ms", "median ms"),
    *("spread ms", f"of {FIRST.title}", "peak MB"),
)


@dataclasses.dataclass(frozen=True)
class Subject:
    """What is timed: a path that a runtime opens, and its name in the table.

    Args:
        runtime: a `formats.Runtime`.
        path: what its opener takes.
        name: for the table.
        batch: the only batch size it accepts, None for any.
    """

    runtime: formats.Runtime
    path: str
    name: str
    batch: int | None = None


def measure(
    folder, signature=None, runs=30, threads=(1, 2), others=(), trusted=False
) -> list:
    """One row for each file and number of threads.

    Args:
        folder: of an export.
        signature: what to call; the first of the manifest by default.
        runs: calls that count, of each.
        threads: numbers of threads.
        others: `Subject`s with the same signature, to be timed as well.
        trusted: run SavedModels that touch files or the network, too: whoever wrote
            one can make it read and write whatever you may.

    Returns:
        Dicts with file, runtime, threads, the seconds of loading, of the first call,
        the median and spread (between the quartiles) of the others, `relative` to the
        first format, and the peak memory in bytes.
    """
    if runs < 1 or min(threads) < 1:
        raise BadInput("runs and threads count from 1.")
    folder = pathlib.Path(folder)
    listed = manifest.load(folder)
    signature = signature or next(iter(listed["signatures"]))
    tensors = lookup(listed["signatures"], signature, "signature")["inputs"]
    subjects = [*others]
    for file in listed["files"]:
        if signature in file["errors"]:
            home, path = formats.get(file["format"]), folder / file["path"]
            if not trusted:
                _check_harmless(path, home.reaches_out(path))
            name, batch = file["path"], file["batch"]
            subjects.append(Subject(home.runtime, str(path), name, batch))
    with contextlib.ExitStack() as stack:
        workers = []
        for subject in subjects:
            if importlib.util.find_spec(subject.runtime.package):
                values = inputs(tensors, subject.batch or 1)
                for count in threads:
                    worker = Worker(subject, signature, count, values)
                    workers.append(stack.enter_context(worker))
                    worker.row |= worker.answer()  # one loads after the other
        for _ in range(-(-runs // (TURN - 1))):
            for worker in workers:
                worker.seconds += worker.ask(TURN)[1:]
        return _rows(workers)


def _check_harmless(path, operators):
    if operators:
        raise ExportError(
            f"{path} could touch files or the network ({', '.join(operators)}), as no "
            "export does, so it is not run. If you know whose it is, --trust runs it."
        )


def inputs(tensors: dict, batch: int) -> dict:
    """Legal values of the inputs that a manifest describes."""
    try:
        return _drawn(tensors, batch)
    except (LookupError, TypeError, ValueError, OverflowError, MemoryError) as error:
        raise BadFile(
            f"no values can be such as the manifest describes its inputs ({error}): "
            "export again."
        ) from None


def _drawn(tensors, batch):
    random = np.random.default_rng(0)
    laws = {"normal": random.standard_normal, "uniform": random.random}
    laws["gumbel"] = lambda shape: random.gumbel(size=shape)
    values = {}
    for name, spec in tensors.items():
        shape = (batch, *spec["shape"][1:])
        if spec.get("law"):
            value = laws[spec["law"]](shape)
        elif spec["dtype"].startswith("int"):
            low, high = spec.get("range") or (0, 1)
            value = random.integers(int(low), int(high) + 1, shape)
        else:
            value = random.uniform(*(spec.get("range") or (-1, 1)), shape)
        values[name] = np.asarray(value).astype(spec["dtype"])
    return values


def cells(row: dict) -> list[str]:
    """A row as a table shows it, under `HEADINGS`."""
    times = [f"{1000 * row[k]:.2f}" for k in ("load", "first", "median", "spread")]
    relative = f"{row['relative']:.2f}" if row["relative"] else ""
    start = [row["file"], row["runtime"], str(row["threads"])]
    return [*start, *times, relative, f"{row['peak'] / 1e6:.0f}"]


class Worker:
    """A process that runs one file in one runtime."""

    def __init__(self, subject: Subject, signature, threads, values):
        runtime = subject.runtime
        self.row = {"file": subject.name, "runtime": runtime.name, "threads": threads}
        self.seconds = []
        self.process = subprocess.Popen(
            [
                *(sys.executable, WORKER, runtime.opener),
                *(subject.path, signature, str(threads)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._send(values)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def ask(self, request):
        self._send(request)
        return self.answer()

    def answer(self):
        with self._alive():
            return pickle.load(self.process.stdout)

    def _send(self, value):
        with self._alive():
            pickle.dump(value, self.process.stdin)
            self.process.stdin.flush()

    @contextlib.contextmanager
    def _alive(self):
        try:
            yield
        except (OSError, EOFError):
            raise ExportError(
                f"{self.row['runtime']} does not run {self.row['file']}: export it "
                "again, which verifies it."
            ) from None


def _rows(workers):
    rows = []
    for worker in workers:
        low, median, high = np.percentile(worker.seconds, (25, 50, 75))
        row = worker.row | {"median": median, "spread": high - low}
        rows.append(row | {"peak": worker.ask(0)})
    base = FIRST.runtime.name
    first = {row["threads"]: row for row in rows if row["runtime"] == base}
    for row in rows:
        base = first.get(row["threads"])
        row["relative"] = float(row["median"] / base["median"]) if base else None
    return rows
