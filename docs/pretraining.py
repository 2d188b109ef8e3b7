"""Write docs/pretraining.md: what is an encoder worth that was trained without labels?

    python -m docs pretraining

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
a code each of the two is, whatever a network makes of it. All of it takes some minutes,
and is kept in docs/pretraining.json.
"""

import functools
import itertools

import keras
import numpy as np
import tensorflow as tf

from docs.pages import Page
from keras_gen import DenoisingAutoencoder, classifier, data
from keras_gen.networks import deep
from keras_gen.noise import draw
from keras_gen.parts.corruption import Masking

SEEDS, EPOCHS = 12, 80  # of the classifiers; of the autoencoder
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


@functools.cache
def arrays(split: str):
    """Images and labels."""
    return data.arrays("digits", split, labels="class")


@functools.cache
def pretrained(seed: int) -> keras.Model:
    """The encoder of a denoising autoencoder of the training images."""
    keras.utils.set_random_seed(seed)
    model = DenoisingAutoencoder(
        deep.encoder(SHAPE, CODES, UNITS),
        deep.decoder(CODES, SHAPE, UNITS),
        LOSE,
    )
    model.compile(keras.optimizers.Adam(1e-3), steps_per_execution=20)
    batches = data.load(arrays("train")[0], batch=64, seed=seed)
    model.fit(batches, epochs=EPOCHS, verbose=0)
    return encoder(model.encoder)


def labelled(seed: int, n: int):
    """`n` examples of each class, and the seed of what happens to them."""
    x, y = arrays("train")
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

    def start(self, seed: int, rate: float):
        """Fresh or pretrained weights, and an optimizer that has seen nothing."""
        begin = None if self.arm == "scratch" else pretrained(seed)
        keras.utils.set_random_seed(seed)  # after it, which draws numbers, too
        begin = begin or encoder()
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


def chosen(trainer: Trainer, validation, n: int):
    """(rate, blocks) with the best mean accuracy on the validation images."""
    curves = np.zeros((len(RATES), BLOCKS))
    for (i, rate), seed in itertools.product(enumerate(RATES), TUNING):
        trainer.start(seed, rate)
        few = labelled(seed, n)
        for j in range(BLOCKS):
            trainer.block(*few)
            curves[i, j] += trainer.accuracy(*validation) / len(TUNING)
    i, j = np.unravel_index(curves.argmax(), curves.shape)
    return RATES[i], int(j) + 1


def networks(arm: str, images: str, validation, test):
    """{labels per class: (test accuracies, rate, steps)} of one arm."""
    trainer, results = Trainer(arm, images), {}
    for n in LABELS:
        rate, blocks = chosen(trainer, validation, n)
        accuracies = []
        for seed in range(SEEDS):
            trainer.start(seed, rate)
            few = labelled(seed, n)
            for _ in range(blocks):
                trainer.block(*few)
            accuracies.append(trainer.accuracy(*test))
        results[n] = np.array(accuracies), rate, blocks * BLOCK
    return results


def machine(code: str, images: str, test, n: int):
    """Test accuracies of support vector machines."""
    from sklearn.svm import SVC

    accuracies = []
    for seed in range(SEEDS):
        x, y, _ = labelled(seed, n)
        both = spoilt(images, x, seed), test[0]
        if code == "encoder":
            both = (pretrained(seed)(x) for x in both)
        seen, unseen = (np.reshape(x, (len(x), -1)) for x in both)
        accuracies.append(SVC(C=10).fit(seen, y).score(unseen, test[1]))
    return np.array(accuracies)


def keys() -> dict[str, str]:
    return dict.fromkeys(IMAGES, f"{SEEDS} seeds, {EPOCHS} epochs")


def measure(images: str) -> dict:
    """Per cent, by kind of classifier and number of labels: means and their spread."""
    validation, test = (
        (np.asarray(spoilt(images, x, seed)), y)
        for seed, (x, y) in ((2001, arrays("validation")), (2002, arrays("test")))
    )
    arms = {arm: networks(arm, images, validation, test) for arm in ARMS}
    found = {code: {} for code in (*ARMS, *CODES_OF)}
    for arm, n in itertools.product(ARMS, LABELS):
        accuracies, rate, steps = arms[arm][n]
        row = {"accuracy": spread(accuracies), "rate": rate, "steps": steps}
        mean, deviation = spread(accuracies - arms["scratch"][n][0])
        gain = [mean, round(deviation / SEEDS**0.5, 2)]
        found[arm][str(n)] = row | ({"gain": gain} if arm != "scratch" else {})
    for code, n in itertools.product(CODES_OF, LABELS):
        found[code][str(n)] = {"accuracy": spread(machine(code, images, test, n))}
    return found


def spread(accuracies) -> list[float]:
    """Mean and standard deviation, in per cent."""
    percent = 100 * accuracies
    return [round(float(percent.mean()), 2), round(float(percent.std(ddof=1)), 2)]


def table(heads, cell) -> list[str]:
    """A row for each number of labels."""
    lines = ["| labels per class | " + " | ".join(heads) + " |"]
    lines.append("|---:|" + "---:|" * len(heads))
    rows = ((n, " | ".join(cell(head, n) for head in heads)) for n in LABELS)
    return ["", *lines, *(f"| {n} | {cells} |" for n, cells in rows), ""]


def text(found: dict) -> str:
    """The page, whole."""
    lines = [
        "# An encoder that begins a classifier",
        "",
        "Made by `python -m docs pretraining`; its first lines say how it is done.",
        "",
        f"Test accuracy in percent, mean ± standard deviation over {SEEDS} seeds, on "
        f"`digits`. The autoencoder was trained for {EPOCHS} epochs.",
        "",
    ]
    for images in IMAGES:
        rows = found[images]

        def accuracy(code, n, rows=rows):
            return "{:.1f} ± {:.1f}".format(*rows[code][str(n)]["accuracy"])

        def gain(arm, n, rows=rows):
            """Seed by seed; bold beyond two standard errors."""
            mean, error = rows[arm][str(n)]["gain"]
            shown = f"{mean:+.1f} ± {error:.1f}"
            return f"**{shown}**" if mean > 2 * error else shown

        def how(arm, n, rows=rows):
            return "{rate:g}, {steps}".format(**rows[arm][str(n)])

        lines += [f"## Images {images}"]
        lines += table(ARMS, accuracy)
        lines.append(
            "What pretraining adds to `scratch`, seed by seed: the mean of the "
            "differences ± its standard error; **bold** beyond two of them."
        )
        lines += table(ARMS[1:], gain)
        lines.append(
            "A support vector machine, given the pixels or the encoder's code:"
        )
        lines += table(CODES_OF, accuracy)
        lines.append("Chosen on the validation images: learning rate, steps.")
        lines += table(ARMS, how)
    return "\n".join([*lines, READING])


PAGE = Page("pretraining", text, keys, measure)
