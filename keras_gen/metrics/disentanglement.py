"""Does each coordinate of a code stand for one cause of the image?

It can be asked where the causes are known (`glyphs`), given the codes (posterior means)
and the factors of the same images.

**Mutual information gap.** How much more the best coordinate knows of a factor than
the second best, as a share of what there is to know, averaged over the factors:

    mig = mean over factors f of  ( I(z_(1); f) - I(z_(2); f) ) / H(f)

Continuous values are cut into intervals that hold equally many examples.

**DCI.** Each factor is predicted from the whole code by a forest of trees, whose
importances R_kf (shares of what coordinate k does for factor f) are read both ways:

    disentanglement  1 - entropy over f of R_k., averaged over k by its importance
    completeness     1 - entropy over k of R_.f, averaged over f
    informativeness  the forest's score on examples it has not seen, averaged over f:
                     share of classes that are right, or of the variance explained

with entropies in units of their largest value. All lie in [0, 1] (informativeness may
fall below), and 1 is best.

References: Chen et al., Isolating Sources of Disentanglement in Variational
Autoencoders (arXiv:1802.04942); Eastwood & Williams, A Framework for the Quantitative
Evaluation of Disentangled Representations (ICLR 2018).
"""

from typing import NamedTuple

import numpy as np

from keras_gen.errors import BadInput

BINS = 20


class DCI(NamedTuple):
    """Disentanglement, completeness, informativeness, and the importances behind."""

    disentanglement: float
    completeness: float
    informativeness: float
    importances: np.ndarray  # (coordinates, factors)


def mutual_information_gap(codes, factors: dict, bins: int = BINS) -> float:
    """The gap, averaged over the factors.

    Args:
        codes: one row for each example.
        factors: name -> one label for each example; integers are classes, floats are
            cut into `bins` intervals.
        bins: intervals of a continuous value.

    Example:
        >>> codes = np.random.default_rng(0).normal(size=(1000, 3))
        >>> gap = mutual_information_gap(codes, {"sign": (codes[:, 1] > 0).astype(int)})
        >>> gap > 0.9
        True
    """
    codes = _checked(codes, factors)
    cut = [_intervals(column, bins) for column in codes.T]
    gaps = []
    for values in factors.values():
        values = _classes(values, bins)
        known = sorted(_information(column, values) for column in cut)
        second = known[-2] if len(known) > 1 else 0.0
        gaps.append((known[-1] - second) / _entropy(np.bincount(values)))
    return float(np.mean(gaps))


def dci(codes, factors: dict, seed: int = 0, trees: int = 30) -> DCI:
    """Both readings of the importances, and how well the factors are predicted.

    Args:
        codes, factors: as in `mutual_information_gap`.
        seed: of the forests; which half of the examples they see is fixed.
        trees: in each forest.
    """
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    codes = _checked(codes, factors)
    # Not every second one: in ordered data a cause may alternate, too.
    order = np.random.default_rng(0).permutation(len(codes))
    seen, unseen = np.array_split(order, 2)
    columns, scores = [], []
    for values in map(np.asarray, factors.values()):
        discrete = np.issubdtype(values.dtype, np.integer)
        kind = RandomForestClassifier if discrete else RandomForestRegressor
        forest = kind(trees, random_state=seed, min_samples_leaf=5)
        forest.fit(codes[seen], values[seen])
        columns.append(forest.feature_importances_)
        scores.append(forest.score(codes[unseen], values[unseen]))
    importances = np.stack(columns, axis=1)
    return DCI(*readings(importances), float(np.mean(scores)), importances)


def readings(importances) -> tuple[float, float]:
    """Disentanglement and completeness of a matrix (coordinates, factors)."""
    r = np.asarray(importances, np.float64)
    rows, columns = (1 - _shares_entropy(m) for m in (r, r.T))
    return float(rows @ r.sum(1) / r.sum()), float(columns.mean())


def _shares_entropy(matrix):
    """Of each row, in units of the largest; a row of zeros says nothing."""
    n = matrix.shape[1]
    return np.array([_entropy(row) if row.sum() else np.log(n) for row in matrix]) / (
        np.log(n) if n > 1 else 1.0
    )


def _checked(codes, factors):
    codes = np.asarray(codes, np.float64)
    for name, values in factors.items():
        if codes.ndim != 2 or len(values) != len(codes):
            raise BadInput(
                f'"{name}" has {len(values)} labels and the codes have the shape '
                f"{codes.shape}; give one row and one label for each example."
            )
    return codes


def _classes(values, bins):
    values = np.asarray(values)
    if np.issubdtype(values.dtype, np.integer):
        return np.unique(values, return_inverse=True)[1]
    return _intervals(values, bins)


def _intervals(values, bins):
    """The number of the interval of each value, which hold equally many."""
    edges = np.quantile(values, np.linspace(0, 1, bins + 1)[1:-1])
    return np.searchsorted(edges, values, side="right")


def _information(a, b):
    """Mutual information, in nats, of two columns of small integers."""
    joint = np.bincount(a * (b.max() + 1) + b)
    return _entropy(np.bincount(a)) + _entropy(np.bincount(b)) - _entropy(joint)


def _entropy(counts):
    p = counts[counts > 0] / counts.sum()
    return float(-(p * np.log(p)).sum())
