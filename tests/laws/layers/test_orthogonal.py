"""Kernels whose columns are at right angles."""

import numpy as np
import pytest

from keras_gen.layers.orthogonal import Orthogonal


def off_diagonal(kernel):
    w = kernel.reshape(-1, kernel.shape[-1])
    return sum(
        (w[:, i] @ w[:, j]) ** 2
        for i in range(w.shape[1])
        for j in range(w.shape[1])
        if i != j
    )


def test_orthogonal_regularisation_looks_at_angles_and_not_at_lengths():
    rng = np.random.default_rng(0)
    kernel = rng.normal(size=(3, 3, 2, 5)).astype("float32")
    found = float(Orthogonal(0.3)(kernel))
    assert found == pytest.approx(0.3 * off_diagonal(kernel), rel=1e-5)
    q = np.linalg.qr(kernel.reshape(18, 5))[0] * np.array([0.1, 1, 2, 3, 4])
    assert float(Orthogonal()(q.astype("float32"))) < 1e-8
