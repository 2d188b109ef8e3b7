"""Which numbers belong on a model's card.

The choice follows what the model can do and what is known of its data, never its name:

- an exact `log_prob`: its mean on the test set (not where it takes hours: a model says
  `judged_by_samples`); of a flow whose images have levels, a bound by draws of where
  the levels lie in their cells;
- a flow: by how much the way to the latent and back changes an example at most;
- a `bound` of it that nothing random is in: the same;
- an energy with a `log_partition`, exact or estimated: the mean of their sum;
- a `log_likelihood` (a bound by importance sampling): that, and the ELBO beside it;
- both for discrete values: bits per dimension, and the pixel histogram's in the same
  unit. A continuous density has neither, because its value depends on the unit of x;
- data with known modes: how many are covered, and the share of good samples;
- no density and no modes: the Frechet and kernel distances of samples from test data,
  in principal components and in what a classifier of the data sees; how many samples
  are copies of each other or of training examples; how many classes they cover, and of
  how many the share is another than the data's. With labels to ask for, the share of
  samples that the classifier (without one, the nearest training example) agrees with;
- captions to ask by, and a classifier of attributes: the share of the attributes that
  the captions name which it finds in the samples;
- a number of steps to be chosen: the distance in 1 to 20, and with labels to ask for
  the agreement;
- labels to ask for that are domains, of examples with classes: the share of samples
  whose class (by the nearest training example) is the same in all domains where the
  noise is, and the same share where it is not;
- logits of classes: the share of test examples whose label is the largest; of several
  attributes that of each, and of all;
- vectors of captions: the share of test images that find their caption among others;
- a method `sort`, learned without labels: the purity of its categories, and that of as
  large categories at random;
- nothing to draw, but a `trial`: the squared error of what it gives back, or the IoU of
  the masks it makes, beside a baseline's;
- two ways between two kinds of images: what `metrics.translation` tells of both;
- a face that is driven by another one: what `metrics.reenactment` tells of it;
- codes that are integers: their perplexity, and how many of them are used.

What is measured on samples has a floor: the same of as many training examples. What a
classifier sees of these is a little too sure, for it has learned from them, too.
Samples that are means of black and white pixels are held against the levels by which
those of the data were drawn: the mean of a pixel that is drawn is its level.

Lower is better, except for `elbo`, `modes_covered`, `share_good`, `support`,
`classes_covered`, `psnr`, `iou`, `perplexity`, `codes_used`, the accuracies,
`couples_alike` and `purity`; `memorised` is best near .05.
"""

import math

import numpy as np

from keras_gen.arguments import Model, Numbers, Seed, Size, checked
from keras_gen.errors import BadInput
from keras_gen.metrics import baselines, copies, frechet, kernel, modes
from keras_gen.metrics.classes import (
    agreement,
    bins_apart,
    covered,
    name_of,
    named_agreement,
    purity,
    retrieval,
)
from keras_gen.metrics.codes import code_usage
from keras_gen.metrics.estimate import Estimate, mean
from keras_gen.metrics.likelihood import (
    bits_per_dim,
    dequantised,
    evidence_lower_bound,
    importance_weighted,
    negative_log_likelihood,
    normalised,
    upper_bound,
)
from keras_gen.metrics.neighbours import NearestNeighbour
from keras_gen.metrics.reenactment import reenactment
from keras_gen.metrics.restoration import likeness, restoration
from keras_gen.metrics.segmentation import segmentation
from keras_gen.metrics.translation import told as translation_told
from keras_gen.metrics.translation import translation

STEPS, IN_STEPS = (1, 2, 4, 8, 20), 1000  # numbers of steps, and samples with each
LARGE = 28 * 28  # numbers in an example


