"""How well masks agree: intersection over union, and Dice.

For the set A of pixels that were given a class and the set B that have it,

    iou = |A and B| / |A or B|,        dice = 2 |A and B| / (|A| + |B|)

Both sets are taken over all images together, so that an image without a class needs no
convention; a class that nobody has seen counts as NaN and is left out of the mean.
"""

import numpy as np

from keras_gen.errors import BadInput
from keras_gen.metrics.estimate import Estimate
from keras_gen.trial import Trial

THRESHOLDS = np.linspace(0.05, 0.95, 19)


def iou(made, truth, classes: int, ignore: int | None = None) -> np.ndarray:
    """Intersection over union of each class.

    Args:
        made, truth: integer maps of one shape.
        classes: how many there are.
        ignore: a value of `truth` whose pixels do not count.

    Example:
        >>> iou(np.array([0, 1, 1, 1]), np.array([0, 0, 1, 1]), classes=2)
        array([0.5       , 0.66666667])
    """
    both, a, b = _counts(made, truth, classes, ignore)
    with np.errstate(invalid="ignore"):
        return both / (a + b - both)


def dice(made, truth, classes: int, ignore: int | None = None) -> np.ndarray:
    """Dice's coefficient of each class; arguments as of `iou`."""
    both, a, b = _counts(made, truth, classes, ignore)
    with np.errstate(invalid="ignore"):
        return 2 * both / (a + b)


def _counts(made, truth, classes, ignore):
    made, truth = np.asarray(made), np.asarray(truth)
    if made.shape != truth.shape:
        raise BadInput(
            f"the masks have the shapes {made.shape} and {truth.shape}; they are "
            "compared pixel by pixel, so give two of one shape."
        )
    if ignore is not None:
        made, truth = made[truth != ignore], truth[truth != ignore]
    pairs = np.arange(classes)
    a = np.array([(made == k).sum() for k in pairs], np.float64)
    b = np.array([(truth == k).sum() for k in pairs], np.float64)
    both = np.array([((made == k) & (truth == k)).sum() for k in pairs], np.float64)
    return both, a, b


def segmentation(trial: Trial) -> dict[str, Estimate]:
    """Mean IoU of a trial, and of the best threshold on the brightness of its input.

    The threshold is chosen on the very images it is judged on, to its advantage.
    """
    last = trial.kinds - 1
    made, wanted = (np.rint(x * last).astype(int) for x in (trial.made, trial.wanted))
    n = len(made)
    over_classes = f"mean over {trial.kinds} kinds"
    results = {
        "iou": Estimate(
            float(np.nanmean(iou(made, wanted, trial.kinds))), None, over_classes, n
        )
    }
    if trial.kinds == 2:
        grey = trial.given.mean(-1, keepdims=True)
        best = max(np.nanmean(iou(grey > t, wanted, 2)) for t in THRESHOLDS)
        results["baseline_iou"] = Estimate(float(best), None, "best threshold", n)
    return results
