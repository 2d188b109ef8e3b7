"""Does an encoder that was trained without labels make a better classifier?

    python docs/pretraining.py            writes docs/pretraining.md, in some minutes

On `digits`, with 5, 10 and 50 labels per class, three classifiers of the same shape:

    scratch       all weights fresh
    frozen        the encoder of a denoising autoencoder, and a new last layer
    fine-tuned    the same, with the encoder trained on

once on images as they are, and once on images that have lost half of their pixels, in
training (freshly for each step), validation and test. The autoencoder, the same for
both, sees all 1,297 training images and no label, and learns to fill in lost pixels.
Learning rate and number of steps of each classifier are chosen on the 200 validation
images, with seeds of their own; the 300 test images are looked at once, at the end. A
seed decides the labelled examples, the initial weights, the noise and the order, and is
the same for all three.

A support vector machine on the pixels, and one on what the encoder gives, say how good
a code each of the two is, whatever a network makes of it.
"""

import argparse
import itertools
import pathlib
import sys

import keras
import numpy as np
import tensorflow as tf

from keras_gen import DenoisingAutoencoder, classifier, data
from keras_gen.networks import deep
from keras_gen.noise import draw
from keras_gen.parts.corruption import Masking

PAGE = pathlib.Path(__file__).with_suffix(".md")
SHAPE, UNITS, CODES = (8, 8, 1), (256, 128), 32
ARMS = ("scratch", "frozen", "fine-tuned")
CODES_OF = ("pixels", "encoder")
IMAGES = ("as they are", "half of the pixels lost")
LOSE = Masking(0.5)
LABELS = (5, 10, 50)
RATES = (3e-4, 1e-3, 3e-3, 1e-2)
BLOCK, BLOCKS = 25, 24  # steps between two looks at the validation images; how often
TUNING = range(1000, 1003)  # seeds of the choice, apart from those of the result

READING = """\
How to read it: as they are, the pixels of these digits are as good a code as any that
was learned, which the support vector machines say, too. There is nothing for
pretraining to add, and a frozen encoder costs. Where half of the pixels are lost they
are a poor code: an encoder that has learned from unlabelled images to see through the
loss is a better beginning than fresh weights. With the fewest labels it is best left
frozen; with more of them it is best trained on, because a frozen one cannot use what
they tell.
"""


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
        LOSE,
    )
    model.compile(keras.optimizers.Adam(1e-3), steps_per_execution=20)
    model.fit(data.load(x, batch=64, seed=seed), epochs=epochs, verbose=0)
    return encoder(model.encoder)


def labelled(seed: int, x, y, n: int):
    """`n` examples of each class, and the seed of what happens to them."""
    rng = np.random.default_rng(seed)
    rows = [rng.permutation(np.flatnonzero(y == k))[:n] for k in range(10)]
    rows = np.concatenate(rows)
    return tf.constant(x[rows]), tf.constant(y[rows]), tf.constant(seed, tf.int64)


def spoilt(images: str, x, seed, step=0):
    """`x` as a classifier gets to see it."""
    if images == IMAGES[0]:
        return x
    seed = tf.stack([tf.cast(seed, tf.int64), tf.cast(step, tf.int64)])
    return LOSE(x, draw("uniform", tf.shape(x), seed))


class Trainer:
    """Trains classifiers of one arm: traced once, filled with weights for each run."""

    def __init__(self, arm: str, images: str):
        self.arm, self.images = arm, images
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

    def _block(self, x, y, seed):
        for _ in tf.range(BLOCK):
            seen = spoilt(self.images, x, seed, self.optimizer.iterations)
            with tf.GradientTape() as tape:
                logits = self.model(seen, training=True)
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


