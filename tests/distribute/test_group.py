"""Two processes on the loopback device: equal to one, and ending together."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from benchmarks import power_cut
from benchmarks.power_cut import ROOT, Training, completed, same
from tests.conformance.test_replicas import alone
from tests.conftest import PLUMBING


@pytest.fixture(scope="module")
def group(tmp_path_factory):
    """The folder of what two processes wrote."""
    folder = tmp_path_factory.mktemp("group")
    hosts = ",".join(f"127.0.0.1:{port}" for port in power_cut._free_ports(2))
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-m", "tests.distribute.worker", hosts]
    workers = [
        subprocess.Popen(
            [*command, str(rank), folder, *PLUMBING],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in (0, 1)
    ]
    for worker in workers:
        _, errors = worker.communicate()
        assert worker.returncode == 0, errors[-2000:]
    return folder


@pytest.mark.parametrize("name", PLUMBING)
def test_two_processes_equal_one(name, group):
    weights, history, tested = alone(name)
    for rank in (0, 1):
        with np.load(group / f"{name}-{rank}.npz") as file:
            for i, weight in enumerate(weights):
                assert np.abs(file[f"w{i}"] - weight).max() < 1e-6
            for key, value in history.items():
                np.testing.assert_allclose(file[key], value, rtol=1e-5, atol=1e-6)
            for key, value in tested.items():
                other = file[f"test_{key}"]
                np.testing.assert_allclose(other, value, rtol=1e-5, atol=1e-6)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The final state of a training in one process that nobody touches."""
    return completed(tmp_path_factory.mktemp("whole"))


def test_killed_while_writing_and_resumed_equals_never_killed(undisturbed, tmp_path):
    training = Training(tmp_path)
    training.await_steps(25)
    training.await_writing()
    training.kill()
    assert training.end()[0][0] == -signal.SIGKILL
    assert same(completed(tmp_path), undisturbed)


def test_a_worker_that_dies_ends_the_other_and_one_process_goes_on(
    undisturbed, tmp_path
):
    """On another number of replicas the sums are rounded otherwise, no more."""
    training = Training(tmp_path, workers=2)
    training.await_steps(25)
    training.kill(rank=1)
    (code, words), (killed, _) = training.end(power_cut.PATIENCE)
    assert (code, killed) == (3, -signal.SIGKILL)
    assert "another process of the group has ended" in words
    goes_on = completed(tmp_path)
    for a, b in zip(goes_on, undisturbed, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4)


def test_a_signal_to_one_stops_all_of_them_at_the_same_step(tmp_path):
    training = Training(tmp_path, workers=2)
    training.await_steps(3)
    training.kill(rank=1, number=signal.SIGTERM)
    for code, words in training.end(power_cut.PATIENCE):
        assert code == 128 + signal.SIGTERM
        assert "stopped by SIGTERM; all that was trained is kept in" in words
    assert list(training.folder.glob("*.npz"))
