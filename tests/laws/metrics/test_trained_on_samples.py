"""What a classifier learns from samples, of models whose samples are known."""

import importlib
import types

import numpy as np
import pytest

from keras_gen import data, metrics
from keras_gen.errors import BadInput
from keras_gen.networks import mlp

trained = importlib.import_module("keras_gen.metrics.trained_on_samples")
TRAIN, TEST = (data.arrays("digits", s, labels="class") for s in ("train", "test"))


class Told:
    """Samples by a rule: `make(labels, seed)`."""

    sampler = "generate"

    def __init__(self, make, asks="label"):
        self.make, self.asks = make, asks

    def signatures(self):
        inputs = {self.asks: None}
        return {"generate": types.SimpleNamespace(inputs=inputs)}

    def sample(self, n, seed, label, **drawing):
        assert n == len(label)
        return self.make(np.asarray(label), seed, **drawing)


def found(make, epochs=4, seeds=2, **options):
    return metrics.trained_on_samples(
        Told(make),
        TRAIN,
        TEST,
        seeds=seeds,
        epochs=epochs,
        learner=lambda shape, classes: mlp.encoder(shape, classes, 64, 1),
        **options,
    )


@pytest.fixture(scope="module")
def perfect():
    return found(lambda label, seed: TRAIN[0])


def test_the_data_themselves_teach_what_the_data_teach(perfect):
    samples, real = perfect["trained_on_samples"], perfect["trained_on_real"]
    assert samples.value == real.value > 0.85
    assert samples.n == 2 and "1,297 samples" in samples.estimator


def test_fewer_of_both_can_be_asked_for_and_drawn_in_another_way():
    def make(label, seed, steps):
        assert (len(label), steps) == (100, 3)
        return TRAIN[0][:100]

    few = found(make, size=100, steps=3)
    samples, real = few["trained_on_samples"], few["trained_on_real"]
    assert samples.value == real.value < 0.85
    assert "100 samples" in samples.estimator and "100 real" in real.estimator


def test_samples_of_other_classes_and_few_images_teach_less(perfect):
    """And the same numbers come again: of seeds, not of what was before."""
    real = perfect["trained_on_real"].value
    rng = np.random.default_rng(0)
    wrong = found(lambda label, seed: TRAIN[0][rng.permutation(len(label))])
    assert (
        wrong["trained_on_samples"].value < 0.25
        and wrong["trained_on_real"] == (perfect["trained_on_real"])
    )
    first = [np.flatnonzero(TRAIN[1] == k)[0] for k in range(10)]
    one = found(lambda label, seed: TRAIN[0][np.array(first)[label]])
    assert 0.25 < one["trained_on_samples"].value < real - 0.1


def test_its_error_is_that_of_a_mean_over_seeds(monkeypatch):
    """With each seed all is anew, the samples first."""
    monkeypatch.setattr(trained, "_learned", lambda _, x, *rest: float(np.mean(x)))
    draws = [0.5, 0.8, 0.2]
    samples = found(lambda label, seed: np.full((2, 2), draws[seed]), seeds=3)
    samples = samples["trained_on_samples"]
    assert samples.value == pytest.approx(0.5)
    assert samples.stderr == pytest.approx(0.3 / 3**0.5)


def test_who_is_told_no_class_teaches_none():
    with pytest.raises(BadInput, match="cannot be asked for a class"):
        metrics.trained_on_samples(Told(None, "z"), TRAIN, TEST)
    with pytest.raises(BadInput, match="no spread"):
        metrics.trained_on_samples(Told(None), TRAIN, TEST, seeds=1)
