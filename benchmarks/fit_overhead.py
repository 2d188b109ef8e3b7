"""What `fit` costs through our hooks, against Keras's own, in one run on one device.

    python benchmarks/fit_overhead.py

The same VAE is trained twice: as `keras_gen.VAE`, and as a plain `keras.Model` that
holds the same networks and whose `train_step` is written as Keras's guide has it. The
two take turns, epoch by epoch, so that whatever else the machine does hits both. What
is compared is the median ratio of neighbouring epochs, in seconds of the wall clock and
of the processors; the latter suffer less from other work on the machine.
"""

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf

import keras_gen as kg
from keras_gen.networks import mlp

SHAPE, LATENT, BATCH, STEPS = (28, 28, 1), 16, 128, 40


def ours(width):
    model = kg.VAE(
        mlp.encoder(SHAPE, 2 * LATENT, width), mlp.decoder(LATENT, SHAPE, width)
    )
    model.compile("adam")
    return model


class Plain(keras.Model):
    """The same losses and reports, without any of our hooks."""

    def __init__(self, twin):
        super().__init__()
        self.encoder = keras.models.clone_model(twin.encoder)
        self.decoder = keras.models.clone_model(twin.decoder)
        self.terms = [twin.likelihood, twin.posterior, twin.prior]
        self.means = [keras.metrics.Mean(name=name) for name in twin.reports]
        self.built = True

    @property
    def metrics(self):
        return self.means

    def train_step(self, x):
        likelihood, posterior, prior = self.terms
        noise = tf.random.normal((tf.shape(x)[0], LATENT))
        with tf.GradientTape() as tape:
            q = posterior(self.encoder(x, training=True))
            z, _ = q.draw(noise)
            log_px = likelihood.log_prob(self.decoder(z, training=True), x)
            kl = prior.kl(q)
            loss = -tf.reduce_mean(log_px - kl)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(
            zip(gradients, self.trainable_variables, strict=True)
        )
        for metric, value in zip(self.means, (log_px - kl, log_px, kl), strict=True):
            metric.update_state(value)
        return {metric.name: metric.result() for metric in self.means}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--width", type=int, default=512)
    options = parser.parse_args()
    x = np.random.default_rng(0).integers(0, 2, (BATCH * STEPS, *SHAPE))
    data = tf.data.Dataset.from_tensor_slices(x.astype("float32")).batch(BATCH).cache()
    twin = ours(options.width)
    plain = Plain(twin)
    plain.compile("adam")
    ratios = {"wall clock": [], "processors": []}
    for i in range(options.rounds + 1):
        order = (twin, plain) if i % 2 else (plain, twin)
        spent = {model: epoch(model, data) for model in order}
        if i:  # the first traces
            for name, own, other in zip(ratios, spent[twin], spent[plain], strict=True):
                ratios[name].append(own / other)
    wall, _ = spent[plain]
    print(f"a step of Keras's own fit: about {1000 * wall / STEPS:.1f} ms")
    for name, values in ratios.items():
        low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
        print(
            f"through our hooks, {name}: {middle - 1:+.1%} "
            f"(half of the rounds between {low - 1:+.1%} and {high - 1:+.1%})"
        )


def epoch(model, data):
    """Seconds of an epoch: of the wall clock, and of all processors together."""
    wall, cpu = time.perf_counter(), time.process_time()
    model.fit(data, verbose=0)
    return time.perf_counter() - wall, time.process_time() - cpu


if __name__ == "__main__":
    main()
