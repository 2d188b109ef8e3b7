"""What the abstraction costs: `GenerativeModel.fit` against a bare `tf.function` loop.

The same networks, optimizer, batch and mathematics, once through `fit` and once by
hand, in turn, so that a drift of the machine's speed meets both. Prints for each model
the median step of both, and the ratio pair by pair, in seconds of the wall clock and of
the processors; the latter suffer less from other work on the machine. Ends with an
error if a model's processors spend more than 1.05 times as long in `fit`.

    python benchmarks/step_overhead.py [--rounds 15] [--steps 156]
"""

import argparse
import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf
from rich.console import Console
from rich.table import Table

import keras_gen as kg

SHAPE, LATENT = (28, 28, 1), 32
BOUND = 1.05


def bare_vae(encoder, decoder, optimizer):
    """The ELBO and its step, as one would write them in a notebook."""
    variables = encoder.trainable_variables + decoder.trainable_variables
    optimizer.build(variables)

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            mean, raw = tf.split(encoder(x, training=True), 2, -1)
            stddev = tf.nn.softplus(raw) + 1e-4
            z = mean + stddev * tf.random.normal(tf.shape(mean))
            logits = decoder(z, training=True)
            cross = tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=logits)
            reconstruction = -tf.reduce_sum(cross, [1, 2, 3])
            kl = 0.5 * tf.reduce_sum(
                mean**2 + stddev**2 - 1 - 2 * tf.math.log(stddev), -1
            )
            loss = tf.reduce_mean(kl - reconstruction)
        optimizer.apply(tape.gradient(loss, variables), variables)
        return loss

    return step


def bare_gan(generator, discriminator, optimizers, jit_compile=None):
    """The non-saturating game, one step of each player."""
    latent = generator.input_shape[-1]
    g_variables = generator.trainable_variables
    d_variables = discriminator.trainable_variables
    g_optimizer, d_optimizer = optimizers
    g_optimizer.build(g_variables)
    d_optimizer.build(d_variables)

    @tf.function(jit_compile=jit_compile)
    def step(x):
        z = tf.random.normal((tf.shape(x)[0], latent))
        with tf.GradientTape() as tape:
            real = discriminator(x, training=True)
            fake = discriminator(generator(z, training=True), training=True)
            d_loss = tf.reduce_mean(tf.nn.softplus(-real)) + tf.reduce_mean(
                tf.nn.softplus(fake)
            )
        d_optimizer.apply(tape.gradient(d_loss, d_variables), d_variables)
        z = tf.random.normal((tf.shape(x)[0], latent))
        with tf.GradientTape() as tape:
            fake = discriminator(generator(z, training=True), training=True)
            g_loss = tf.reduce_mean(tf.nn.softplus(-fake))
        g_optimizer.apply(tape.gradient(g_loss, g_variables), g_variables)
        return d_loss, g_loss

    return step


def vae():
    """A VAE of fully connected networks, and its bare step."""

    def networks():
        mlp = kg.networks.mlp
        return mlp.encoder(SHAPE, 2 * LATENT, 512), mlp.decoder(LATENT, SHAPE, 512)

    model = kg.VAE(*networks())
    model.compile(keras.optimizers.Adam(1e-3))
    return model, bare_vae(*networks(), keras.optimizers.Adam(1e-3)), 128


def conv_vae():
    """A convolutional VAE, and its bare step."""

    def networks():
        conv = kg.networks.conv
        return conv.encoder(SHAPE, 2 * LATENT, 32), conv.decoder(LATENT, SHAPE, 32)

    model = kg.VAE(*networks())
    model.compile(keras.optimizers.Adam(1e-3))
    return model, bare_vae(*networks(), keras.optimizers.Adam(1e-3)), 128


def gan():
    """A DCGAN, and its bare step."""

    def networks():
        dcgan = kg.networks.dcgan
        return dcgan.generator(LATENT, SHAPE, 32), dcgan.discriminator(SHAPE, 32)

    def adam():
        return keras.optimizers.Adam(2e-4, beta_1=0.5)

    model = kg.GAN(*networks())
    model.compile(adam())
    return model, bare_gan(*networks(), (adam(), adam())), 64


def seconds(function):
    """Of the wall clock, and of all processors together."""
    wall, cpu = time.perf_counter(), time.process_time()
    function()
    return time.perf_counter() - wall, time.process_time() - cpu


def compare(make, rounds, steps):
    """Seconds per step: an array (rounds, fit or bare loop, wall clock or processors).

    An epoch has as many steps as one of 20,000 images: what `fit` does once for each
    epoch is shared by them.
    """
    model, step, batch = make()
    x = (np.random.default_rng(0).random((batch * steps, *SHAPE)) < 0.2).astype("f")
    data = tf.data.Dataset.from_tensor_slices(x).batch(batch, drop_remainder=True)
    data = data.cache().prefetch(2)

    def fit():
        model.fit(data, verbose=0)

    def loop():
        for batch in data:
            step(batch)

    for warm_up in (fit, loop):
        warm_up()
    pairs = []
    for i in range(rounds):  # who goes first alternates, too
        first, second = (fit, loop) if i % 2 else (loop, fit)
        times = {f: seconds(f) for f in (first, second)}
        pairs.append((times[fit], times[loop]))
    return np.array(pairs) / steps


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--steps", type=int, default=156)
    options = parser.parse_args()
    table = Table("model", "clock", "fit, ms", "bare, ms", "ratio", "its quartiles")
    free = True
    for make in (vae, conv_vae, gan):
        spent = compare(make, options.rounds, options.steps)
        for i, clock in enumerate(("wall", "processors")):
            fit, bare = 1000 * np.median(spent[..., i], axis=0)
            ratios = spent[:, 0, i] / spent[:, 1, i]
            low, middle, high = np.percentile(ratios, [25, 50, 75])
            table.add_row(
                make.__name__,
                clock,
                f"{fit:.2f}",
                f"{bare:.2f}",
                f"{middle:.3f}",
                f"{low:.3f} to {high:.3f}",
            )
        free = free and middle <= BOUND
    Console().print(table)
    return 0 if free else 1


if __name__ == "__main__":
    sys.exit(main())
