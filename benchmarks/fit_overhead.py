"""What `fit` costs through our hooks, against Keras's own, in one run on one device.

    python benchmarks/fit_overhead.py

The same VAE is trained twice: as `keras_gen.VAE`, and as a plain `keras.Model` that
holds the same networks and whose `train_step` is written as Keras's guide has it. The
two take turns, epoch by epoch, so that whatever else the machine does hits both; the
shortest epochs are compared.
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

SHAPE, LATENT, BATCH, STEPS = (28, 28, 1), 16, 128, 60


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
        self.terms = [twin.likelihood, twin.prior()]
        self.means = [keras.metrics.Mean(name=name) for name in twin.reports]
        self.built = True

    @property
    def metrics(self):
        return self.means

    def train_step(self, x):
        import tensorflow_probability as tfp

        likelihood, prior = self.terms
        noise = tf.random.normal((tf.shape(x)[0], LATENT))
        with tf.GradientTape() as tape:
            mean, raw = tf.split(self.encoder(x, training=True), 2, axis=-1)
            q = tfp.distributions.MultivariateNormalDiag(
                mean, tf.nn.softplus(raw) + 1e-4
            )
            z = q.mean() + q.stddev() * noise
            log_px = likelihood(self.decoder(z, training=True)).log_prob(x)
            kl = q.kl_divergence(prior)
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
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--width", type=int, default=512)
    options = parser.parse_args()
    x = np.random.default_rng(0).integers(0, 2, (BATCH * STEPS, *SHAPE))
    data = tf.data.Dataset.from_tensor_slices(x.astype("float32")).batch(BATCH).cache()
    twin = ours(options.width)
    plain = Plain(twin)
    plain.compile("adam")
    seconds = {twin: [], plain: []}
    for i in range(options.rounds + 1):
        order = (twin, plain) if i % 2 else (plain, twin)
        for model in order:
            begun = time.perf_counter()
            model.fit(data, verbose=0)
            if i:  # the first traces
                seconds[model].append(time.perf_counter() - begun)
    fast, own = min(seconds[plain]), min(seconds[twin])
    print(f"Keras's own fit: {1000 * fast / STEPS:.3f} ms for a step")
    print(f"through our hooks: {1000 * own / STEPS:.3f} ms ({own / fast - 1:+.1%})")


if __name__ == "__main__":
    main()
