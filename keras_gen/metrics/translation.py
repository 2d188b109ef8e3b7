"""How well images of one kind become images of another, where nobody knows the pairs.

    asked_frechet
                 the Frechet distance of what was made to test images of the kind that
                 was asked for; its floor is that of training images of the kind, and
                 what has to be beaten is that of the images as they were
    cycle_error  E |F(G(x)) - x|_1, in both directions: what is lost on the way
    change       E |G(x) - x|_1, where both kinds have one shape: what does not stay
    taken        the share of what was made that a classifier of the data takes for one
                 of the classes that were asked for; beside it the share of test images
    attributes_kept
                 the share of the other attributes that a classifier of several finds as
                 they were

Of one that is told the kind, in the place of `taken`: `label_accuracy`, the share of
what was made that is taken for what was asked, and of test images for what they are.

No one of them is enough. Whoever changes nothing has no cycle error, and whoever makes
one good image of the kind, again and again, may be taken for it by all classifiers.
"""

import numpy as np

from keras_gen.metrics import frechet
from keras_gen.metrics.classes import agreement, name_of
from keras_gen.metrics.estimate import Estimate, mean
from keras_gen.trial import in_parts


def translation(
    model, train, test, classifier=None, wanted=None
) -> dict[str, Estimate]:
    """The measures of both directions of a two-way translator.

    Args:
        model: with the methods `translate` and `translate_back`.
        train, test: images of the first and of the second kind, a pair of arrays each.
        classifier: of the data, with the method `said` of a `Classifier`.
        wanted: the classes of both kinds, a pair of lists of numbers.
    """
    there, back = (_all(f) for f in (model.translate, model.translate_back))
    results = {}
    ways = ("", 0, 1, there, back), ("_back", 1, 0, back, there)
    for suffix, i, j, go, return_ in ways:
        x, real = test[i], test[j]
        made = go(x)
        results |= _distances(made, x, train[j], real, suffix)
        if classifier is not None and wanted is not None:
            results |= _taken(made, x, real, classifier, wanted[j], suffix)
        results |= _kept(made, x, classifier, suffix)
        lost = np.abs(return_(made) - x).mean((1, 2, 3))
        results[f"cycle_error{suffix}"] = mean(lost, "absolute, there and back")
        if made.shape == x.shape:
            change = np.abs(made - x).mean((1, 2, 3))
            results[f"change{suffix}"] = mean(change, "absolute")
    return results


def _distances(made, x, train, real, suffix):
    """Of what was made, of training images, and of the images as they were."""
    features = frechet.PrincipalComponents(train)
    n = min(len(made), len(real), len(train))
    how = f"{features.components} principal components, {n} against {n} test images"
    target = features(real[:n])
    shown = {
        "": made,
        "_floor": train[np.random.default_rng(0).permutation(len(train))],
    }
    if made.shape == x.shape:
        shown["_unchanged"] = x
    return {
        f"asked_frechet{suffix}{name}": Estimate(
            frechet.distance(features(y[:n]), target), None, how, n
        )
        for name, y in shown.items()
    }


def _taken(made, x, real, classifier, classes, suffix):
    shown = {"": made, "_floor": real, "_unchanged": x}
    return {
        f"taken{suffix}{name}": mean(
            np.isin(classifier.said(y), classes).astype(float),
            f"by {name_of(classifier)}",
        )
        for name, y in shown.items()
        if y.shape[1:] == real.shape[1:]
    }


def _kept(made, x, classifier, suffix=""):
    """How much of what nobody asked to change is as it was, if somebody can tell."""
    if not callable(getattr(classifier, "others", None)) or made.shape != x.shape:
        return {}
    before, after = classifier.others(x), classifier.others(made)
    same = np.mean([before[name] == after[name] for name in before], axis=0)
    how = f"{len(before)} attributes, by {name_of(classifier)}"
    return {f"attributes_kept{suffix}": mean(same, how)}


def told(model, x, label, classifier=None, seed: int = 0) -> dict[str, Estimate]:
    """The measures of a translator that is told the kind.

    Args:
        model: with the methods `trial`, `asked` and `kinds` of a `StarGAN`.
        x, label: test images and their kinds.
        classifier: of those kinds, or of those attributes in their order; without one
            the model's own critic judges.
        seed: of what is asked for.
    """
    trial, asked = model.trial(x, seed), model.asked(len(x), seed)
    lost = np.abs(trial.back - x).mean((1, 2, 3))
    counts = list(getattr(classifier, "counts", {}).values())
    if asked.ndim == 2 and counts == [2] * asked.shape[1]:
        judge, how = classifier.answered, name_of(classifier)
    elif classifier is not None and classifier.classes == model.classes:
        judge, how = classifier.said, name_of(classifier)
    else:
        judge, how = _all(lambda y: {"image": model.kinds(y)}), "the model's own critic"
    return {
        "label_accuracy": agreement(judge(trial.made), asked, f"by {how}"),
        "label_accuracy_floor": agreement(judge(x), label, f"by {how}"),
        **_kept(trial.made, x, classifier),
        "cycle_error": mean(lost, "absolute, there and back"),
    }


def _all(translate):
    """The translation of many, a batch at a time."""
    return lambda x: in_parts(lambda part: translate(part)["image"], x)
