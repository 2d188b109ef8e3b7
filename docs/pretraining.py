"""Does an encoder that was trained without labels make a better classifier?

    python docs/pretraining.py            writes docs/pretraining.md

On `digits`, with 5, 10 and 50 labels per class, three classifiers of the same shape:

    scratch       all weights fresh
    frozen        the encoder of a denoising autoencoder, and a new last layer
    fine-tuned    the same, with the encoder trained on

The autoencoder sees all 1,297 training images and no label. Learning rate and number
of steps of each classifier are chosen on the 200 validation images, with seeds of their
own; the 300 test images are looked at once, at the end. A seed decides the labelled
examples, the initial weights, the noise and the order, and is the same for all three.
"""

import argparse
import itertools
import pathlib
import sys

import keras
import numpy as np
import tensorflow as tf

from keras_gen import DenoisingAutoencoder, classifier, data
from keras_gen.autoencoders.corruption import Masking
from keras_gen.networks import deep

PAGE = pathlib.Path(__file__).with_suffix(".md")
SHAPE, UNITS, CODES = (8, 8, 1), (256, 128), 32
ARMS = ("scratch", "frozen", "fine-tuned")
LABELS = (5, 10, 50)
RATES = (3e-4, 1e-3, 3e-3, 1e-2)
BLOCK, BLOCKS = 25, 24  # steps between two looks at the validation images; how often
TUNING = range(1000, 1003)  # seeds of the choice, apart from those of the result


def encoder(trained=None) -> keras.Model:
    """An encoder without its last, linear layer: fresh, or an autoencoder's."""
    whole = trained or deep.encoder(SHAPE, CODES, UNITS)
    return keras.Model(whole.input, whole.layers[-2].output)


def pretrained(seed: int, x, epochs: int) -> keras.Model:
    """The encoder of a denoising autoencoder of `x`."""
    keras.utils.set_random_seed(seed)
    model = DenoisingAutoencoder(
        deep.encoder(SHAPE, CODES, UNITS),
        deep.decoder(CODES, SHAPE, UNITS),
        Masking(0.25),
    )
    model.compile(keras.optimizers.Adam(1e-3), steps_per_execution=20)
    model.fit(data.load(x, batch=64, seed=seed), epochs=epochs, verbose=0)
    return encoder(model.encoder)


def labelled(seed: int, x, y, n: int):
    """`n` examples of each class."""
    rng = np.random.default_rng(seed)
    rows = [rng.permutation(np.flatnonzero(y == k))[:n] for k in range(10)]
    rows = np.concatenate(rows)
    return tf.constant(x[rows]), tf.constant(y[rows])


class Trainer:
    """Trains classifiers of one arm: traced once, filled with weights for each run."""

    def __init__(self, arm: str):
        self.arm = arm
        self.model = classifier(encoder(), 10, frozen=arm == "frozen")
        self.optimizer = keras.optimizers.Adam()
        self.optimizer.build(self.model.trainable_variables)
        self.block = tf.function(self._block, reduce_retracing=True)

    def start(self, seed: int, start: keras.Model, rate: float):
        """Fresh weights or those of `start`, and an optimizer that has seen nothing."""
        keras.utils.set_random_seed(seed)
        begin = encoder() if self.arm == "scratch" else start
        frozen = self.arm == "frozen"
        self.model.set_weights(classifier(begin, 10, frozen).get_weights())
        for variable in self.optimizer.variables:
            variable.assign(tf.zeros_like(variable))
        self.optimizer.learning_rate = rate

    def _block(self, x, y):
        for _ in tf.range(BLOCK):
            with tf.GradientTape() as tape:
                logits = self.model(x, training=True)
                loss = keras.losses.sparse_categorical_crossentropy(y, logits, True)
                loss = tf.reduce_mean(loss)
            variables = self.model.trainable_variables
            self.optimizer.apply(tape.gradient(loss, variables), variables)

    def accuracy(self, x, y) -> float:
        return float(np.mean(np.argmax(self.model(x), -1) == y))


