"""What a model makes: samples, points in the plane, reconstructions."""

import numpy as np
from matplotlib.collections import EllipseCollection
from matplotlib.figure import Figure

from keras_gen.errors import BadInput, KerasGenError
from keras_gen.plots.pixels import (
    BLUE,
    INK,
    ORANGE,
    PALE,
    finish,
    grid,
    new_figure,
    table,
    whole,
)


def samples(
    model_or_samples, n: int = 64, seed: int = 0, columns=None, info=None, path=None
) -> Figure:
    """Samples of a model (or given ones): a grid of images, or a scatter of points.

    Args:
        model_or_samples: a `GenerativeModel`, or an array of what one has drawn.
        n: how many to draw from a model.
        seed: of that draw.
        columns: images per row.
        info: the data's `Info`: where points have known modes, they are drawn.
        path: where to write the PNG.

    Example:
        >>> plots.samples(model, seed=1, path="samples.png")
    """
    x = model_or_samples
    if hasattr(x, "sample"):
        x = x.sample(n, seed=seed)
    x = np.asarray(x)
    if x.ndim == 2:
        modes, std = (getattr(info, name, None) for name in ("modes", "std"))
        return scatter(x, modes, std, path)
    return finish(whole(grid(x, columns)), path)


def scatter(points, modes=None, std=None, path=None) -> Figure:
    """Points in the plane; the true modes, where known, as circles of 4 deviations.

    With `modes` the frame depends on them alone, so that the pictures of successive
    epochs can be compared; how many points it leaves out is said below.
    """
    points = np.asarray(points)
    if points.ndim != 2 or points.shape[1] != 2:
        raise BadInput(f"a scatter needs points (n, 2); received shape {points.shape}.")
    figure = new_figure(4.2, 4.4)
    axes = figure.add_axes((0.1 / 4.2, 0.3 / 4.4, 4 / 4.2, 4 / 4.4))
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_color(PALE)
    axes.plot(*points.T, ".", color=BLUE, markersize=3, alpha=0.5, markeredgewidth=0)
    low, high = _frame(points if modes is None else np.asarray(modes), std)
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    if modes is not None:
        size = np.full(len(modes), 8 * (std or 0.01 * (high - low).max()))
        circles = EllipseCollection(
            size,
            size,
            np.zeros(len(modes)),
            units="xy",
            offsets=np.asarray(modes),
            offset_transform=axes.transData,
            facecolors="none",
            edgecolors=ORANGE,
            linewidths=1,
        )
        axes.add_collection(circles)
    outside = int((~((points >= low) & (points <= high)).all(1)).sum())
    note = f"{len(points):,} points" + (f", {outside:,} outside" if outside else "")
    figure.text(0.1 / 4.2, 0.1 / 4.4, note, size=8, color=INK)
    return finish(figure, path)


def _frame(points, std):
    """The square around the points, with a margin."""
    low, high = points.min(0), points.max(0)
    half = (high - low).max() / 2
    half = half * 1.25 + 6 * (std or 0.0) or 1.0
    centre = (low + high) / 2
    return centre - half, centre + half


def reconstructions(model, x, columns: int = 10, path=None) -> Figure:
    """Pairs of rows: images, and below each its reconstruction."""
    x = np.asarray(x)
    if not callable(getattr(model, "reconstruct", None)):
        raise KerasGenError(
            f"{type(model).__name__} has no method reconstruct, which this picture is "
            "about. plots.samples works for every model."
        )
    y = np.asarray(next(iter(model.reconstruct(x).values())))
    pad = -len(x) % columns if len(x) > columns else 0
    columns = min(columns, len(x))
    blank = np.ones((pad, *x.shape[1:]), np.float32)
    x, y = (np.concatenate([part, blank]) for part in (x, y))
    rows = [k for j in range(0, len(x), columns) for k in (x[j:], y[j:])]
    tiles = np.concatenate([row[:columns] for row in rows])
    labels = ["original", "reconstruction"] * (len(rows) // 2)
    return finish(table(tiles, labels), path)
