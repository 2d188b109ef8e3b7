"""What comparisons with PyTorch share: turns, clocks and a yardstick.

    products_of(graph)     what a step has to compute
    race(...)              the players in turn, so that whatever else the machine does
                           and any drift of its speed meet all, and matrix products
                           between
    summary(...)           medians, ratios, the share of the matrix products' rate

PyTorch is optional (`pip install ".[peers]"`); `torch_or_none` says so where it is
missing. Both libraries use as many threads as the process may use processors.
"""

import json
import math
import os
import pathlib
import time
from importlib.metadata import version

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf
from rich.console import Console
from rich.table import Table

KEPT = pathlib.Path(__file__).parents[1] / "docs" / "speed.json"
SIDE = 1024  # of the square matrices whose product is the yardstick


def torch_or_none():
    """The module, with as many threads as there are processors for us, or None."""
    try:
        import torch
    except ImportError:
        print('skipped: PyTorch is not installed (pip install ".[peers]").')
        return None
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    return torch


# How much there is to do, and how fast this machine does such things.


def products_of(graph) -> int:
    """Operations of the products in a graph of static shapes: two for each.

    Of a convolution's gradients as many as of itself.
    """
    total = 0
    for op in graph.get_operations():
        if op.type in ("MatMul", "BatchMatMulV2"):
            turned = op.get_attr("transpose_a" if op.type == "MatMul" else "adj_x")
            inner = op.inputs[0].shape[-2 if turned else -1]
            total += 2 * math.prod(op.outputs[0].shape) * inner
        elif op.type in ("Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter"):
            weights = op.type == "Conv2DBackpropFilter"
            kernel = op.outputs[0].shape if weights else op.inputs[1].shape
            map_ = op.outputs[0] if op.type == "Conv2D" else op.inputs[2]
            total += 2 * math.prod(map_.shape) * math.prod(kernel[:3])
    return total


def products(torch):
    """For both libraries a product of two large matrices."""
    ours = tf.random.normal((SIDE, SIDE))
    theirs = torch.randn(SIDE, SIDE)
    multiply = tf.function(lambda: tf.matmul(ours, ours))
    return (lambda: multiply().numpy()), (lambda: theirs @ theirs)


# The race.


def seconds(function):
    """Of the wall clock."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def race(torch, players: dict, rounds: int):
    """Seconds: (rounds, players), and of one matrix product, all of them.

    All players make the same number of steps. Who goes first alternates.
    """
    multiply = products(torch)
    functions = list(players.values())
    for function in (*functions, *multiply):  # traced, compiled, allocated
        function()
    times, yardstick = np.zeros((rounds, len(players))), []
    for i in range(rounds):
        order = range(len(players))
        for player in order if i % 2 else reversed(order):
            times[i, player] = seconds(functions[player])
        yardstick += [seconds(f) for f in multiply for _ in range(5)]
    return times, np.array(yardstick)


def summary(players, times, yardstick, steps, operations) -> dict:
    """Of a race: milliseconds of a step, and ours against the best of theirs.

    Args:
        players: names, of which the first is ours.
        times, yardstick: of `race`.
        steps: in a round.
        operations: of the products in a step of ours.
    """
    wall = 1000 * times / steps
    medians = np.median(wall, axis=0)
    best = 1 + int(np.argmin(medians[1:]))
    low, middle, high = np.percentile(wall[:, 0] / wall[:, best], [25, 50, 75])
    limit = 2 * SIDE**3 / yardstick.min()  # a disturbed yardstick measures nothing
    return {
        "ms": dict(zip(players, medians.tolist(), strict=True)),
        "best": players[best],
        "ratio": float(middle),
        "quartiles": [float(low), float(high)],
        "share": float(operations / medians[0] * 1000 / limit),
        "limit": limit / 1e9,
    }


def machine(*libraries) -> str:
    """What the times depend on; `libraries` that were timed beside ours."""
    with open("/proc/cpuinfo") as file:
        lines = [line for line in file if line.startswith(("model name", "flags"))]
    name, flags = (lines[i].split(":", 1)[1].strip() for i in (0, 1))
    widest = next((f for f in ("avx512f", "avx2") if f in flags.split()), "no AVX2")
    others = [f"{title} {version(package)}" for title, package in libraries]
    about = f"{len(os.sched_getaffinity(0))} processors ({name}, {widest})"
    ours = f"TensorFlow {tf.__version__}", f"Keras {keras.__version__}"
    return ", ".join([about, *ours, *others])


def keep(name: str, found: dict, *libraries):
    """Beside what was found of others, for docs/speed.md, with the machine's name."""
    known = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    found = json.loads(
        json.dumps(found), parse_float=lambda s: float(f"{float(s):.4g}")
    )
    about = machine(*libraries)
    known[name] = {"key": about, **found, "machine": about}
    lines = (f"{json.dumps(name)}: {json.dumps(r)}" for name, r in known.items())
    KEPT.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def show(name: str, found: dict):
    """Print what was found."""
    table = Table("", *found["ms"], "ours / best", "quartiles", "of matmul")
    low, high = found["quartiles"]
    won = "" if found["ratio"] <= 1 else ", LOST"
    table.add_row(
        name,
        *(f"{ms:.2f} ms" for ms in found["ms"].values()),
        f"{found['ratio']:.3f}{won}",
        f"{low:.3f} to {high:.3f}",
        f"{found['share']:.0%} of {found['limit']:.0f} GFLOP/s",
    )
    Console(width=150).print(table)
