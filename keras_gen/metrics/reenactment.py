"""How well one face takes on the expression of another.

psnr, l1     against what the actor looks like with that expression, where data tell
             (a `driver` is another face that has it); baselines are the actor as it
             is, and the driver
expression_right
             the share of drivers whose smile, or its absence, a classifier finds
attributes_kept
             the share of all its other attributes that are the actor's
flicker      E |G(x, d) - G(x, x)|_1 where the truth of both is the same: what moves
             in a sequence of pictures, and should stand still
"""

import numpy as np

from keras_gen.metrics.classes import name_of
from keras_gen.metrics.estimate import Estimate, mean
from keras_gen.metrics.restoration import decibels, squared_errors

SMILE = "smiling"


def reenactment(model, x, y, driver, classifier=None) -> dict[str, Estimate]:
    """The measures of a model that is driven.

    Args:
        model: with the method `driven` of a `Reenactment`.
        x: actors.
        y: the same faces with other expressions.
        driver: for each the row of x that has the expression of y; None for y itself.
        classifier: of attributes, with the method `answers` of an
            `AttributeClassifier`.
    """
    drivers = y if driver is None else x[driver]
    how = "driven by its own picture" if driver is None else "driven by another face"
    made, still = model.driven(x, drivers), model.driven(x, x)
    results = {}
    for prefix, image, what in (
        ("", made, how),
        ("baseline_", x, "the actor as it was"),
    ):
        mse = mean(squared_errors(image, y), what)
        results[f"{prefix}l1"] = mean(np.abs(image - y).mean((1, 2, 3)), what)
        results[f"{prefix}psnr"] = decibels(mse)
    same = np.all(x == y, axis=-1, keepdims=True)
    moved = np.abs(made - still).mean(-1, keepdims=True) * same
    where = np.maximum(same.sum((1, 2, 3)), 1)
    results["flicker"] = mean(moved.sum((1, 2, 3)) / where, "where the truth is still")
    if callable(getattr(classifier, "answers", None)):
        results |= _judged(made, x, y, classifier)
    return results


def _judged(made, x, y, classifier):
    said, actor, wanted = (classifier.answers(images) for images in (made, x, y))
    others = [name for name in said if name != SMILE]
    results = {}
    for suffix, answers in (("", said), ("_unchanged", actor)):
        if SMILE in said:
            right = answers[SMILE] == wanted[SMILE]
            how = f"{SMILE} as in the truth, by {name_of(classifier)}"
            results[f"expression_right{suffix}"] = mean(right, how)
    kept = np.mean([said[name] == actor[name] for name in others], axis=0)
    how = f"{len(others)} attributes, by {name_of(classifier)}"
    return results | {"attributes_kept": mean(kept, how)}
