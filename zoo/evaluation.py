"""The numbers of a card, measured again."""

from dataclasses import replace

from keras_gen import data as datasets
from keras_gen import metrics
from zoo.loading import load
from zoo.registry import find


def evaluate(name: str) -> dict[str, dict]:
    """Measure an entry's published weights on its test data, as its card does.

    Returns:
        Name of the measure -> {"value", "stderr", "estimator", "n"}.
    """
    return measure(load(name), find(name).data)


def measure(model, spec: datasets.Spec, seed: int = 0) -> dict[str, dict]:
    """Measure any model on the test split of its data."""
    train, test = spec.arrays("train"), spec.arrays("test")
    known = {}
    if "class" in spec.info.factors:
        classes = replace(spec, labels="class", embedding=None).arrays
        if callable(getattr(model, "sort", None)):
            known["truth"] = classes("test")[1]
        if spec.labels not in (None, "class"):
            known["kinds"] = classes("train")[1]
    return metrics.evaluate(model, train, test, spec.info, seed, **known)