@checked
def evaluate(
    model: Model,
    train: Numbers,
    test: Numbers,
    info,
    seed: Seed = 0,
    *,
    truth=None,
    classifier=None,
    kinds=None,
    named=None,
    wanted=None,
    driver=None,
    grey=None,
    importance_samples: Size = 256,
    samples: Size = 10_000,
) -> dict[str, dict]:
    """Measure a model on test data; the same seed gives the same numbers.

    Args:
        model: a `GenerativeModel`.
        train: training examples as an array, for the baselines.
        test: test examples as an array; both are (examples, conditions) for a model
            that is conditioned on labels or embeddings, and two arrays of images for a
            translator between them.
        info: the data's `Info`; its `modes` and `std` are read where they exist.
        seed: of every draw.
        truth: the classes of the test examples, for a model that sorts without labels.
        classifier: of the data, with the methods `features` and `said` of a
            `Classifier`, for models that are judged by their samples.
        kinds: those of the training examples, for a model that is told a domain.
        named: what the test captions name, of the attributes of which the classifier
            has `answers`: {attribute: its value in each, -1 where it is not named}.
        wanted: the classes of both kinds of images, for a translator between them.
        driver: of pairs of a face with two expressions, the row of another test face
            that has the second one.
        grey: gives (train, test, classifier) of the images whose pixels were drawn
            black or white by their levels, to hold samples against that are means.
        importance_samples: per test example, for latent-variable models.
        samples: draws from a model that is judged by its samples; a quarter of them
            where each takes a number of steps.

    Returns:
        Name of the measure -> {"value", "stderr", "estimator", "n"}.
    """
    data, told = test, getattr(model, "condition", None)
    if callable(getattr(model, "translate_back", None)):
        found = translation(model, train, test, classifier, wanted)
        return {name: estimate._asdict() for name, estimate in found.items()}
    if callable(getattr(model, "driven", None)):
        found = reenactment(model, *test, driver, classifier)
        return {name: estimate._asdict() for name, estimate in found.items()}
    if told:
        (train, seen), (test, given) = train, test
    paired = isinstance(test, tuple)  # sources, and what is wanted of them
    train, test = (np.asarray(x[1] if paired else x) for x in (train, test))
    if train.shape[1:] != test.shape[1:]:
        raise BadInput(
            "training and test examples must have one shape; received "
            f"{train.shape[1:]} and {test.shape[1:]}."
        )
    results = {}
    levels = getattr(getattr(model, "likelihood", None), "levels", None)
    by_samples = getattr(model, "judged_by_samples", False)
    if callable(getattr(model, "dequantised", None)) and levels is not None:
        draws = min(importance_samples, 16)
        results["nll"] = dequantised(model, data, draws, seed=seed)
    elif callable(getattr(model, "log_prob", None)) and not by_samples:
        results["nll"] = negative_log_likelihood(model, data)
    elif callable(getattr(model, "bound", None)):
        results["nll"] = upper_bound(model, test)
    elif callable(getattr(model, "log_partition", None)):
        results["nll"] = normalised(model, data, seed=seed)
    elif callable(getattr(model, "log_likelihood", None)):
        results["elbo"] = evidence_lower_bound(model, data, seed=seed)
        # Of large images a draw costs more, and tells less: the bound is far below.
        draws = (
            importance_samples if test[0].size <= LARGE else importance_samples // 16
        )
        results["nll"] = importance_weighted(model, data, draws, seed=seed)
    if "nll" in results and levels is not None:
        results |= _in_bits(results["nll"], train, test, levels)
    if callable(getattr(model, "encode_caption", None)):
        results["accuracy"] = retrieval(model, test, given, seed=seed)
    if told == "label" and _classifies(model):
        said = np.argmax(model.discriminate(test)["logits"], -1)
        results["accuracy"] = agreement(said, given, "largest logit")
    if callable(getattr(model, "answers", None)):
        results |= _attributes(model, test, given)
    if callable(getattr(model, "trial", None)):
        if "accuracy" not in results:  # who judges has trials for showing
            results |= _tried(model, data, train, classifier, seed)
    elif getattr(info, "modes", None) is not None:
        results |= _coverage(model.sample(samples, seed=seed), info)
    elif "nll" not in results:
        if callable(getattr(model, "choosing", None)):
            samples = math.ceil(samples / 4)  # which take as many passes each
        n = min(samples, len(train), len(test))
        asked = told in model.signatures()[model.sampler].inputs if told else False
        made = model.sample(n, seed, **({told: given[:n]} if asked else {}))
        if grey is not None and not np.isin(made, (0, 1)).all():
            train, test, classifier = grey()
        # What was asked for may be sorted, and the kernel distance is over blocks.
        order = np.random.default_rng(seed).permutation(n) if asked else slice(n)
        results |= _judged(made[order], train, test, classifier, seed)
        as_asked = {}
        if asked and told == "label":
            as_asked = _labelled(classifier, train, seen, given)
        elif asked and named is not None:
            as_asked = _captioned(classifier, named)
        for measure, judge in as_asked.items():
            results[measure] = judge(made)
            results[f"{measure}_floor"] = judge(test[:n])
        if callable(getattr(model, "choosing", None)):
            few = {told: given[:IN_STEPS]} if asked else {}
            results |= _in_steps(model, train, test, few, classifier, as_asked, seed)
        if "label_accuracy" in as_asked and kinds is not None:
            results |= _couples(model, train, seen, kinds, seed)
    if truth is not None:
        results |= _purity(np.asarray(model.sort(test)), truth, seed)
    results |= code_usage(model, test)
    if callable(getattr(model, "inverse_error", None)):
        error = model.inverse_error(*(data if told else (data,)))
        how = "largest change of a value, there and back"
        results["inverse_error"] = Estimate(error, None, how, len(test))
    return {name: estimate._asdict() for name, estimate in results.items()}


