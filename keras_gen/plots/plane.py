"""What a model says of every point of the plane: a density, or an energy landscape."""

import numpy as np
from matplotlib.figure import Figure

from keras_gen.arguments import Model, Numbers, Path, Positive, Size, checked
from keras_gen.errors import BadInput, KerasGenError
from keras_gen.plots.pixels import INK, ORANGE, PALE, finish, new_figure


@checked
def density(
    model: Model,
    x: Numbers | None = None,
    reach: Positive = 4.0,
    side: Size = 300,
    condition=None,
    depth: Positive | None = None,
    path: Path | None = None,
) -> Figure:
    """The density of the plane as grey values, black where it is largest.

    Of a model that has an `energy` and no density it is exp(-energy), up to the
    constant that nobody knows.

    Args:
        model: of points of the plane, with `log_prob` or `energy`.
        x: points to draw over it.
        reach: the plane is shown from -reach to reach.
        side: points along an axis.
        condition: a label or an array, for a model that is conditioned on one.
        depth: show the landscape instead, the energy or -log p itself, in grey from the
            lowest place up to this many nats above it; white beyond.
        path: where to write the PNG.

    Example:
        >>> figure = density(SplineFlow((2,), couplings=2, width=8), side=20)
    """
    if getattr(model, "data_shape", None) != (2,):
        raise BadInput(
            "plots.density is of models of the plane, shape (2,); this one is of shape "
            f"{getattr(model, 'data_shape', 'unknown')}."
        )
    known = [n for n in ("log_prob", "energy") if callable(getattr(model, n, None))]
    if not known:
        raise KerasGenError(
            f"{type(model).__name__} has neither log_prob nor energy, which this "
            "picture is about. plots.samples shows what it draws."
        )
    axis = np.linspace(-reach, reach, side, dtype="float32")
    points = np.stack(np.meshgrid(axis, axis[::-1]), -1).reshape(-1, 2)
    told = ()
    if condition is not None:
        told = (np.repeat(np.asarray(condition)[None], len(points), axis=0),)
    value = getattr(model, known[0])(points, *told)
    value = np.asarray(value, np.float64) * (1 if known[0] == "log_prob" else -1)
    below = (value - value.max()).reshape(side, side)
    share = np.exp(below) if depth is None else np.maximum(0.0, 1.0 + below / depth)
    figure = new_figure(4.2, 4.2)
    axes = figure.add_axes((0.1, 0.1, 0.87, 0.87))
    frame = (-reach, reach, -reach, reach)
    axes.imshow(share, cmap="Greys", extent=frame, interpolation="nearest")
    if x is not None:
        axes.plot(*np.asarray(x).T, ".", color=ORANGE, markersize=2, alpha=0.5)
    axes.set(xlim=frame[:2], ylim=frame[2:])
    axes.spines[:].set_color(PALE)
    axes.tick_params(color=PALE, labelcolor=INK, labelsize=8)
    return finish(figure, path)
