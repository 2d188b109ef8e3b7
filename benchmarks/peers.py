"""What comparisons with PyTorch share: the networks, turns, clocks and a yardstick.

    twin(network)          a functional Keras model as PyTorch modules, weights copied
    training_flops(...)    what one step of training a network has to compute
    race(...)              the players in turn, so that whatever else the machine does
                           and any drift of its speed meet all, and matrix products
                           between
    report(...)            medians, ratios, GFLOP/s, the share of the matrix products'

PyTorch is optional (`pip install ".[peers]"`); `torch_or_none` says so where it is
missing. Both libraries use as many threads as the process may use processors.
"""

import math
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from rich.console import Console
from rich.table import Table

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


# The same networks.


def twin(network: keras.Model):
    """A chain of Keras layers as a `torch.nn.Sequential` with the same weights.

    Maps are channels first, as PyTorch has them; where a vector is a map laid flat, the
    weights of the dense layer beside it are put in its order.
    """
    from torch import nn

    modules, flat, chain = [], None, network.layers[1:]
    for layer, after in zip(chain, [*chain[1:], None], strict=True):
        weights = [np.asarray(w) for w in layer.get_weights()]
        if isinstance(layer, layers.Flatten):
            flat = layer.input.shape[1:]
            modules.append(nn.Flatten())
        elif isinstance(layer, layers.Reshape):
            height, width, channels = layer.target_shape
            modules.append(nn.Unflatten(1, (channels, height, width)))
        elif isinstance(layer, layers.Dense):
            modules.append(_dense(nn, layer, weights, flat, after))
            flat = None
        elif isinstance(layer, layers.Conv2D | layers.Conv2DTranspose):
            modules.append(_convolution(nn, layer, weights))
        elif isinstance(layer, layers.BatchNormalization):
            modules.append(_norm(nn, layer, weights))
        elif isinstance(layer, layers.Rescaling):
            modules.append(_affine(nn, layer))
        elif isinstance(layer, layers.LeakyReLU):
            modules.append(nn.LeakyReLU(layer.negative_slope))
        elif not isinstance(layer, layers.ReLU | layers.Activation):
            raise NotImplementedError(f"no twin for the layer {layer}")
        name = getattr(getattr(layer, "activation", None), "__name__", "linear")
        name = "relu" if isinstance(layer, layers.ReLU) else name
        if name != "linear":
            kinds = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}
            modules.append(kinds[name]())
    return nn.Sequential(*modules)


def _dense(nn, layer, weights, flat, after):
    kernel, *bias = weights
    if flat:  # its inputs were a map (height, width, channels)
        shape = (*flat, layer.units)
        kernel = kernel.reshape(shape).transpose(2, 0, 1, 3).reshape(kernel.shape)
    if isinstance(after, layers.Reshape) and len(after.target_shape) == 3:
        rows, order = (len(kernel), *after.target_shape), (0, 3, 1, 2)
        kernel = kernel.reshape(rows).transpose(order).reshape(kernel.shape)
        bias = [b.reshape(after.target_shape).transpose(2, 0, 1).ravel() for b in bias]
    return _filled(nn.Linear(*kernel.shape, bias=bool(bias)), kernel.T, *bias)


def _convolution(nn, layer, weights):
    up = isinstance(layer, layers.Conv2DTranspose)
    channels, (size, _), (stride, _) = (
        layer.input.shape[-1],
        layer.kernel_size,
        layer.strides,
    )
    padding = 0 if layer.padding == "valid" else (size - stride + 1) // 2
    if layer.padding == "same" and (size - stride) % 2:
        raise NotImplementedError(f"{layer.name} pads one side more than the other")
    made = (nn.ConvTranspose2d if up else nn.Conv2d)(
        channels, layer.filters, size, stride, padding, bias=layer.use_bias
    )
    return _filled(made, weights[0].transpose(3, 2, 0, 1), *weights[1:])


def _norm(nn, layer, weights):
    maps = len(layer.input.shape) == 4
    made = (nn.BatchNorm2d if maps else nn.BatchNorm1d)(
        layer.input.shape[-1], layer.epsilon, 1 - layer.momentum
    )
    return _filled(made, *weights[:2])


def _affine(nn, layer):
    class Affine(nn.Module):
        def forward(self, x):
            return x * layer.scale + layer.offset

    return Affine()


