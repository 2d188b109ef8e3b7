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
    train, test, truth = spec.arrays("train"), spec.arrays("test"), None
    if callable(getattr(model, "sort", None)) and "class" in spec.info.factors:
        truth = replace(spec, labels="class").arrays("test")[1]
    return metrics.evaluate(model, train, test, spec.info, seed, truth=truth)
