"""What cannot work is said before the training begins."""

import json
import os
import socket
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from benchmarks import power_cut
from keras_gen import data
from keras_gen.errors import BadInput, LostWorker, UnknownName
from keras_gen.training import strategies
from tests.conftest import compiled, mirrored_over, tiny_data


def test_the_group_is_written_as_tensorflow_reads_it():
    about = json.loads(strategies.cluster("a:1, b:2", 1))
    assert about == {
        "cluster": {"worker": ["a:1", "b:2"]},
        "task": {"type": "worker", "index": 1},
    }


@pytest.mark.parametrize(
    ("hosts", "rank", "sentence"),
    [
        ("a:1,b", 0, 'written "name:port", a port.*received "b"'),
        ("a:1,b:99999", 0, 'from 1 to 65535; received "b:99999"'),
        ("a:1,b:0", 0, 'from 1 to 65535; received "b:0"'),
        ("a:1,b:\u00b2", 0, 'from 1 to 65535; received "b:\u00b2"'),
        ("a:1,a:1", 0, "its own host:port"),
        ("a:1,b:2", 2, "a number from 0 to 1"),
        ("a:1,b:2", None, "both the hosts and this process's rank"),
        (None, 0, "both the hosts"),
    ],
)
def test_a_group_that_cannot_be_is_refused(hosts, rank, sentence, monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(BadInput, match=sentence):
        strategies.open_strategy("multiworker", hosts, rank)


def test_strategies_that_do_not_fit_are_refused(monkeypatch):
    monkeypatch.setenv("TF_CONFIG", "{}")
    with pytest.raises(BadInput, match="needs to know the group"):
        strategies.open_strategy("multiworker")
    with pytest.raises(BadInput, match="belong to the strategy multiworker"):
        strategies.open_strategy("mirrored", "a:1", 0)
    with pytest.raises(UnknownName, match='Did you mean "mirrored"'):
        strategies.open_strategy("miror")
    central = tf.distribute.experimental.CentralStorageStrategy()
    refused = pytest.raises(BadInput, match="CentralStorageStrategy does not make")
    with central.scope(), refused:
        compiled("GAN")


def test_replicas_refuse_what_they_cannot_share(mirrored):
    with mirrored.scope():
        model = compiled("GAN", "sgd")
        with pytest.raises(BadInput, match="XLA cannot compile"):
            compiled("GAN", "sgd", jit_compile=True)
    x = tiny_data(model, 20)
    with pytest.raises(BadInput, match="need a tf"):
        model.fit(x)
    with pytest.raises(BadInput, match=r"batch of 5 .*take 4 or 6 examples"):
        model.fit(data.load(x, batch=5), verbose=0)
    assert strategies.share_of(8, mirrored) == 4


def test_shares_are_the_rows_in_order_and_none_twice():
    from keras_gen.training.distribute import shared

    strategy = mirrored_over(4)
    x = np.arange(40, dtype="float32")
    shares = shared(data.load(x[:, None], "test", batch=16), strategy)
    batches = [
        [
            part.numpy().ravel().tolist()
            for part in strategy.experimental_local_results(b)
        ]
        for b in shares
    ]
    assert np.concatenate([np.concatenate(b) for b in batches]).tolist() == x.tolist()
    assert [len(parts) for b in batches for parts in b] == [4] * 8 + [2] * 4


@pytest.mark.parametrize("strategy", ["one_device", "mirrored"])
def test_several_steps_per_execution_are_the_same_steps(strategy):
    made = {"one_device": lambda: strategies.open_strategy("one_device")}
    made["mirrored"] = lambda: mirrored_over(2)

    def weights(together):
        tf.keras.utils.set_random_seed(1)
        with made[strategy]().scope():
            model = compiled("GAN", "sgd", steps_per_execution=together)
        x = tiny_data(model, 48)
        model.fit(data.load(x, batch=8, seed=1), epochs=2, verbose=0)
        return [w.numpy() for w in model.weights]

    for a, b in zip(weights(1), weights(3), strict=True):
        assert np.abs(a - b).max() < 1e-6


def test_a_partner_that_never_comes_is_not_waited_for_without_end(monkeypatch):
    ports = power_cut._free_ports(2)
    hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
    monkeypatch.setattr(strategies, "TOGETHER", 1)
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(LostWorker, match=f"{ports[1]} did not come within 1 seconds"):
        strategies.open_strategy("multiworker", hosts, 0)
    assert "TF_CONFIG" not in os.environ


def test_a_partner_that_is_gone_after_the_meeting_is_not_waited_for_either():
    """TensorFlow would wait for an hour, and nothing in Python can end that."""
    ports = power_cut._free_ports(2)
    hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
    code = (
        "import sys; from keras_gen.training import strategies as s; s.TOGETHER = 20;"
        "s.open_strategy('multiworker', sys.argv[1], 0)"
    )
    with socket.create_server(("127.0.0.1", ports[1])):  # it comes, and does no more
        command = [sys.executable, "-c", code, hosts]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert ended.returncode == LostWorker.exit_code, ended.stderr
    assert "LostWorker: a process of the group is gone" in ended.stderr
