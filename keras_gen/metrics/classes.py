"""What a classifier says of samples: do they show what was asked, and all there is.

The classifier is any function from examples to class numbers. It errs, too, so its
share of right answers on real test examples belongs beside every number here.
"""

import numpy as np

from keras_gen.errors import BadInput
from keras_gen.metrics.estimate import Estimate, mean


def agreement(said, asked, estimator: str = "") -> Estimate:
    """The share of samples of which the classifier says the class they were asked for.

    Where several things are asked of each, the share of all of them.

    Example:
        >>> agreement([1, 2, 2, 0], [1, 2, 3, 0]).value
        0.75
    """
    said, asked = np.asarray(said), np.asarray(asked)
    if said.shape != asked.shape:
        raise BadInput(
            f"one answer for each question; received {said.shape} and {asked.shape}."
        )
    right = said == asked
    return mean(right.mean(tuple(range(1, right.ndim))), estimator)


def name_of(classifier) -> str:
    """The zoo's name of who judges, or its class's if it is not from there."""
    return getattr(classifier, "about", {"name": type(classifier).__name__})["name"]


def named_agreement(answers, named, estimator: str = "") -> Estimate:
    """The share of the attributes that were asked for which the classifier finds.

    Each asks for some of them, and the others do not count: the share is that of all
    that were named, whoever named them.

    Args:
        answers: {attribute: the value that the classifier says of each sample}.
        named: {attribute: the value that was asked for, -1 where it was not named}.
        estimator: a phrase that tells this estimate from others.

    Example:
        >>> answers = {"hat": np.array([1, 0, 1]), "hair": np.array([2, 2, 0])}
        >>> named = {"hat": np.array([1, 1, -1]), "hair": np.array([2, -1, 0])}
        >>> named_agreement(answers, named).value
        0.75
    """
    asked = np.stack([np.asarray(values) for values in named.values()], -1)
    said = np.stack([np.asarray(answers[name]) for name in named], -1)
    counts = (asked >= 0).sum(-1)
    right = ((said == asked) & (asked >= 0)).sum(-1)
    counts, right = counts[counts > 0], right[counts > 0]
    if not len(counts):
        raise BadInput(f"nothing asks for one of the attributes {', '.join(named)}.")
    share = right.sum() / counts.sum()  # whose error is that of a ratio
    return mean(share + (right - share * counts) / counts.mean(), estimator)


def covered(said, classes: int) -> int:
    """How many classes have at least a tenth of an equal share of the samples.

    Example:
        >>> covered([0] * 50 + [1] * 49 + [2], classes=4)
        2
    """
    count = np.bincount(np.asarray(said), minlength=classes)
    return int((count >= max(1.0, len(said) / (10 * classes))).sum())


def bins_apart(said, shares, deviations: float = 1.96) -> int:
    """Number of statistically different bins: classes whose share is not the data's.

    A class counts if the share of it among the samples differs from that among as many
    real examples by more than so many standard deviations of their difference.

    Reference: Richardson & Weiss, On GANs and GMMs (arXiv:1805.12462), with classes as
    the bins.

    Args:
        said: the classes of the samples.
        shares: of each class among real examples.
        deviations: from how many on a difference is one.

    Example:
        >>> bins_apart([0] * 90 + [1] * 10, [0.5, 0.5])
        2
    """
    shares = np.asarray(shares, np.float64)
    n = len(said)
    mine = np.bincount(np.asarray(said), minlength=len(shares)) / n
    pooled = (mine + shares) / 2
    noise = np.sqrt(2 * pooled * (1 - pooled) / n)
    return int((np.abs(mine - shares) > deviations * noise).sum())


def purity(groups, classes) -> float:
    """The share of examples that are of their group's most frequent class.

    For codes that were learned without labels. The largest class's share is reached by
    one group alone; as many groups as examples reach 1.

    Example:
        >>> purity([0, 0, 1, 1], [7, 7, 7, 3])
        0.75
    """
    groups, classes = (np.unique(v, return_inverse=True)[1] for v in (groups, classes))
    counts = np.zeros((groups.max() + 1, classes.max() + 1))
    np.add.at(counts, (groups, classes), 1)
    return float(counts.max(1).sum() / len(groups))


def retrieval(model, x, captions, among: int = 64, seed: int = 0) -> Estimate:
    """The share of images that find their caption among others, drawn anew for each.

    Args:
        model: with methods `encode` and `encode_caption`.
        x: images.
        captions: of each, as numbers of words.
        among: how many there are to choose from; equal ones count as each other's.
        seed: of the draws.
    """
    parts = -(-len(x) // 256)

    def vectors(method, values):
        found = [method(part)["latent"] for part in np.array_split(values, parts)]
        return np.concatenate(found)

    images = vectors(model.encode, x)
    said = vectors(model.encode_caption, captions)
    others = np.random.default_rng(seed).integers(0, len(x), (len(x), among - 1))
    own = (images * said).sum(-1)
    theirs = np.einsum("nd,nkd->nk", images, said[others])
    equal = (captions[others] == captions[:, None]).all(-1)
    best = np.where(equal, -np.inf, theirs).max(-1)
    return mean(own > best, f"largest of {among} captions, the others at random")