def networks(arm: str, images: str, starts, train, validation, test, seeds: int):
    """{labels per class: (test accuracies, rate, steps)} of one arm."""
    trainer, results = Trainer(arm, images), {}
    for n in LABELS:
        rate, blocks = chosen(trainer, starts, train, validation, n)
        accuracies = []
        for seed in range(seeds):
            trainer.start(seed, starts[seed], rate)
            few = labelled(seed, *train, n)
            for _ in range(blocks):
                trainer.block(*few)
            accuracies.append(trainer.accuracy(*test))
        results[n] = np.array(accuracies), rate, blocks * BLOCK
        print(f"{images}: {arm}, {n}: {np.mean(accuracies):.3f}", file=sys.stderr)
    return results


def machines(images: str, starts, train, test, seeds: int):
    """{(code, labels per class): test accuracies} of support vector machines."""
    from sklearn.svm import SVC

    results = {}
    for code, n in itertools.product(CODES_OF, LABELS):
        accuracies = []
        for seed in range(seeds):
            x, y, _ = labelled(seed, *train, n)
            both = spoilt(images, x, seed), test[0]
            if code == "encoder":
                both = (starts[seed](x) for x in both)
            seen, unseen = (np.reshape(x, (len(x), -1)) for x in both)
            accuracies.append(SVC(C=10).fit(seen, y).score(unseen, test[1]))
        results[code, n] = np.array(accuracies)
    return results


def experiment(seeds: int, epochs: int):
    """For each kind of images: those of the networks, by arm, and of the machines."""
    train, validation, test = (
        data.arrays("digits", split, labels="class")
        for split in ("train", "validation", "test")
    )
    starts = {s: pretrained(s, train[0], epochs) for s in (*TUNING, *range(seeds))}
    results = {}
    for images in IMAGES:
        held = [
            (np.asarray(spoilt(images, x, seed)), y)
            for seed, (x, y) in ((2001, validation), (2002, test))
        ]
        by_arm = {a: networks(a, images, starts, train, *held, seeds) for a in ARMS}
        results[images] = by_arm, machines(images, starts, train, held[1], seeds)
    return results


def table(heads, cell) -> list[str]:
    """A row for each number of labels."""
    lines = ["| labels per class | " + " | ".join(heads) + " |"]
    lines.append("|---:|" + "---:|" * len(heads))
    rows = ((n, " | ".join(cell(head, n) for head in heads)) for n in LABELS)
    return ["", *lines, *(f"| {n} | {cells} |" for n, cells in rows), ""]


def spread(accuracies) -> str:
    return f"{100 * accuracies.mean():.1f} ± {100 * accuracies.std(ddof=1):.1f}"


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
    ]
    for images in IMAGES:
        arms, svm = results[images]

        def gain(arm, n, arms=arms):
            """Seed by seed; bold beyond two standard errors."""
            difference = 100 * (arms[arm][n][0] - arms["scratch"][n][0])
            mean, error = difference.mean(), difference.std(ddof=1) / np.sqrt(seeds)
            shown = f"{mean:+.1f} ± {error:.1f}"
            return f"**{shown}**" if mean > 2 * error else shown

        lines += [f"## Images {images}"]
        lines += table(ARMS, lambda arm, n, arms=arms: spread(arms[arm][n][0]))
        lines.append(
            "What pretraining adds to `scratch`, seed by seed: the mean of the "
            "differences ± its standard error; **bold** beyond two of them."
        )
        lines += table(ARMS[1:], gain)
        lines.append(
            "A support vector machine, given the pixels or the encoder's code:"
        )
        lines += table(CODES_OF, lambda code, n, svm=svm: spread(svm[code, n]))
        lines.append("Chosen on the validation images: learning rate, steps.")
        lines += table(ARMS, lambda a, n, arms=arms: "{1:g}, {2}".format(*arms[a][n]))
    return "\n".join([*lines, READING])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--epochs", type=int, default=80, help="of the autoencoder")
    parser.add_argument("--out", type=pathlib.Path, default=PAGE)
    options = parser.parse_args()
    results = experiment(options.seeds, options.epochs)
    options.out.write_text(page(results, options.seeds, options.epochs))


if __name__ == "__main__":
    main()
