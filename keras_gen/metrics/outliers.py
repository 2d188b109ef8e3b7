"""Outliers: which examples do not come from where the training data came from.

A density gives every example a score. How surprising a score s is, held-out examples
X_1 ... X_N from the same source as the training data tell:

    p-value = ( #{ s(X_i) <= s(x) } + 1 ) / (N + 1)

If x is one more such example, all ranks are equally likely, and the p-value is at most
a with probability a, whatever the score is (for continuous scores; with ties, at most
a). The examples must not have been trained on: a model likes those better than any
others. (Typicality measures from the mean of the same examples, which it knows well.)

Which score? The likelihood alone is a poor one. An image with little in it, such as a
blank one, has few pixels that could surprise, and may be more likely than every image
of the training data. Four scores, higher for what belongs:

    likelihood    log p(x)
    typicality    -| log p(x) - E log p(X) |      too likely is suspicious, too
    ratio         log p(x) - log p0(x)            p0: every pixel on its own
    complexity    log p(x) + code length of x     by a general compressor, in nats

An energy is a log p(x) that is known but for a constant, which moves all images alike,
and is as good in the first two. The others set nats against it, which it has not.

References: Song et al., PixelDefend (arXiv:1710.10766) for the p-values; Nalisnick et
al., Detecting Out-of-Distribution Inputs to Deep Generative Models Using Typicality
(arXiv:1906.02994), here for single examples and with the mean of held-out ones; Ren et
al., Likelihood Ratios for Out-of-Distribution Detection (arXiv:1906.02845), whose
background model is trained on perturbed data; Serra et al., Input complexity and
out-of-distribution detection with likelihood-based generative models
(arXiv:1909.11480), which takes the shortest code of several image formats.
"""

import math
import zlib

import numpy as np

from keras_gen.errors import BadInput
from keras_gen.metrics.baselines import PixelHistogram
from keras_gen.metrics.estimate import Estimate

SCORES = ("likelihood", "typicality", "ratio", "complexity")


def p_values(held_out, values) -> np.ndarray:
    """For each of the values, how rare one so low is among those held out.

    Example:
        >>> p_values([1.0, 2.0, 3.0], [0.0, 2.5, 9.0]).tolist()
        [0.25, 0.75, 1.0]
    """
    held_out = np.sort(np.asarray(held_out, np.float64))
    if not len(held_out):
        raise BadInput("p-values need scores of held-out examples; received none.")
    below = np.searchsorted(held_out, np.asarray(values, np.float64), side="right")
    return (below + 1) / (len(held_out) + 1)


def auroc(inside, outside) -> Estimate:
    """The probability that an example of the inside has the higher score.

    Half of the ties count. The standard error is that of DeLong et al. (1988): both
    sets are samples.

    Example:
        >>> auroc([2.0, 3.0], [0.0, 2.0]).value
        0.875
    """
    inside = np.asarray(inside, np.float64)
    outside = np.asarray(outside, np.float64)
    if min(len(inside), len(outside)) < 2:
        raise BadInput(
            "two examples of either kind are the fewest that can be compared; received "
            f"{len(inside)} and {len(outside)}."
        )
    wins = _share_below(outside, inside), 1 - _share_below(inside, outside)
    variance = sum(w.var(ddof=1) / len(w) for w in wins)
    how = f"{len(inside)} examples against {len(outside)}"
    n = len(inside) + len(outside)
    return Estimate(float(wins[0].mean()), math.sqrt(variance), how, n)


def _share_below(reference, values):
    """For each of the values, the share of the reference below it, ties by half."""
    reference = np.sort(reference)
    below = np.searchsorted(reference, values, side="left")
    up_to = np.searchsorted(reference, values, side="right")
    return (below + up_to) / (2 * len(reference))


