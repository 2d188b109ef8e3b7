"""What a sample costs: the cached samplers against one pass and against one per pixel.

For each model at its default size, of 28x28 black and white images or of 32x32 ones in
colour, and each batch size:

- *pass*: all the conditionals of a batch, once;
- *naive*: a pass for every pixel. Measured as a loop of a few steps and multiplied up
  (marked ~), for a whole batch would take minutes;
- *cached*: what `model.sample` runs, as a graph;
- *XLA*: the same function compiled, without the time of compiling, which is beside it.

Medians over some rounds, in turn, so that a drift of the machine meets all of them.

    python benchmarks/sampling.py [--batch 1 16 64] [--rounds 3] [--write]

`--write` keeps what was found for docs/speed.md.
"""

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import peers
import tensorflow as tf
from rich.console import Console
from rich.table import Table

import keras_gen as kg
from keras_gen.noise import draw

SHAPE = (28, 28, 1)
COLOUR = (32, 32, 3)
STEPS = 3  # of the naive loop
COLUMNS = ("pass", "naive", "cached", "/ pass", "naive / it")
COLUMNS += ("XLA", "/ pass", "naive / it", "compiling")


def plus_plus(shape, head):
    network = kg.networks.pixelcnn_pp.pixelcnn_pp(shape, head.parameters(shape)[-1])
    return kg.PixelCNNPP(network, head)


def multi_scale():
    gated, guide = kg.networks.pixelcnn.gated_pixelcnn, kg.networks.pixelcnn.guide
    small = (14, 14, 1)
    fine = gated(SHAPE, 1, embedding=(28, 28, 16))
    return kg.MultiScalePixelCNN(gated(small, 1), guide(small), fine)


MODELS = {
    "FVSBN": lambda: kg.FVSBN(SHAPE),
    "NADE, 100 units": lambda: kg.NADE(SHAPE, 100),
    "PixelCNN": lambda: kg.PixelCNN(kg.networks.pixelcnn.pixelcnn(SHAPE, 1)),
    "Gated PixelCNN": lambda: kg.GatedPixelCNN(
        kg.networks.pixelcnn.gated_pixelcnn(SHAPE, 1)
    ),
    "Row LSTM": lambda: kg.RowLSTM(kg.networks.pixelrnn.row_lstm(SHAPE, 1)),
    "Diagonal BiLSTM": lambda: kg.DiagonalBiLSTM(
        kg.networks.pixelrnn.diagonal_bilstm(SHAPE, 1)
    ),
    "Multi-scale": multi_scale,
    "PixelCNN++": lambda: plus_plus(SHAPE, kg.likelihoods.Bernoulli()),
    "PixelCNN++, colour": lambda: plus_plus(
        COLOUR, kg.likelihoods.DiscretizedLogisticMixture()
    ),
}


def seconds(function, *arguments):
    begin = time.perf_counter()
    tf.nest.map_structure(lambda t: t.numpy(), function(*arguments))
    return time.perf_counter() - begin


def naive(model):
    """`STEPS` steps of the loop that runs the whole network for each of them."""

    def function(noise):
        x = tf.zeros((noise.shape[0], *model.data_shape))
        return tf.while_loop(
            lambda i, x: i < STEPS,
            lambda i, x: (i + 1, model.draw_one(x, noise, i)),
            (tf.constant(0), x),
            shape_invariants=(tf.TensorShape([]), x.shape),
        )[1]

    return function


def measure(model, batch, rounds):
    """Seconds of a pass, naive, cached, XLA, and of compiling."""
    shape = model.likelihood.noise(model.data_shape).shape
    noise = draw("uniform", (batch, *shape), seed=0)
    x = tf.cast(noise[..., : model.data_shape[-1]] < 0.2, tf.float32)
    functions = {
        "pass": (tf.function(model.parameters), x),
        "naive": (tf.function(naive(model)), noise),
        "cached": (tf.function(model.fill), noise),
        "xla": (tf.function(model.fill, jit_compile=True), noise),
    }
    compiling = 0.0
    for name, (function, argument) in functions.items():
        begin = seconds(function, argument)
        compiling = begin if name == "xla" else compiling
    times = {name: [] for name in functions}
    for _ in range(rounds):
        for name, (function, argument) in functions.items():
            times[name].append(seconds(function, argument))
    found = {name: float(np.median(values)) for name, values in times.items()}
    found["naive"] *= (model.place.max() + 1) / STEPS
    return found | {"compiling": compiling - found["xla"]}


def shown(value):
    return f"{value:.3g} s" if value >= 1 else f"{1000 * value:.3g} ms"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 16, 64])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument(
        "--write", action="store_true", help="keep it for docs/speed.md"
    )
    options = parser.parse_args()
    for name in options.models:
        model = MODELS[name]()
        size = sum(int(np.prod(w.shape)) for w in model.trainable_weights)
        table = Table("batch", *COLUMNS, title=f"{name}: {size:,} weights")
        found = {str(n): measure(model, n, options.rounds) for n in options.batch}
        if options.write:
            # Some are trained in a contest of this name, too.
            peers.keep(f"{name}: samples", {"kind": "sampling", "batches": found})
        for batch, t in found.items():
            row = [shown(t["pass"]), f"~{shown(t['naive'])}"]
            for kind in ("cached", "xla"):
                ratios = t[kind] / t["pass"], t["naive"] / t[kind]
                row += [shown(t[kind]), f"{ratios[0]:.2f}", f"{ratios[1]:.0f}"]
            table.add_row(batch, *row, shown(t["compiling"]))
        Console(width=120).print(table)


if __name__ == "__main__":
    main()
