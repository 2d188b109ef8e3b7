"""What the recurrence of PixelRNN costs: in training, and in drawing.

For 28x28 black and white images, a Gated PixelCNN and the recurrent models of about as
many weights, at two sizes:

- *step*: one step of training, as a graph and compiled by XLA;
- *pass*: all the conditionals of a batch, once; for a recurrent model that is a loop
  over rows or diagonals, as in training;
- *sample*: what `model.sample` runs, compiled.

Two bounds are looked at: a step costs at most 5 times what the Gated PixelCNN's costs,
and a sample at most 3 times a pass. Medians over some rounds, in turn, so that a drift
of the machine meets all of them.

    python benchmarks/recurrent.py [--batch 32] [--rounds 5]
"""

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf
from rich.console import Console
from rich.table import Table

import keras_gen as kg
from keras_gen.noise import draw

tf.get_logger().setLevel("ERROR")  # a function for each model is what is wanted here

SHAPE = (28, 28, 1)
SIZES = {"small": 16, "large": 48}  # features of the Gated PixelCNN
STEP, SAMPLE = 5, 3  # the bounds


def gated(width):
    network = kg.networks.pixelcnn.gated_pixelcnn(SHAPE, 1, width, depth=4)
    return kg.GatedPixelCNN(network)


def row(width):
    return kg.RowLSTM(kg.networks.pixelrnn.row_lstm(SHAPE, 1, width, depth=2))


def diagonal(width):
    network = kg.networks.pixelrnn.diagonal_bilstm(SHAPE, 1, width, depth=1)
    return kg.DiagonalBiLSTM(network)


def size(model):
    return sum(int(np.prod(w.shape)) for w in model.trainable_weights)


def nearest(make, weights):
    """The model whose number of weights is nearest to this."""
    return make(min(range(4, 97, 4), key=lambda w: abs(size(make(w)) - weights)))


def functions(model, batch):
    """Name -> what is timed, without arguments."""
    noise = draw("uniform", (batch, *SHAPE), seed=0)
    x = tf.cast(noise < 0.2, tf.float32)
    model.compile(keras.optimizers.Adam(1e-4))
    compiled = tf.function(model.train_step, jit_compile=True)
    step = tf.function(model.train_step)
    forward, fill = tf.function(model.parameters), tf.function(model.fill)
    xla = tf.function(model.fill, jit_compile=True)
    return {
        "step": lambda: step(x)["nll"],
        "step, XLA": lambda: compiled(x)["nll"],
        "pass": lambda: forward(x),
        "sample, graph": lambda: fill(noise),
        "sample": lambda: xla(noise),
    }


def seconds(function):
    begin = time.perf_counter()
    function().numpy()
    return time.perf_counter() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    options = parser.parse_args()
    for name in options.sizes:
        models = {"Gated PixelCNN": gated(SIZES[name])}
        weights = size(models["Gated PixelCNN"])
        models["Row LSTM"] = nearest(row, weights)
        models["Diagonal BiLSTM"] = nearest(diagonal, weights)
        timed = {m: functions(model, options.batch) for m, model in models.items()}
        times = {m: {k: [] for k in parts} for m, parts in timed.items()}
        for parts in timed.values():
            for function in parts.values():
                seconds(function)  # traced and compiled
        for _ in range(options.rounds):
            for m, parts in timed.items():
                for k, function in parts.items():
                    times[m][k].append(seconds(function))
        shown(models, times, f"{name}, batch {options.batch}")


def shown(models, times, title):
    found = {m: {k: np.median(v) for k, v in t.items()} for m, t in times.items()}
    columns = (
        "weights",
        *next(iter(found.values())),
        "step / Gated's",
        "sample / pass",
    )
    table = Table("ms", *columns, title=title)
    base = min(found["Gated PixelCNN"][k] for k in ("step", "step, XLA"))
    for m, t in found.items():
        ratios = min(t["step"], t["step, XLA"]) / base, t["sample"] / t["pass"]
        bounds = (STEP, SAMPLE)
        marks = [f"{r:.2f} (≤ {b})" for r, b in zip(ratios, bounds, strict=True)]
        cells = [f"{1000 * v:.0f}" for v in t.values()]
        table.add_row(m, f"{size(models[m]):,}", *cells, *marks)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
