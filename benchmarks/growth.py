"""What a step costs as it grows, and that nothing else does.

    python benchmarks/growth.py [--write]

A step of pix2pix, which is all convolutions, at growing batches, pixels and widths, one
at a time: its time, and the memory that it takes beyond what the built model holds,
each in a process of its own. Both should be linear in batch and pixels, and as the
square of the width where the kernels are what takes time; the exponents are fitted to
the upper half of the points, for below it is what a step costs in any case.

And what must not grow: the memory of a process over 1,000 steps of a training, and over
20 loads of a model of the zoo. What must not be: steps that wait for their data, a
first batch that takes long.

`--write` keeps what was found for docs/speed.md. It takes ten minutes.
"""

import argparse
import gc
import json
import os
import pathlib
import subprocess
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import peers
import tensorflow as tf
from tensorflow.python.eager import context  # which has no public name

import keras_gen as kg
from keras_gen.plots.pixels import BLUE, INK, ORANGE, PALE, finish, new_figure

PICTURE = pathlib.Path(__file__).parents[1] / "docs" / "pictures" / "growth.png"
AT = {"batch": 32, "side": 28, "width": 16}
POINTS = {
    "batch": (1, 4, 16, 64, 128, 256, 512),
    "side": (16, 28, 56, 112, 128),
    "width": (4, 8, 16, 32, 64),
}
STEPS = 7  # of which the first three are warm-up


def memory(line: str = "VmRSS") -> float:
    """MB that this process holds, or with "VmHWM" has held at most."""
    with open("/proc/self/status") as file:
        found = next(row for row in file if row.startswith(line))
    return int(found.split()[1]) / 1e3


def translator(side, width):
    shape, networks = (side, side, 1), kg.networks.pix2pix
    model = kg.Pix2Pix(
        networks.generator(shape, 1, width, depth=2, dropout=0.0),
        networks.discriminator(shape, 1, width, strides=1),
    )
    model.compile("adam")
    return model


def point(batch, side, width) -> dict:
    """Milliseconds of a step, and MB that it takes."""
    model = translator(side, width)
    rng = np.random.default_rng(0)
    x, y = (rng.random((batch, side, side, 1), "float32") for _ in range(2))
    small = x[:1], y[:1]
    model.train_on_batch(*small)  # the graph, and the optimizer's numbers
    gc.collect()
    held, times = memory(), []
    pathlib.Path("/proc/self/clear_refs").write_text("5")  # the highest so far is now
    for _ in range(STEPS):
        start = time.perf_counter()
        model.train_on_batch(x, y)
        times.append(time.perf_counter() - start)
    most = memory("VmHWM") - held
    return {"ms": 1000 * float(np.median(times[3:])), "mb": most}


def exponent(at, values) -> float:
    """The slope of logarithms over the upper half of the points."""
    upper = slice(len(at) // 2, None)
    return float(np.polyfit(np.log(at[upper]), np.log(values[upper]), 1)[0])


def elsewhere(*arguments) -> dict:
    """What this script finds in a process of its own."""
    command = [sys.executable, __file__, *map(str, arguments)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def growth() -> dict:
    found = {}
    for name, values in POINTS.items():
        rows = [elsewhere("--point", *(AT | {name: v}).values()) for v in values]
        # As pixels count: a side twice as long has four times as many.
        at = [v**2 for v in values] if name == "side" else list(values)
        ms, mb = ([row[key] for row in rows] for key in ("ms", "mb"))
        found[name] = {"at": at, "ms": ms, "mb": mb}
        found[name] |= {"time": exponent(at, ms), "memory": exponent(at, mb)}
        print(name, found[name], flush=True)
    return found


def draw(found: dict):
    """Time and memory against what grows, both axes by factors."""
    figure = new_figure(9.6, 2.9, layout="constrained")
    for k, (name, curves) in enumerate(found.items()):
        axes = figure.add_subplot(1, len(found), k + 1)
        axes.loglog(curves["at"], curves["ms"], "o-", color=BLUE, label="ms")
        axes.loglog(curves["at"], curves["mb"], "s-", color=ORANGE, label="MB")
        axes.set_title("pixels" if name == "side" else name, color=INK, fontsize=9)
        axes.grid(color=PALE)
        axes.legend(frameon=False, fontsize=8)
    finish(figure, PICTURE)


def leaks() -> dict:
    """MB that 1,000 steps take after the first 200, and 20 loads after the first 5.

    TensorFlow keeps a kernel for each variable that there ever was, half a megabyte for
    such a model, and as much for a plain one of Keras; `loads` are beyond that.
    """
    import zoo

    model = translator(8, 2)
    x = np.zeros((200 * 4, 8, 8, 1), "float32")
    model.fit(x, x, batch_size=4, verbose=0)
    before = memory()
    model.fit(x, x, batch_size=4, epochs=5, verbose=0)
    steps = memory() - before
    for count in range(25):
        if count == 5:
            gc.collect()
            before = memory()
        zoo.load("vae-digits").sample(1, seed=0)
        context.context().clear_kernel_cache()
    gc.collect()
    return {"steps": steps, "loads": memory() - before}


def waiting() -> dict:
    """The first batch of MNIST, and how many of 400 steps wait for theirs.

    A step waits if its batch takes a millisecond longer than the median one, which is
    handed over ready.
    """
    start = time.perf_counter()
    digits = kg.data.load("mnist", batch=128, binarise="dynamic")
    rows = iter(digits.repeat())
    next(rows)
    first = time.perf_counter() - start
    networks = kg.networks.mlp
    model = kg.VAE(networks.encoder((28, 28, 1), 80), networks.decoder(40, (28, 28, 1)))
    model.compile("adam")
    step = tf.function(model.train_step)
    step(next(rows))
    waits = np.zeros(400)
    for i in range(len(waits)):
        begun = time.perf_counter()
        batch = next(rows)
        waits[i] = time.perf_counter() - begun
        tf.nest.map_structure(lambda t: t.numpy(), step(batch))
    late = waits > np.median(waits) + 1e-3
    return {"first": first, "late": float(late.mean())}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--point", type=int, nargs=3, metavar=tuple(AT))
    parser.add_argument("--leaks", action="store_true")
    parser.add_argument("--waiting", action="store_true")
    parser.add_argument(
        "--write", action="store_true", help="keep it for docs/speed.md"
    )
    options = parser.parse_args()
    if options.point:
        print(json.dumps(point(*options.point)))
    elif options.leaks or options.waiting:
        print(json.dumps(leaks() if options.leaks else waiting()))
    else:
        kinds = {"--leaks": "what does not grow", "--waiting": "data"}
        found = {"growth": growth()}
        found |= {title: elsewhere(kind) for kind, title in kinds.items()}
        for title, record in found.items():
            print(title, record)
            if options.write:
                peers.keep(title, record)
        if options.write:
            draw(found["growth"])


if __name__ == "__main__":
    main()