def code_length(x, levels: int) -> np.ndarray:
    """Length in nats of each image's code by DEFLATE, the compressor inside PNG.

    As PNG does, it codes the differences of neighbours, here those to the left and
    those above, and plain levels; the shortest of the three counts.

    Example:
        >>> blank, noise = np.zeros((1, 8, 8, 1)), np.random.rand(1, 8, 8, 1).round()
        >>> bool(code_length(blank, 2) < code_length(noise, 2))
        True
    """
    index = np.rint(np.asarray(x, np.float64) * (levels - 1)).astype(np.int64)
    left = np.diff(index, axis=2, prepend=0)
    above = np.diff(index, axis=1, prepend=0)
    forms = (np.stack([index, left, above], axis=1) % 256).astype(np.uint8)
    shortest = [min(map(_deflated, image)) for image in forms]
    return 8 * math.log(2) * np.array(shortest)


def _deflated(image) -> int:
    packer = zlib.compressobj(level=9, wbits=-15)  # no header
    return len(packer.compress(image.tobytes()) + packer.flush())


class OutlierDetector:
    """Scores of images by a model's density, and their p-values.

    Args:
        model: with an exact `log_prob` of images of discrete levels, or an `energy`,
            which makes two of the scores.
        train: the images it was trained on, for the ratio's background.
        held_out: images from the same source that it was not trained on.
        batch: how many the model is given at once.

    Example:
        >>> model = FVSBN((8, 8, 1), DiscretizedLogisticMixture(2, 17))
        >>> x = [data.arrays("digits", split) for split in ("train", "validation")]
        >>> detector = OutlierDetector(model, *x)
        >>> p = detector.p_values(np.zeros((1, 8, 8, 1), "float32"))
        >>> sorted(p)
        ['complexity', 'likelihood', 'ratio', 'typicality']
    """

    def __init__(self, model, train, held_out, batch: int = 256):
        levels = getattr(getattr(model, "likelihood", None), "levels", None)
        self.exact = levels is not None and callable(getattr(model, "log_prob", None))
        if not self.exact and not callable(getattr(model, "energy", None)):
            raise BadInput(
                f"{type(model).__name__} has no exact log_prob of discrete levels and "
                "no energy, which the scores are made of; take an autoregressive model."
            )
        self.model, self.levels, self.batch = model, levels, batch
        self.background = PixelHistogram(levels).fit(train) if self.exact else None
        held_out = np.asarray(held_out, "float32")
        self.usual = self._log_prob(held_out).mean()
        self.held_out = self.scores(held_out)

    def scores(self, x) -> dict[str, np.ndarray]:
        """Name of the score -> one number for each image; low ones are suspicious."""
        x = np.asarray(x, "float32")
        log_p = self._log_prob(x)
        found = {"likelihood": log_p, "typicality": -np.abs(log_p - self.usual)}
        if self.exact:
            found["ratio"] = log_p - self.background.log_prob(x)
            found["complexity"] = log_p + code_length(x, self.levels)
        return found

    def p_values(self, x) -> dict[str, np.ndarray]:
        """Name of the score -> each image's p-value by it."""
        scores = self.scores(x).items()
        return {name: p_values(self.held_out[name], s) for name, s in scores}

    def report(self, inside, outside: dict) -> dict[str, dict[str, Estimate]]:
        """How well each score tells one set of images from each of the others.

        Args:
            inside: images that belong, neither trained on nor held out before.
            outside: name of a set -> images that do not.

        Returns:
            Name of the set -> name of the score -> area under the ROC curve.
        """
        ours = self.scores(inside)
        theirs = {name: self.scores(x) for name, x in outside.items()}
        return {
            name: {score: auroc(ours[score], scores[score]) for score in ours}
            for name, scores in theirs.items()
        }

    def _log_prob(self, x):
        self.model.check(x)
        parts = (x[i : i + self.batch] for i in range(0, len(x), self.batch))
        said = [
            self.model.log_prob(part) if self.exact else -self.model.energy(part)
            for part in parts
        ]
        return np.concatenate(said).astype(np.float64)