def _tried(model, data, train, classifier, seed):
    """What a model that draws nothing makes of test examples."""
    if getattr(model, "condition", None) == "label":
        return translation_told(model, *data, classifier, seed)
    trial = model.trial(data, seed)
    if trial.kinds:
        return segmentation(trial)
    found = restoration(trial, train)
    translates = callable(getattr(model, "translate", None))
    return found | likeness(trial) if translates else found


def _classifies(model):
    judging = model.signatures().get("discriminate")
    return judging is not None and "logits" in judging.outputs


def _attributes(model, test, given):
    """The share of right answers to each question, and to all of them."""
    logits = model.discriminate(test)["logits"]
    rights = {k: np.asarray(v) for k, v in model.rights(logits, given).items()}
    every = mean(np.mean(list(rights.values()), 0), "likeliest values, all attributes")
    each = {f"accuracy_{k}": mean(v, "likeliest value") for k, v in rights.items()}
    return {"accuracy": every} | each


def _in_bits(nll, train, test, levels):
    dims = math.prod(test.shape[1:])
    histogram = baselines.PixelHistogram(levels).fit(train)
    baseline = mean(
        -histogram.log_prob(test), f"exact, independent pixels of {levels} levels"
    )
    return {
        "bits_per_dim": bits_per_dim(nll, dims),
        "histogram_nll": baseline,
        "histogram_bits_per_dim": bits_per_dim(baseline, dims),
    }


def _coverage(points, info):
    covered, total, share = modes.coverage(points, info.modes, info.std)
    n = len(points)
    stderr = math.sqrt(share * (1 - share) / n)
    return {
        "modes_covered": Estimate(
            float(covered),
            None,
            f"of {total}, from {n // (10 * total)} good samples on",
            n,
        ),
        "share_good": Estimate(share, stderr, "within 4 standard deviations", n),
    }


def _couples(model, train, domains, kinds, seed, n=1000):
    """Classes of the same noise in all domains, and of other noise as a floor."""
    how, total = "by the nearest training example", len(np.unique(kinds))
    said = []
    for domain in range(model.classes):
        mine = domains == domain
        nearest = NearestNeighbour(train[mine], kinds[mine])
        said.append(nearest(model.sample(n, seed, label=domain)))
    rng = np.random.default_rng(seed)
    at_random = [said[0], *(rng.permutation(other) for other in said[1:])]
    found = covered(np.concatenate(said), total)
    return {
        "classes_covered": Estimate(
            float(found), None, f"of {total}, {how}", n * len(said)
        )
    } | {
        f"couples_alike{suffix}": mean(
            np.all([each == row[0] for each in row], axis=0),
            f"{how}, {len(row)} domains",
        )
        for suffix, row in (("", said), ("_floor", at_random))
    }


