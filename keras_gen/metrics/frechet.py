"""Frechet distance: how far apart two clouds of features are, as Gaussians.

Of all pairings of two Gaussians, the cheapest moves each point on average by

    d^2 = |m1 - m2|^2 + tr(C1 + C2 - 2 (C1^1/2 C2 C1^1/2)^1/2).

The root's trace is the sum of the singular values of C1^1/2 C2^1/2, which needs only
symmetric eigenproblems and never meets a negative number under a root.

The usual features are a network trained on ImageNet, which says little about digits
and must be downloaded. `PrincipalComponents` are the directions of the training images
in which they vary most: the distance then compares means and covariances of pixels,
sees collapse, wrong contrast and missing strokes, and does not see what hides in higher
moments. Values compare only on the same data, components and number of samples (the
estimate is biased upwards as 1/n), so it is printed with its floor: the distance of
as many training images from the same test images.

Reference: Heusel et al., GANs Trained by a Two Time-Scale Update Rule
(arXiv:1706.08500). Not here: features of networks (a `Classifier`'s `features`, or
those of features.py).
"""

import numpy as np
from sklearn.decomposition import PCA

from keras_gen.errors import BadInput


class PrincipalComponents:
    """Coordinates of images on the main directions of the training images.

    Args:
        train: images or points, shape (n, ...).
        components: how many directions; no more than the data has.

    Example:
        >>> features = PrincipalComponents(train)
        >>> distance(features(samples), features(test))
    """

    def __init__(self, train, components: int = 64):
        flat = _flat(train)
        self.components = min(components, flat.shape[1], len(flat) - 1)
        # The solver for large images is randomised: the seed makes it a function.
        self._pca = PCA(self.components, random_state=0).fit(flat)

    def __call__(self, x) -> np.ndarray:
        return self._pca.transform(_flat(x))


def distance(features_a, features_b) -> float:
    """Squared Frechet distance (the convention of FID) between two sets of features.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> x = rng.normal(size=(1000, 3))
        >>> round(distance(x, x + [3.0, 0.0, 0.0]), 6)
        9.0
    """
    a, b = np.asarray(features_a, np.float64), np.asarray(features_b, np.float64)
    if (
        a.ndim != 2
        or b.ndim != 2
        or a.shape[1] != b.shape[1]
        or min(len(a), len(b)) < 2
    ):
        raise BadInput(
            "the Frechet distance needs two sets of at least 2 feature vectors of one "
            f"length; received shapes {a.shape} and {b.shape}."
        )
    root_a, root_b = _root_covariance(a), _root_covariance(b)
    shift = a.mean(0) - b.mean(0)
    spread = (root_a**2).sum() + (root_b**2).sum()
    overlap = np.linalg.svd(root_a @ root_b, compute_uv=False).sum()
    return float(shift @ shift + max(spread - 2 * overlap, 0.0))


def _root_covariance(x):
    """The symmetric square root of the covariance of the rows of x."""
    covariance = np.atleast_2d(np.cov(x, rowvar=False))
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T


def _flat(x):
    x = np.asarray(x, np.float64)
    return x.reshape(len(x), -1)
