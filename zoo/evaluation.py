"""The numbers of a card, measured again."""

from dataclasses import replace

import numpy as np

from keras_gen import data as datasets
from keras_gen import metrics
from keras_gen.data import captions
from keras_gen.errors import BadInput
from zoo import cards
from zoo.loading import load, opened
from zoo.places import find
from zoo.registry import entries


def evaluate(name: str, publish: bool = False) -> dict[str, dict]:
    """Measure a trained model on its test data, as its card does.

    Args:
        name: of the entry, or a path (see `zoo.places`).
        publish: write what was measured on the entry's card.

    Returns:
        Name of the measure -> {"value", "stderr", "estimator", "n"}.
    """
    place = find(name)
    if publish and name not in entries():
        raise BadInput(f"{name} is no zoo entry: only the zoo's cards are published.")
    spec = place.data_here
    measured = measure(opened(place), spec)
    if publish:
        card = cards.card(name) | {"metrics": measured}
        cards.write(cards.CARDS / f"{name}.json", card)
    return measured


def measure(model, spec: datasets.Spec, seed: int = 0) -> dict[str, dict]:
    """Measure any model on the test split of its data."""
    train, test = spec.arrays("train"), spec.arrays("test")
    known = {"classifier": classifier_of(spec)}
    if spec.binarise in ("static", "dynamic"):
        levels = replace(spec, binarise=None)
        plain = replace(levels, labels=None, embedding=None).arrays
        known["grey"] = lambda: (plain("train"), plain("test"), classifier_of(levels))
    if model.vocabulary is not None:
        (train, seen), (test, given) = train, test
        if callable(getattr(known["classifier"], "answers", None)):
            known["named"] = named(given, known["classifier"].model.attributes, spec)
        seen, given = (model.vocabulary.numbers(c).numpy() for c in (seen, given))
        train, test = (train, seen), (test, given)
    if spec.other is not None and not spec.pairs:
        known["wanted"] = _wanted(spec, known["classifier"])
    elif spec.pairs == "matched" and "driver" in spec.second.info.factors:
        known["driver"] = replace(spec.second, labels="driver").arrays("test")[1]
    elif "class" in spec.info.factors:
        classes = replace(spec, labels="class", embedding=None).arrays
        if callable(getattr(model, "sort", None)):
            known["truth"] = classes("test")[1]
        if spec.labels not in (None, "class"):
            known["kinds"] = classes("train")[1]
    return metrics.evaluate(model, train, test, spec.info, seed, **known)


def named(sentences, attributes, spec):
    """{attribute: the number of its value in each sentence, -1 where it has none}."""
    found = [captions.named(sentence.decode()) for sentence in sentences]
    values = {name: spec.info.factors[name] for name in attributes}
    return {
        name: np.array([known.index(f[name]) if name in f else -1 for f in found])
        for name, known in values.items()
    }


def _wanted(spec, classifier):
    """The numbers of the classes of both kinds, if a classifier can tell them."""
    specs = spec, spec.second
    judged = getattr(classifier, "counts", {"class": None})  # of attributes, or classes
    if classifier is None or any(
        s.only is None or {s.only[0]} != set(judged) for s in specs
    ):
        return None
    names = spec.info.factors[spec.only[0]]
    return [[names.index(value) for value in s.only[1:]] for s in specs]


def classifier_name(spec: datasets.Spec) -> str | None:
    """The trained entry that does nothing but classify these data, if there is one."""
    plain = {"labels": None, "embedding": None, "augment": ()}
    plain |= {"only": None, "other": None, "pairs": None}
    for name, entry in entries().items():
        same = replace(entry.data, **plain) == replace(spec, **plain)
        trained = (cards.CARDS / f"{name}.json").exists()
        if entry.tasks == ("classify",) and same and trained:
            return name
    return None


def classifier_of(spec: datasets.Spec):
    """The classifier of these data.

    One of attributes judges those that are told, or that the data are chosen by, or
    all of two values together.
    """
    name = classifier_name(spec)
    if name is None:
        return None
    model = load(name)
    if not callable(getattr(model, "judging", None)):
        return model
    two_valued = [n for n, count in model.attributes.items() if count == 2]
    asked = spec.embedding or (spec.labels or (spec.only and spec.only[0]),)
    return model.judging(
        *(asked if set(asked) <= set(model.attributes) else two_valued)
    )
