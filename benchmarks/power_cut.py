"""Cuts the power of trainings at random moments, and asks whether anything was lost.

    python benchmarks/power_cut.py                 30 cuts, about a quarter of an hour

Each trial starts a training, ends it with SIGKILL, starts the same command again, and
compares every weight, optimizer state and counter at its end with those of a training
that was never touched: bit for bit. A third of the cuts fall while a checkpoint is
being written, a third hit one of two workers, whose partner must then end by itself.
"""

import argparse
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
EPOCHS, STEPS, BATCH = 3, 20, 16
PATIENCE = 60  # seconds in which the partner of a dead worker must have ended


# The training that is cut, in processes of its own.


def train(folder, out, hosts, rank):
    """GAN on points: two players, two optimizers, shuffled data, fresh noise."""
    import keras
    import numpy as np
    import tensorflow as tf

    import keras_gen as kg
    from keras_gen import data
    from keras_gen.networks import mlp
    from keras_gen.training import checkpoint, strategies
    from zoo.rates import decaying

    class Line(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            print("step", flush=True)

    tf.config.experimental.enable_op_determinism()
    strategy = strategies.open_strategy(
        "multiworker" if hosts else "default", hosts, rank
    )
    keras.utils.set_random_seed(1)
    with strategy.scope():
        model = kg.GAN(mlp.encoder((8,), 2, width=8), mlp.encoder((2,), 1, width=8))
        model.compile(decaying(1e-3)(EPOCHS * STEPS))
    x = data.arrays("points/ring", "train")[: STEPS * BATCH]
    checkpoint.fit(
        model,
        lambda: data.load(x, batch=BATCH, seed=1),
        epochs=EPOCHS,
        folder=folder,
        every=1,
        recipe="power cut",
        callbacks=[Line()],
        verbose=0,
    )
    if strategies.is_chief(strategy):
        optimizers = model.optimizers.values()
        variables = [
            *model.variables,
            *(v for o in optimizers for v in o.variables),
        ]
        np.savez(out, *[v.numpy() for v in variables])


def child():
    """The exit code says how it ended, as that of the project's command lines."""
    from keras_gen.errors import KerasGenError

    folder, out, hosts, rank = sys.argv[2:]
    try:
        train(folder, out, hosts or None, int(rank) if hosts else None)
    except KerasGenError as error:
        print(error, flush=True)
        sys.exit(error.exit_code)


# Starting, cutting, comparing.


class Training:
    """One or several processes of one training."""

    def __init__(self, folder: pathlib.Path, workers: int = 1):
        self.folder, self.out = folder / "checkpoints", folder / "state.npz"
        hosts = ",".join(f"127.0.0.1:{port}" for port in _free_ports(workers))
        environment = {
            **os.environ,
            "CUDA_VISIBLE_DEVICES": "-1",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "PYTHONPATH": str(ROOT),
        }
        command = [sys.executable, __file__, "--child", self.folder, self.out]
        hosts = hosts if workers > 1 else ""
        self.processes = [
            subprocess.Popen(
                [*command, hosts, str(rank)],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            for rank in range(workers)
        ]

    def await_steps(self, n):
        """Until the chief has made `n` steps (of this start)."""
        for line in self.processes[0].stdout:
            n -= line == "step\n"
            if n <= 0:
                return

    def await_writing(self, seconds=60):
        """Until a checkpoint is being written."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.half_written():
                return

    def half_written(self):
        return any(self.folder.glob(".[0-9]*.npz"))

    def kill(self, rank=0, number=signal.SIGKILL):
        self.processes[rank].send_signal(number)

    def end(self, seconds=None) -> list[tuple[int, str]]:
        """Exit code and last words of each process."""
        try:
            return [
                (p.wait(seconds), p.stdout.read().rpartition("step\n")[2])
                for p in self.processes
            ]
        finally:
            for process in self.processes:
                process.kill()
                process.wait()

    def state(self):
        import numpy as np

        with np.load(self.out) as file:
            return [file[name] for name in file.files]


def _free_ports(n):
    sockets = [socket.socket() for _ in range(n)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def completed(folder, workers=1):
    """The final state of a training that is left alone, or that goes on."""
    training = Training(folder, workers)
    ended = training.end(600)
    assert all(code == 0 for code, _ in ended), ended
    return training.state()


def cut(folder, rng, workers=1, writing=False) -> tuple[bool, float]:
    """Kill one process: whether it was writing, and how long its partner lived."""
    training = Training(folder, workers)
    training.await_steps(rng.randrange(1, EPOCHS * STEPS - 5))
    if writing:
        training.await_writing()
    else:
        time.sleep(rng.random() * 0.05)
    training.kill(rng.randrange(workers))
    begun = time.monotonic()
    codes = [code for code, _ in training.end(PATIENCE)]
    lived = time.monotonic() - begun
    assert sorted(codes) in ([-9], [-9, 3]), f"exit codes {codes}"
    return training.half_written(), lived


def same(a, b) -> bool:
    """Bit for bit."""
    equal = (x.tobytes() == y.tobytes() for x, y in zip(a, b, strict=True))
    return len(a) > 10 and all(equal)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cuts", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        whole = {n: completed(scratch / f"whole-{n}", n) for n in (1, 2)}
        agree = halves = 0
        longest = 0.0
        for i in range(options.cuts):
            workers, writing = (1 + (i % 3 == 2)), i % 3 == 1
            folder = scratch / f"{i}"
            half, lived = cut(folder, rng, workers, writing)
            good = same(completed(folder, workers), whole[workers])
            agree, halves = agree + good, halves + half
            longest = max(longest, lived if workers > 1 else 0)
            print(
                f"cut {i + 1}: {workers} process{'es' * (workers > 1)}, "
                f"{'while writing, ' * half}{'equal' if good else 'DIFFERENT'}",
                flush=True,
            )
    print(
        f"{agree} of {options.cuts} trainings equal the uninterrupted one, bit for "
        f"bit; {halves} were cut while a checkpoint was being written; the partner of "
        f"a dead worker lived {longest:.1f} s at most"
    )
    return 0 if agree == options.cuts else 1


if __name__ == "__main__":
    sys.exit(child() if sys.argv[1:2] == ["--child"] else main())
