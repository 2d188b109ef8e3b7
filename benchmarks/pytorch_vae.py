"""A training step of our VAE against PyTorch eager: same networks, batch, optimizer.

    python benchmarks/pytorch_vae.py [--rounds 7] [--steps 156]

Two architectures of 28x28 images in batches of 128: the published VAE (784-500-20) and
the convolutional one of `vae-glyphs`. Ours is `compile("adam")` and `fit`, as anybody
would call them; theirs a loop as its tutorials have it, with its fastest, fused Adam.
Before anything is timed both must find the same loss. Ends with an error if ours is
slower.
"""

import argparse
import sys

import keras
import numpy as np
import peers
import tensorflow as tf

import keras_gen as kg

SHAPE, BATCH = (28, 28, 1), 128


def dense():
    """The published one, 815,824 parameters."""
    mlp = kg.networks.mlp
    size = {"width": 500, "depth": 1, "activation": "tanh"}
    return mlp.encoder(SHAPE, 40, **size), mlp.decoder(20, SHAPE, **size)


def convolutional():
    """That of vae-glyphs."""
    conv = kg.networks.conv
    return conv.encoder(SHAPE, 32, 32), conv.decoder(16, SHAPE, 32)


class Theirs:
    """The same VAE as one writes it with PyTorch."""

    def __init__(self, torch, encoder, decoder):
        self.torch = torch
        self.encoder, self.decoder = peers.twin(encoder), peers.twin(decoder)
        parameters = [*self.encoder.parameters(), *self.decoder.parameters()]
        self.adam = torch.optim.Adam(parameters, 1e-3, eps=1e-7, fused=True)

    def loss(self, x, noise):
        softplus = self.torch.nn.functional.softplus
        mean, raw = self.encoder(x).chunk(2, 1)
        stddev = softplus(raw) + 1e-4
        logits = self.decoder(mean + stddev * noise)
        log_px = (x * logits - softplus(logits)).sum((1, 2, 3))
        kl = 0.5 * (mean**2 + stddev**2 - 1 - 2 * stddev.log()).sum(1)
        return (kl - log_px).mean()

    def step(self, x, noise):
        self.adam.zero_grad()
        loss = self.loss(x, noise)
        loss.backward()
        self.adam.step()
        return loss

    def epoch(self, x):
        order = self.torch.randperm(len(x))
        size = self.encoder[-1].out_features // 2
        total = 0.0
        for rows in order.split(BATCH):
            total += self.step(x[rows], self.torch.randn(BATCH, size)).detach()
        return float(total)


def contest(torch, networks, rounds, steps):
    """Times and operations of one architecture."""
    keras.utils.set_random_seed(0)
    encoder, decoder = networks()
    model = kg.VAE(encoder, decoder)
    model.compile("adam")
    theirs = Theirs(torch, encoder, decoder)
    x = (np.random.default_rng(0).random((BATCH * steps, *SHAPE)) < 0.2).astype("f")
    first_channels = torch.from_numpy(x.transpose(0, 3, 1, 2).copy())
    agree(torch, model, theirs, x[:BATCH])
    data = kg.data.load(x, batch=BATCH)
    times, yardstick = peers.race(
        torch,
        {
            "ours": lambda: model.fit(data, verbose=0),
            "PyTorch": lambda: theirs.epoch(first_channels),
        },
        rounds,
    )
    flops = peers.training_flops(encoder, BATCH, from_data=True)
    flops += peers.training_flops(decoder, BATCH)
    return times, yardstick, flops, ("ours", "PyTorch")


def agree(torch, model, theirs, x):
    """Raise if they do not compute the same loss from the same noise."""
    noise = np.random.default_rng(1).normal(size=(len(x), model.latent_dim))
    noise = noise.astype("float32")
    ours = -tf.reduce_mean(model.elbo(x, noise))
    x = torch.from_numpy(x.transpose(0, 3, 1, 2).copy())
    np.testing.assert_allclose(
        ours, theirs.loss(x, torch.from_numpy(noise)).detach(), rtol=1e-4
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=156, help="in an epoch")
    options = parser.parse_args()
    torch = peers.torch_or_none()
    if torch is None:
        return 0
    results = {
        make.__name__: contest(torch, make, options.rounds, options.steps)
        for make in (dense, convolutional)
    }
    steps = dict.fromkeys(results, options.steps)
    return 0 if peers.report(results, steps, {"PyTorch": 1}) else 1


if __name__ == "__main__":
    sys.exit(main())