def _purity(groups, truth, seed):
    at_random = np.random.default_rng(seed).permutation(groups)
    how = f"{len(np.unique(groups))} categories are used"
    return {
        f"purity{suffix}": Estimate(purity(sorted_, truth), None, how, len(truth))
        for suffix, sorted_ in (("", groups), ("_floor", at_random))
    }


def _judged(made, train, test, classifier, seed):
    """Samples, and as many training examples as a floor, against test examples."""
    rng, n = np.random.default_rng(seed), len(made)
    shown = {"": made, "_floor": train[rng.permutation(len(train))[:n]]}
    real = test[rng.permutation(len(test))[:n]]
    features = frechet.PrincipalComponents(train)
    space = f"{features.components} principal components"
    results = _distances(shown, real, features, space)
    if classifier:
        results |= _distances(
            shown, real, classifier.features, name_of(classifier), "classifier_"
        )
        results |= _classes(shown, real, classifier)
    results["duplicates"] = copies.duplicates(made, shown["_floor"])
    results["duplicates_floor"] = copies.duplicates(real, shown["_floor"])
    results["support"] = copies.support(results["duplicates"])
    results["memorised"] = copies.memorised(made, train, test)
    return results


def _labelled(classifier, train, seen, given):
    """{measure: how samples of the first of these labels are judged}."""
    said = classifier.said if classifier else NearestNeighbour(train, seen)
    how = f"by {name_of(classifier) if classifier else 'the nearest training example'}"
    return {"label_accuracy": lambda x: agreement(said(x), given[: len(x)], how)}


def _captioned(classifier, named):
    """The same of captions, by what these name."""
    how = f"attributes that captions name, by {name_of(classifier)}"

    def judge(x):
        wanted = {name: values[: len(x)] for name, values in named.items()}
        return named_agreement(classifier.answers(x), wanted, how)

    return {"caption_accuracy": judge}


def _in_steps(model, train, test, asked, classifier, as_asked, seed):
    """What other numbers of steps draw: how far it is off, and whether it was asked."""
    n, results = min(IN_STEPS, len(test)), {}
    features = classifier.features if classifier else frechet.PrincipalComponents(train)
    space = name_of(classifier) if classifier else f"{features.components} components"
    real = features(test[np.random.default_rng(seed).permutation(len(test))[:n]])
    for steps in STEPS:
        made = model.sample(n, seed, steps=steps, **asked)
        how = f"{space}, {n} against {n} test examples"
        apart = Estimate(frechet.distance(features(made), real), None, how, n)
        results[f"frechet_in_{steps}"] = apart
        for measure, judge in as_asked.items():
            results[f"{measure}_in_{steps}"] = judge(made)
    return results


def _distances(shown, real, features, space, prefix=""):
    results, real = {}, features(real)
    for suffix, x in shown.items():
        x, n = features(x), len(x)
        how = f"{space}, {n} against {n} test examples"
        frechet_ = Estimate(frechet.distance(x, real), None, how, n)
        kernel_ = kernel.distance(x, real)
        kernel_ = kernel_._replace(estimator=f"{space}, {kernel_.estimator}")
        results[f"{prefix}frechet{suffix}"] = frechet_
        results[f"{prefix}kernel{suffix}"] = kernel_
    return results


def _classes(shown, real, classifier):
    total, how = classifier.classes, name_of(classifier)
    shares = np.bincount(classifier.said(real), minlength=total) / len(real)
    results = {}
    for suffix, x in shown.items():
        said, n = classifier.said(x), len(x)
        found = {
            "classes_covered": Estimate(
                float(covered(said, total)), None, f"of {total}, by {how}", n
            ),
            "bins_apart": Estimate(
                float(bins_apart(said, shares)),
                None,
                f"of {total} classes by {how}, beyond 1.96 standard deviations",
                n,
            ),
        }
        results |= {f"{name}{suffix}": value for name, value in found.items()}
    return results
