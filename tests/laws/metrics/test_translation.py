"""What becomes of images without pairs is told by numbers that can be known."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen.metrics.translation import told, translation
from keras_gen.trial import Trial


class Way:
    """Darker by half and back again, with an error on the way back."""

    def __init__(self, lost=0.0):
        self.lost = lost

    def translate(self, x):
        return {"image": tf.constant(x / 2)}

    def translate_back(self, x):
        return {"image": tf.constant(np.minimum(2 * x + self.lost, 1))}


class Judge:
    """Takes for class 1 what is dark."""

    classes = 2

    def said(self, x):
        return (x.mean((1, 2, 3)) < 0.6).astype(int)


def images(n, seed, factor=1.0):
    rng = np.random.default_rng(seed)
    light = 0.8 + 0.1 * rng.random((n, 1, 1, 1))
    return (factor * light * np.ones((n, 4, 4, 1))).astype("float32")


def test_a_perfect_way_has_no_errors_and_is_taken_for_what_was_asked():
    train, test = ((images(50, s), images(50, s + 1, 0.5)) for s in (0, 2))
    x = images(50, 2)
    found = translation(Way(), train, (x, x / 2), Judge(), ([0], [1]))
    value = {name: estimate.value for name, estimate in found.items()}
    assert value["cycle_error"] == value["cycle_error_back"] == 0
    assert value["asked_frechet"] == pytest.approx(0, abs=1e-5)
    assert value["change"] == pytest.approx(x.mean() / 2)
    assert value["asked_frechet_unchanged"] > 100 * value["asked_frechet_floor"]
    assert value["taken"] == value["taken_back"] == 1
    assert value["taken_unchanged"] == 0
    spoilt = translation(Way(0.05), train, test)
    assert spoilt["cycle_error"].value == pytest.approx(0.05, abs=1e-6)
    assert "taken" not in spoilt


def test_what_is_kept_are_the_attributes_that_nobody_asked_to_change():
    class Knowing(Judge):
        def others(self, x):
            """What no way changes, what every way does, and what half of them do."""
            dark = self.said(x)
            return {"size": 0 * dark, "light": dark, "odd": dark * (np.arange(50) % 2)}

    class Telling:
        classes, kinds = 2, None

        def trial(self, x, seed):
            return Trial(x, x / 2, x, back=x)

        def asked(self, n, seed):
            return np.ones(n, int)

    train, test = ((images(50, s), images(50, s + 1, 0.5)) for s in (0, 2))
    found = translation(Way(), train, test, Knowing(), ([0], [1]))
    assert found["attributes_kept"].value == pytest.approx((1 + 0 + 0.5) / 3)
    assert found["attributes_kept"].n == 50
    found = told(Telling(), images(50, 2), np.zeros(50, int), Knowing())
    assert found["attributes_kept"].value == pytest.approx(0.5)
    assert found["label_accuracy"].value == 1
    assert "attributes_kept" not in told(
        Telling(), images(50, 2), np.zeros(50), Judge()
    )