def chosen(trainer: Trainer, starts, train, validation, n: int):
    """(rate, blocks) with the best mean accuracy on the validation images."""
    curves = np.zeros((len(RATES), BLOCKS))
    for (i, rate), seed in itertools.product(enumerate(RATES), TUNING):
        trainer.start(seed, starts[seed], rate)
        few = labelled(seed, *train, n)
        for j in range(BLOCKS):
            trainer.block(*few)
            curves[i, j] += trainer.accuracy(*validation) / len(TUNING)
    i, j = np.unravel_index(curves.argmax(), curves.shape)
    return RATES[i], int(j) + 1


def experiment(seeds: int, epochs: int):
    """{(arm, labels per class): (test accuracies, rate, steps)}."""
    train, validation, test = (
        data.arrays("digits", split, labels="class")
        for split in ("train", "validation", "test")
    )
    starts = {}
    for seed in (*TUNING, *range(seeds)):
        starts[seed] = pretrained(seed, train[0], epochs)
        print(f"\rautoencoder {len(starts)}", end="", file=sys.stderr, flush=True)
    results = {}
    for arm in ARMS:
        trainer = Trainer(arm)
        for n in LABELS:
            rate, blocks = chosen(trainer, starts, train, validation, n)
            accuracies = []
            for seed in range(seeds):
                trainer.start(seed, starts[seed], rate)
                few = labelled(seed, *train, n)
                for _ in range(blocks):
                    trainer.block(*few)
                accuracies.append(trainer.accuracy(*test))
            results[arm, n] = np.array(accuracies), rate, blocks * BLOCK
            mean = np.mean(accuracies)
            print(f"\r{arm}, {n} labels per class: {mean:.3f}", file=sys.stderr)
    return results


def page(results, seeds: int, epochs: int) -> str:
    """The page, whole."""
    lines = [
        "# An encoder that begins a classifier",
        "",
        "Written by `python docs/pretraining.py`; its first lines say how it is done.",
        "",
        f"Test accuracy in percent, mean ± standard deviation over {seeds} seeds, on "
        f"`digits`. The autoencoder was trained for {epochs} epochs.",
        "",
        "| labels per class | " + " | ".join(ARMS) + " |",
        "|---:|" + "---:|" * len(ARMS),
    ]
    for n in LABELS:
        cells = [
            f"{100 * results[arm, n][0].mean():.1f} ± "
            f"{100 * results[arm, n][0].std(ddof=1):.1f}"
            for arm in ARMS
        ]
        lines.append(f"| {n} | " + " | ".join(cells) + " |")
    lines += [
        "",
        "What pretraining adds to `scratch`, seed by seed: the mean of the differences "
        "± its standard error.",
        "",
        "| labels per class | frozen | fine-tuned |",
        "|---:|---:|---:|",
    ]
    for n in LABELS:
        cells = []
        for arm in ARMS[1:]:
            gain = 100 * (results[arm, n][0] - results["scratch", n][0])
            stderr = gain.std(ddof=1) / np.sqrt(seeds)
            cells.append(f"{gain.mean():+.1f} ± {stderr:.1f}")
        lines.append(f"| {n} | " + " | ".join(cells) + " |")
    lines += [
        "",
        "Chosen on the validation images: learning rate, steps of all labelled "
        "examples.",
        "",
        "| labels per class | " + " | ".join(ARMS) + " |",
        "|---:|" + "---:|" * len(ARMS),
    ]
    for n in LABELS:
        cells = [f"{results[arm, n][1]:g}, {results[arm, n][2]}" for arm in ARMS]
        lines.append(f"| {n} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--epochs", type=int, default=60, help="of the autoencoder")
    parser.add_argument("--out", type=pathlib.Path, default=PAGE)
    options = parser.parse_args()
    results = experiment(options.seeds, options.epochs)
    options.out.write_text(page(results, options.seeds, options.epochs))


if __name__ == "__main__":
    main()
