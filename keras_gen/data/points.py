"""Toy densities in the plane, where a model can be judged by looking.

    ring     8 Gaussians on a circle: do samples miss modes?
    grid     25 Gaussians on a grid: the same, harder
    moons    two interleaved half circles: curved, two components
    spiral   two interleaved arms: curved, and the arms are long

`info(name).modes` and `.std` hold the mixture, for counting modes.
Reference for ring and grid: Metz et al., Unrolled GANs (arXiv:1611.02163); Dumoulin
et al., Adversarially Learned Inference (arXiv:1606.00704).
"""

import numpy as np

from keras_gen.data.catalogue import SPLITS, TABLE
from keras_gen.data.pipeline import Table

_SHAPES = ("ring", "grid", "moons", "spiral")


def table(name: str, split: str) -> Table:
    """The split `split` of "points/..."; every split has a generator of its own."""
    info, shape = TABLE[name], name.removeprefix("points/")
    n = info.sizes[split]
    rng = np.random.default_rng((_SHAPES.index(shape), SPLITS.index(split)))
    kind = rng.integers(len(info.factors["class"]), size=n)
    if shape == "moons":
        centres = _moons(rng.random(n), kind)
    elif shape == "spiral":
        centres = _spiral(rng.random(n), kind)
    else:
        centres = np.asarray(info.modes)[kind]
    x = centres + info.std * rng.standard_normal((n, 2))
    return Table(x.astype(np.float32), {"class": kind.astype(np.int32)})


def _moons(t, kind):
    """Half circles of radius 2, the second upside down and inside the first."""
    side = 1 - 2 * kind
    x, y = 2 * np.cos(np.pi * t) - 1, 2 * np.sin(np.pi * t) - 0.5
    return np.stack([x, y], axis=-1) * side[:, None]


def _spiral(t, kind):
    """Archimedean arms, half a turn apart; the root spreads points along the arm."""
    t = np.sqrt(t)
    angle = np.pi * (3 * t + kind)
    return 3 * t[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
