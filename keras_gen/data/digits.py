"""The 1,797 handwritten digits of 8x8 pixels that scikit-learn ships.

Each pixel counts the ink of a 4x4 block of a binary scan: 17 levels, 0 to 16. They
are kept as levels, x = level / 16 exactly, so that a categorical likelihood over 17
values is the density of the data themselves.

Of "digits/domains" every other one is its negative, 1 - x: two domains without pairs,
for no digit is in both.

Reference: Alpaydin & Kaynak, Cascading classifiers (Kybernetika 1998); UCI machine
learning repository, "Optical Recognition of Handwritten Digits", test part.
"""

import hashlib

import numpy as np

from keras_gen.data.catalogue import SPLITS, TABLE
from keras_gen.data.pipeline import Table


def table(name: str, split: str) -> Table:
    """The split `split`; which digits are in it never changes."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    rows = _rows(split)
    x = bunch.images[rows].astype(np.uint8)[..., None]
    labels = {"class": bunch.target[rows].astype(np.int32)}
    if name == "digits/domains":
        labels["domain"] = np.arange(len(rows), dtype=np.int32) % 2
        x[1::2] = 16 - x[1::2]
    return Table(x, labels, scale=16.0)


def _rows(split):
    """An order by hash: it does not depend on the version of a random generator."""
    sizes = TABLE["digits"].sizes
    order = sorted(
        range(sum(sizes.values())),
        key=lambda i: hashlib.sha256(f"digit {i}".encode()).digest(),
    )
    start = sum(sizes[earlier] for earlier in SPLITS[: SPLITS.index(split)])
    return order[start : start + sizes[split]]