def _filled(module, *values):
    import torch

    with torch.no_grad():
        for parameter, value in zip(module.parameters(), values, strict=True):
            parameter.copy_(torch.from_numpy(np.ascontiguousarray(value)))
    return module


# How much there is to do, and how fast this machine does such things.


def forward_flops(network: keras.Model) -> list[int]:
    """Operations of each layer with a kernel, for one example: two for each product."""
    found = []
    for layer in network.layers:
        if hasattr(layer, "kernel"):
            up = isinstance(layer, layers.Conv2DTranspose)
            shape = (layer.input if up else layer.output).shape
            found.append(2 * math.prod(layer.kernel.shape) * math.prod(shape[1:-1]))
    return found


def training_flops(network: keras.Model, batch: int, from_data: bool = False) -> int:
    """Of a step: forward, the gradient of the weights, and that of the inputs.

    `from_data`: nobody asks for the gradient of what goes into the network.
    """
    each = forward_flops(network)
    return batch * (3 * sum(each) - (each[0] if from_data else 0))


def products(torch):
    """For both libraries a product of two large matrices, and its operations."""
    ours = tf.random.normal((SIDE, SIDE))
    theirs = torch.randn(SIDE, SIDE)
    multiply = tf.function(lambda: tf.matmul(ours, ours))
    return (lambda: multiply().numpy(), lambda: theirs @ theirs), 2 * SIDE**3


# The race.


def seconds(function):
    """Of the wall clock, and of all processors together."""
    wall, cpu = time.perf_counter(), time.process_time()
    function()
    return time.perf_counter() - wall, time.process_time() - cpu


def race(torch, players: dict, rounds: int):
    """Seconds: (rounds, players, clocks), and of one matrix product, all of them.

    All players make the same number of steps. Who goes first alternates.
    """
    multiply, _ = products(torch)
    functions = list(players.values())
    for function in (*functions, *multiply):  # traced, compiled, allocated
        function()
    times, yardstick = np.zeros((rounds, len(players), 2)), []
    for i in range(rounds):
        order = range(len(players))
        for player in order if i % 2 else reversed(order):
            times[i, player] = seconds(functions[player])
        yardstick += [seconds(f)[0] for f in multiply for _ in range(5)]
    return times, np.array(yardstick)


def report(results: dict, steps: dict, bounds: dict) -> bool:
    """Print a line for each clock of each contest; whether ours keep all bounds.

    Args:
        results: name -> times and yardstick of `race`, operations of one step, and the
            names of the players, of which the first is ours.
        steps: name -> steps in a round.
        bounds: peer -> the largest ratio of the wall clock that we allow ourselves.
    """
    processors = len(os.sched_getaffinity(0))
    head = ("model", "clock", "against", "ours, ms", "theirs, ms", "ratio")
    table = Table(*head, "its quartiles", "GFLOP/s", "theirs", "of matmul")
    kept = True
    for name, (times, yardstick, flops, players) in results.items():
        # The fastest there was: a yardstick that was disturbed measures nothing.
        limit = 2 * SIDE**3 / yardstick.min() / 1e9
        medians = 1000 * np.median(times, axis=0) / steps[name]
        for j, peer in enumerate(players[1:], 1):
            for i, clock in enumerate(("wall", "processors")):
                ms = medians[[0, j], i]
                ratios = times[:, 0, i] / times[:, j, i]
                low, middle, high = np.percentile(ratios, [25, 50, 75])
                row = [f"{ms[0]:.2f}", f"{ms[1]:.2f}", f"{middle:.3f}"]
                row.append(f"{low:.3f} to {high:.3f}")
                if clock == "wall":
                    won = bool(middle <= bounds[peer])
                    row[2] += f" (≤ {bounds[peer]:.2f}{'' if won else ', LOST'})"
                    rates = flops / ms / 1e6
                    share = f"{rates[0] / limit:.0%} of {limit:.0f}"
                    row += [f"{rates[0]:.1f}", f"{rates[1]:.1f}", share]
                    kept = kept and won
                table.add_row(name, clock, peer, *row)
    Console(width=132).print(table)
    print(
        f"{processors} processors; a ratio below 1 means that ours is faster; products "
        f"of {SIDE}x{SIDE} matrices in the same minutes, the fastest of both libraries."
    )
    return kept
