"""How many modes of a known mixture a model found, and how sharply.

The data are Gaussians of one standard deviation around known centres. A sample is good
if it lies within `within` standard deviations of a centre. A centre counts as covered
if a tenth of its fair share of the samples is good and nearest to it, n / (10 modes):
one stray point does not make a mode, and an uneven mixture still does.

The two numbers belong together: a collapsed model is sharp, a blurred one covers all.

Reference: Srivastava et al., VEEGAN (arXiv:1705.07761), which counts within 3 standard
deviations and calls a mode covered from one sample on.
"""

from typing import NamedTuple

import numpy as np

from keras_gen.errors import BadInput


class Coverage(NamedTuple):
    """Number of modes covered, number of modes, and share of good samples."""

    covered: int
    modes: int
    share_good: float


def coverage(points, modes, std: float, within: float = 4.0) -> Coverage:
    """Modes that `points` cover, and the share of points near some mode.

    Args:
        points: samples, shape (n, d).
        modes: centres, shape (k, d).
        std: standard deviation of the data around each centre.
        within: how many standard deviations away a sample is still good.

    Example:
        >>> coverage([[0.0, 0.1], [9.0, 9.0]], [[0.0, 0.0], [1.0, 0.0]], std=0.1)
        Coverage(covered=1, modes=2, share_good=0.5)
    """
    points, modes = np.asarray(points, np.float64), np.asarray(modes, np.float64)
    if points.ndim != 2 or modes.ndim != 2 or points.shape[1] != modes.shape[1]:
        raise BadInput(
            "coverage needs points (n, d) and modes (k, d) of the same d; received "
            f"{points.shape} and {modes.shape}."
        )
    distances = np.linalg.norm(points[:, None] - modes[None], axis=-1)
    nearest = distances.argmin(1)
    good = distances.min(1) <= within * std
    count = np.bincount(nearest[good], minlength=len(modes))
    enough = max(1.0, len(points) / (10 * len(modes)))
    return Coverage(int((count >= enough).sum()), len(modes), float(good.mean()))
