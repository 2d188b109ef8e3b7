"""What a model makes: samples and their like, points, reconstructions, trials."""

import numpy as np
from matplotlib.collections import EllipseCollection
from matplotlib.figure import Figure

from keras_gen.arguments import (
    Model,
    ModelOrNumbers,
    Numbers,
    Path,
    Seed,
    Size,
    checked,
)
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


@checked
def samples(
    model_or_samples: ModelOrNumbers,
    n: Size = 64,
    seed: Seed = 0,
    columns: Size | None = None,
    info=None,
    path: Path | None = None,
    conditions: dict | None = None,
) -> Figure:
    """Samples of a model (or given ones): a grid of images, or a scatter of points.

    Args:
        model_or_samples: a `GenerativeModel`, or an array of what one has drawn.
        n: how many to draw from a model.
        seed: of that draw.
        columns: images per row.
        info: the data's `Info`: where points have known modes, they are drawn.
        path: where to write the PNG.
        conditions: what the samples of a model are asked for, as `sample` takes it.

    Example:
        >>> plots.samples(model, seed=1, path="samples.png")
    """
    x = model_or_samples
    if hasattr(x, "sample"):
        x = x.sample(n, seed=seed, **(conditions or {}))
    x = np.asarray(x)
    if x.ndim == 2:
        modes, std = (getattr(info, name, None) for name in ("modes", "std"))
        return scatter(x, modes, std, path)
    return finish(whole(grid(x, columns)), path)


@checked
def overview(
    model: Model,
    x: Numbers | None,
    n: Size = 64,
    seed: Seed = 0,
    columns: Size | None = None,
    info=None,
    path: Path | None = None,
    conditions: dict | None = None,
) -> Figure:
    """Samples or, of a model that draws nothing, `trials` on the first of `x`."""
    if model.sampler is None:
        x = tuple(y[:n] for y in x) if isinstance(x, tuple) else x[:n]
        return trials(model, x, seed, columns or 10, path)
    return samples(model, n, seed, columns, info, path, conditions)


@checked
def scatter(points: Numbers, modes=None, std=None, path: Path | None = None) -> Figure:
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


@checked
def reconstructions(
    model: Model, x: Numbers, columns: Size = 10, path: Path | None = None
) -> Figure:
    """Pairs of rows: images, and below each its reconstruction."""
    x = np.asarray(x)
    if not callable(getattr(model, "reconstruct", None)):
        raise KerasGenError(
            f"{type(model).__name__} has no method reconstruct, which this picture is "
            "about. plots.samples works for every model."
        )
    y = np.asarray(next(iter(model.reconstruct(x).values())))
    return _stacked({"original": x, "reconstruction": y}, columns, path)


@checked
def trials(
    model: Model,
    x: Numbers,
    seed: Seed = 0,
    columns: Size = 10,
    path: Path | None = None,
) -> Figure:
    """Rows of what the model is given, what it makes, and what was wanted.

    Args:
        model: a model with a method `trial`.
        x: clean examples, from which the tasks are made; of a translator that learns
            from pairs, sources and targets.
        seed: of what is random in the tasks.
        columns: examples in a row.
        path: where to write the PNG.
    """
    if not callable(getattr(model, "trial", None)):
        raise KerasGenError(
            f"{type(model).__name__} has no method trial, which this picture is about. "
            "plots.samples shows what it draws."
        )
    pair = isinstance(x, tuple)
    trial = model.trial(tuple(map(np.asarray, x)) if pair else np.asarray(x), seed)
    rows = {"given": trial.given}
    if trial.driver is not None:
        rows["driver"] = trial.driver
    rows[trial.shown] = trial.made
    if trial.wanted is not trial.given:
        rows["wanted"] = trial.wanted
    if trial.back is not None:
        rows["and back"] = trial.back
    return _stacked(rows, columns, path)


@checked
def neighbours(
    model_or_samples: ModelOrNumbers,
    train: Numbers,
    n: Size = 20,
    seed: Seed = 0,
    columns: Size = 10,
    path: Path | None = None,
    conditions: dict | None = None,
):
    """Samples, and below each the training example that is nearest to it.

    A model that has memorised shows each row twice. How near is suspicious, a picture
    cannot tell: `metrics.copies.memorised` can.

    Args:
        model_or_samples: a `GenerativeModel`, or an array of what one has drawn.
        train: the images that it was trained on.
        n: how many to draw from a model.
        seed: of that draw.
        columns: samples in a row.
        path: where to write the PNG.
        conditions: what the samples of a model are asked for, as `sample` takes it.
    """
    from keras_gen.metrics.neighbours import nearest  # a picture needs no TensorFlow

    x, train = model_or_samples, np.asarray(train)
    if hasattr(x, "sample"):
        x = x.sample(n, seed=seed, **(conditions or {}))
    x = np.asarray(x)
    if x.shape[1:] != train.shape[1:]:
        raise BadInput(
            "samples and training examples must have one shape; received "
            f"{x.shape[1:]} and {train.shape[1:]}."
        )
    rows = {"sample": x, "nearest in training set": train[nearest(x, train)[0]]}
    return _stacked(rows, columns, path)


def _stacked(rows, columns, path):
    """The arrays {label: images} below each other, in blocks of `columns`."""
    n = len(next(iter(rows.values())))
    if len({x.shape[-1] for x in rows.values()}) > 1:  # grey beside colour
        rows = {
            name: np.repeat(x, 3, -1) if x.shape[-1] == 1 else x
            for name, x in rows.items()
        }
    pad = -n % columns if n > columns else 0
    columns = min(columns, n)
    padded = [
        np.concatenate([x, np.ones((pad, *x.shape[1:]), np.float32)])
        for x in rows.values()
    ]
    starts = range(0, n, columns)
    tiles = np.concatenate([x[j : j + columns] for j in starts for x in padded])
    return finish(table(tiles, list(rows) * len(starts)), path)
