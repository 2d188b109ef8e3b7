"""Trained on samples: what a classifier learns that has never seen a real image.

A model p(x | y) that is told the class is asked for a training set: as many samples of
each class as there are real training examples of it. A classifier learns from these
alone, and is tested on real ones:

    accuracy  =  E over seeds [ share of real test examples that it names rightly ]

beside the same classifier, trained for as many steps, on the real training set. Samples
of the wrong class teach what is wrong, poor ones teach what is nowhere to be seen, and
a few images again and again teach little: one number falls for all of these. With each
seed all is anew, the samples, the initial weights and the order; the error is that of
the mean over the seeds.

Reference: Ravuri & Vinyals, Classification Accuracy Score for Conditional Generative
Models (arXiv:1905.10887).
Not here: training on both, which asks for something else (what samples add).
"""

import keras
import numpy as np

from keras_gen.arguments import Count, Model, Numbers, checked
from keras_gen.errors import BadInput
from keras_gen.metrics.estimate import Estimate, mean
from keras_gen.networks import conv


def network(shape, classes: int) -> keras.Model:
    """The classifier that learns, where no other is given: from images to logits."""
    return conv.encoder(tuple(shape), classes, 16)


@checked
def trained_on_samples(
    model: Model,
    train: tuple[Numbers, Numbers],
    test: tuple[Numbers, Numbers],
    *,
    seeds: Count = 3,
    epochs: Count = 10,
    batch: Count = 64,
    size: Count | None = None,
    learner=network,
    **drawing,
) -> dict[str, Estimate]:
    """The accuracy of classifiers that saw samples only, and of those that saw data.

    Args:
        model: told the class.
        train, test: real examples and their classes; of the first only the classes are
            shown to the one that learns from samples.
        seeds: how many of either; two at least, or there is no spread.
        epochs, batch: of their trainings.
        size: how many examples of either each learns from; all if not given.
        learner: from the shape of an example and the number of classes to a network
            whose output are the logits.
        **drawing: of the model's `sample`, such as `steps`.

    Returns:
        {"trained_on_samples": Estimate, "trained_on_real": Estimate}.

    Example:
        >>> networks = mlp.encoder((8, 8, 11), 4), mlp.decoder(2 + 10, (8, 8, 1))
        >>> model = ConditionalVAE(*networks, classes=10)
        >>> train, test = (data.arrays("digits", s, labels="class") for s in
        ...                ("train", "test"))
        >>> found = trained_on_samples(model, train, test, seeds=2, epochs=1)
        >>> found["trained_on_samples"].value < found["trained_on_real"].value
        True
    """
    asked = model.signatures().get(model.sampler)
    if asked is None or "label" not in asked.inputs:
        raise BadInput(
            f"{type(model).__name__} cannot be asked for a class, so its samples teach "
            'none: give a model whose `sample` takes a "label".'
        )
    if seeds < 2:
        raise BadInput("one training has no spread: give seeds=2 or more.")
    real, labels = (part[:size] for part in train)
    found = {"samples": [], "real": []}
    for seed in range(seeds):
        made = model.sample(len(labels), seed, label=labels, **drawing)
        for source, x in (("samples", made), ("real", real)):
            right = _learned(learner, x, labels, test, seed, epochs, batch)
            found[source].append(right)
    how = f"{seeds} classifiers, each of {len(labels):,} {{}}, {epochs} epochs"
    return {
        f"trained_on_{source}": mean(rights, how.format(source))
        for source, rights in found.items()
    }


def _learned(learner, x, y, test, seed, epochs, batch) -> float:
    """The share of test examples that a classifier of `x` and `y` names rightly."""
    keras.utils.set_random_seed(seed)
    classes = int(max(np.max(y), np.max(test[1]))) + 1
    classifier = learner(np.shape(x)[1:], classes)
    steps = epochs * -(-len(x) // batch)
    rate = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    classifier.compile(keras.optimizers.Adam(rate), loss)
    classifier.fit(x, y, batch, epochs, verbose=0)
    parts = np.array_split(test[0], -(-len(test[0]) // 256))
    said = np.concatenate([np.argmax(classifier(part), -1) for part in parts])
    return float(np.mean(said == test[1]))
