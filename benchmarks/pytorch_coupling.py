"""A training step of affine couplings against PyTorch, eager and compiled.

    python benchmarks/pytorch_coupling.py [--rounds 5] [--sizes points vectors]

Flows of dense couplings, as RealNVP has them for vectors: of the plane, where a step is
all overhead, and of 784 numbers, where it is all products of matrices. Ours is
`compile` and `fit` at default settings; PyTorch's a loop as its tutorials have it, with
fused Adam, and the same with its loss by `torch.compile`. Before anything is timed,
ours and both of PyTorch's must find the same loss, and again after a step. Ends with an
error if ours is slower than either.
"""

import argparse
import math
import sys

import keras
import numpy as np
import peers
import tensorflow as tf

import keras_gen as kg
from keras_gen.layers.bijections.coupling import Coupling
from keras_gen.layers.bijections.transforms import Affine

# Numbers of an example, couplings, width, batch, steps.
SIZES = {"points": (2, 8, 64, 256, 100), "vectors": (784, 4, 512, 128, 20)}
BOUNDS = {"PyTorch": 1.0, "PyTorch, compiled": 1.0}


def flow(size, couplings, width):
    """The same weights each time."""
    keras.utils.set_random_seed(0)
    half = size // 2

    def coupling(swap):
        network = kg.networks.flows.dense(half, 2 * half, width)
        return Coupling(network, Affine(), half, swap)

    model = kg.Flow((size,), [coupling(k % 2 == 1) for k in range(couplings)])
    model.compile(keras.optimizers.Adam(1e-3))
    return model


class Theirs:
    """The same flow as one writes it with PyTorch."""

    def __init__(self, torch, model, compiled=False):
        self.torch = torch
        self.swaps = [step.swap for step in model.steps]
        self.bounds = [step.transform.bound for step in model.steps]
        self.networks = [peers.twin(step.network) for step in model.steps]
        weights = [p for network in self.networks for p in network.parameters()]
        self.adam = torch.optim.Adam(weights, 1e-3, eps=1e-7, fused=True)
        self.graph = torch.compile(self.loss) if compiled else self.loss

    def loss(self, x):
        log_det = 0.0
        for network, swap, bound in zip(
            self.networks, self.swaps, self.bounds, strict=True
        ):
            stays, moves = x.chunk(2, -1)
            if swap:
                stays, moves = moves, stays
            raw, shift = network(stays).unflatten(-1, (-1, 2)).unbind(-1)
            log_scale = bound * self.torch.tanh(raw / bound)
            moved = moves * log_scale.exp() + shift
            x = self.torch.cat([moved, stays] if swap else [stays, moved], -1)
            log_det = log_det + log_scale.sum(-1)
        normal = -0.5 * (x**2 + math.log(2 * math.pi)).sum(-1)
        return -(normal + log_det).mean()

    def step(self, x):
        self.adam.zero_grad()
        loss = self.graph(x)
        loss.backward()
        self.adam.step()
        return loss.detach()

    def epoch(self, x, batch):
        total = 0.0
        for rows in self.torch.randperm(len(x)).split(batch):
            total += self.step(x[rows])
        return total.item()


def agree(torch, model, others, x):
    """Raise unless all find the same loss, and after a step of each once more."""
    their_x, x = torch.from_numpy(x.copy()), tf.constant(x)

    def compare(tolerance):
        ours = -tf.reduce_mean(model.log_prob(x))
        theirs = [other.graph(their_x).item() for other in others]
        np.testing.assert_allclose(theirs, ours, rtol=tolerance)

    compare(1e-4)
    model.train_step(x)
    for other in others:
        other.step(their_x)
    compare(1e-3)


def contest(torch, size, couplings, width, batch, steps, rounds):
    """Times, yardstick and operations at one size, and who took part."""
    model = flow(size, couplings, width)
    eager, compiled = Theirs(torch, model), Theirs(torch, model, compiled=True)
    x = np.random.default_rng(0).normal(size=(batch * steps, size)).astype("float32")
    agree(torch, model, (eager, compiled), x[:batch])
    data, their_x = kg.data.load(x, batch=batch), torch.from_numpy(x.copy())
    players = {
        "ours": lambda: model.fit(data, verbose=0),
        "PyTorch": lambda: eager.epoch(their_x, batch),
        "PyTorch, compiled": lambda: compiled.epoch(their_x, batch),
    }
    times, yardstick = peers.race(torch, players, rounds)
    # Only the first network's inputs are data, of which nobody needs the gradient.
    flops = sum(
        peers.training_flops(step.network, batch, from_data=k == 0)
        for k, step in enumerate(model.steps)
    )
    return times, yardstick, flops, tuple(players)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    options = parser.parse_args()
    torch = peers.torch_or_none()
    if torch is None:
        return 0
    results = {n: contest(torch, *SIZES[n], options.rounds) for n in options.sizes}
    steps = {name: SIZES[name][-1] for name in options.sizes}
    return 0 if peers.report(results, steps, BOUNDS) else 1


if __name__ == "__main__":
    sys.exit(main())
