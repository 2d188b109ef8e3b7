"""Where the time of a convolution goes: forward, and both of its gradients.

All three do the same number of multiplications, so all three should take the same
time, and about that of a matrix product of as many. With oneDNN they nearly do.
Without, which is what TensorFlow chooses on processors that have no AVX-512, the
gradient of the weights takes two to three times the time of the forward pass, and that
of the inputs up to twice; `keras_gen` therefore asks for oneDNN wherever it is imported
before TensorFlow.

The times are the processors' milliseconds, the least of some rounds, in a process for
each choice, for it is made when TensorFlow is loaded.

    python benchmarks/convolutions.py [--rounds 12]
"""

import argparse
import json
import os
import subprocess
import sys
import time

# Batch, side, channels in and out: of a U-Net of 28x28 images, and of a DCGAN's input.
SHAPES = ((64, 28, 32, 32), (64, 14, 64, 64), (64, 7, 96, 96), (64, 28, 1, 32))
SIZE = 3  # of the kernels
PASSES = ("product", "forward", "inputs", "weights")


def passes(batch, side, channels, filters):
    """By name: a function that computes it."""
    import tensorflow as tf

    x = tf.random.normal((batch, side, side, channels))
    kernel = tf.random.normal((SIZE, SIZE, channels, filters))
    slope = tf.random.normal((batch, side, side, filters))
    patches = tf.random.normal((batch * side * side, SIZE * SIZE * channels))
    like = {"strides": [1, 1, 1, 1], "padding": "SAME"}
    back = tf.raw_ops
    return {
        "product": lambda: patches @ tf.reshape(kernel, (-1, filters)),
        "forward": lambda: tf.nn.conv2d(x, kernel, 1, "SAME"),
        "inputs": lambda: back.Conv2DBackpropInput(
            input_sizes=x.shape, filter=kernel, out_backprop=slope, **like
        ),
        "weights": lambda: back.Conv2DBackpropFilter(
            input=x, filter_sizes=kernel.shape, out_backprop=slope, **like
        ),
    }


def milliseconds(compute, rounds):
    """Of the processors, the least."""
    compute().numpy()
    times = []
    for _ in range(rounds):
        start = time.process_time()
        compute().numpy()
        times.append(1e3 * (time.process_time() - start))
    return min(times)


def measured(rounds):
    """For each shape, the milliseconds of each pass."""
    return [
        [milliseconds(compute, rounds) for compute in passes(*shape).values()]
        for shape in SHAPES
    ]


def elsewhere(onednn, rounds):
    """`measured` in a process that TensorFlow is told this choice in."""
    command = [sys.executable, __file__, "--rounds", str(rounds), "--json"]
    choice = {"TF_ENABLE_ONEDNN_OPTS": onednn, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        command, env={**os.environ, **choice}, stdout=subprocess.PIPE, check=True
    )
    return json.loads(done.stdout)


def main(rounds):
    from rich.console import Console
    from rich.table import Table

    table = Table(title="One convolution, 3x3: ms of the processors")
    for head in ("batch, side, channels", "oneDNN", *PASSES):
        table.add_column(head, justify="right")
    choices = {
        word: elsewhere(value, rounds) for word, value in (("off", "0"), ("on", "1"))
    }
    for i, (batch, side, *channels) in enumerate(SHAPES):
        for word, times in choices.items():
            shape = f"{batch}, {side}x{side}, {channels[0]} to {channels[1]}"
            table.add_row(shape, word, *(f"{t:.1f}" for t in times[i]))
    Console().print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--json", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.json:
        print(json.dumps(measured(arguments.rounds)))
    else:
        main(arguments.rounds)
