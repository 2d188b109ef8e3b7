"""A training step of our DCGAN against PyTorch eager, and against a bare `tf.function`.

    python benchmarks/pytorch_dcgan.py [--rounds 5] [--sizes 28 64]

A step is one of the discriminator and one of the generator, with batches of 64 and
Adam(2e-4, beta_1=.5), as published. At 28x28 the networks have the published width of
64; at 64x64x3, with four times the layers' work, half of it, so that a step takes
less than a second on two processors.

Ours is `compile` and `fit` at default settings; PyTorch's a loop as its tutorial has
it, with fused Adam, and without the discriminator's gradients in the generator's step.
The bare step is the same mathematics written by hand, with Keras's optimizers, with
`jit_compile=True` or without, whichever is faster here. Before anything is timed, ours
and PyTorch's must find the same losses from the same noise, and again after a step.
Ends with an error unless ours is 1.1 times as fast as PyTorch's and takes at most 1.05
times as long as the bare one.
"""

import argparse
import sys

import keras
import numpy as np
import peers
import tensorflow as tf
from step_overhead import bare_gan

import keras_gen as kg

BATCH, LATENT = 64, 100
SIZES = {"28": ((28, 28, 1), 64, 40), "64": ((64, 64, 3), 32, 10)}  # width, steps
BOUNDS = {"PyTorch": 1 / 1.1, "bare": 1.05, "bare, XLA": 1.05}


def networks(shape, width):
    """The same weights each time."""
    keras.utils.set_random_seed(0)
    dcgan = kg.networks.dcgan
    return dcgan.generator(LATENT, shape, width), dcgan.discriminator(shape, width)


def adam():
    return keras.optimizers.Adam(2e-4, beta_1=0.5)


class Theirs:
    """The same game as one writes it with PyTorch."""

    def __init__(self, torch, generator, discriminator):
        self.torch = torch
        self.players = peers.twin(generator), peers.twin(discriminator)
        self.optimizers = [
            torch.optim.Adam(p.parameters(), 2e-4, (0.5, 0.999), eps=1e-7, fused=True)
            for p in self.players
        ]

    def discriminator_loss(self, x, z):
        softplus = self.torch.nn.functional.softplus
        generator, discriminator = self.players
        with self.torch.no_grad():
            made = generator(z)
        return softplus(-discriminator(x)).mean() + softplus(discriminator(made)).mean()

    def generator_loss(self, z):
        generator, discriminator = self.players
        discriminator.requires_grad_(False)
        made = generator(z)
        loss = self.torch.nn.functional.softplus(-discriminator(made)).mean()
        discriminator.requires_grad_(True)
        return loss

    def step(self, x, draw):
        """Both losses."""
        g_adam, d_adam = self.optimizers
        d_adam.zero_grad()
        d_loss = self.discriminator_loss(x, draw())
        d_loss.backward()
        d_adam.step()
        g_adam.zero_grad()
        g_loss = self.generator_loss(draw())
        g_loss.backward()
        g_adam.step()
        return self.torch.stack([d_loss, g_loss]).detach()

    def epoch(self, x):
        total = 0.0
        for rows in self.torch.randperm(len(x)).split(BATCH):
            total += self.step(x[rows], lambda: self.torch.randn(BATCH, LATENT))
        return total.numpy()


def agree(torch, model, theirs, x):
    """Raise unless both find the same losses from the same noise, and after a step."""
    z = np.random.default_rng(1).normal(size=(len(x), LATENT)).astype("float32")
    their_x, their_z = (
        torch.from_numpy(a.copy()) for a in (x.transpose(0, 3, 1, 2), z)
    )
    x, z = tf.constant(x), tf.constant(z)

    def compare(tolerance):
        ours = [
            loss(x, z, training=True)
            for loss in (model.discriminator_loss, model.generator_loss)
        ]
        others = (
            theirs.discriminator_loss(their_x, their_z),
            theirs.generator_loss(their_z),
        )
        np.testing.assert_allclose(ours, [o.item() for o in others], rtol=tolerance)

    compare(1e-4)
    model.latents = lambda x, training=True: z
    model.train_step(x)
    del model.latents
    theirs.step(their_x, lambda: their_z)
    compare(
        1e-2
    )  # Adam's first step is a sign: rounding turns where a gradient is zero


def training_flops(generator, discriminator):
    """Of a step: what nobody needs the gradient of is not counted."""
    g, d = (peers.forward_flops(n) for n in (generator, discriminator))
    one = 2 * (3 * sum(d) - d[0]) + sum(g)  # real and made examples, and the making
    other = 2 * sum(d) + 3 * sum(g) - g[0]  # through the discriminator to the generator
    return BATCH * (one + other)


def bare_epochs(data, shape, width):
    """Name -> an epoch of the step that one writes by hand, without XLA and with it."""

    def epoch(jit_compile):
        step = bare_gan(*networks(shape, width), (adam(), adam()), jit_compile)
        return lambda: [step(x) for x in data]

    return {"bare": epoch(False), "bare, XLA": epoch(True)}


def contest(torch, shape, width, steps, rounds):
    """Times, yardstick and operations at one size, and who took part."""
    model = kg.GAN(*networks(shape, width))
    model.compile(adam())
    theirs = Theirs(torch, model.generator, model.discriminator)
    x = np.random.default_rng(0).random((BATCH * steps, *shape)).astype("f")
    agree(torch, model, theirs, x[:BATCH])
    data = kg.data.load(x, batch=BATCH)
    bare = bare_epochs(data.take(max(2, steps // 4)), shape, width)
    for epoch in bare.values():
        epoch()
    best = min(bare, key=lambda name: peers.seconds(bare[name])[0])
    first_channels = torch.from_numpy(x.transpose(0, 3, 1, 2).copy())
    players = {
        "ours": lambda: model.fit(data, verbose=0),
        "PyTorch": lambda: theirs.epoch(first_channels),
        best: bare_epochs(data, shape, width)[best],
    }
    times, yardstick = peers.race(torch, players, rounds)
    flops = training_flops(model.generator, model.discriminator)
    return times, yardstick, flops, tuple(players)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    options = parser.parse_args()
    torch = peers.torch_or_none()
    if torch is None:
        return 0
    results = {
        f"{name}x{name}": contest(torch, *SIZES[name], options.rounds)
        for name in options.sizes
    }
    steps = {f"{name}x{name}": SIZES[name][-1] for name in options.sizes}
    return 0 if peers.report(results, steps, BOUNDS) else 1


if __name__ == "__main__":
    sys.exit(main())
