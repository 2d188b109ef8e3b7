"""Walks in the latent space.

A walk is a pure function of numbers (`linear`, `spherical`, `traverse`, `quantiles`);
a picture decodes what the walk passes. Latents are arguments, and `latents` draws them.

Reference for the spherical path: White, Sampling Generative Networks
(arXiv:1609.04468).
"""

import math
from typing import Annotated, Literal

import numpy as np
from matplotlib.figure import Figure
from scipy.special import ndtri

from keras_gen.arguments import (
    CountFrom0,
    Model,
    Numbers,
    Path,
    Seed,
    Size,
    checked,
    named,
)
from keras_gen.errors import BadInput
from keras_gen.latent import decoder, output
from keras_gen.plots.pixels import (
    BLUE,
    INK,
    PALE,
    finish,
    framed,
    grid,
    new_figure,
    table,
)

ROWS = 10  # of traversals; many a latent has coordinates that say nothing


@checked
def linear(a: Numbers, b: Numbers, steps: Size) -> np.ndarray:
    """The straight path from a to b: `steps` points, both ends included."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    t = np.linspace(0, 1, steps)[:, None]
    return (1 - t) * a + t * b


@checked
def spherical(a: Numbers, b: Numbers, steps: Size) -> np.ndarray:
    """The path from a to b that turns at a constant rate, the norm changing linearly.

    Gaussian latents of many dimensions lie near a sphere; a straight path leaves it
    and meets latents (the mean of two faces) that the model never saw.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    norms = np.linalg.norm(a), np.linalg.norm(b)
    cosine = a @ b / max(norms[0] * norms[1], 1e-12)
    if cosine < -1 + 1e-9:
        raise BadInput("opposite latents have no shortest turn: take the linear path.")
    angle = math.acos(min(cosine, 1.0))
    if angle < 1e-6 or min(norms) == 0:
        return linear(a, b, steps)
    t = np.linspace(0, 1, steps)[:, None]
    turn = np.sin((1 - t) * angle) * a / norms[0] + np.sin(t * angle) * b / norms[1]
    return turn / math.sin(angle) * ((1 - t) * norms[0] + t * norms[1])


PATHS = {"linear": linear, "spherical": spherical}


@checked
def traverse(z: Numbers, coordinate: CountFrom0, values: Numbers) -> np.ndarray:
    """Copies of the latent z with one coordinate set to each of `values`."""
    z = np.tile(np.asarray(z, np.float64), (len(values), 1))
    z[:, coordinate] = values
    return z


@checked
def quantiles(
    side: Size, law: Literal["normal", "uniform"] | None = "normal"
) -> np.ndarray:
    """The middles of `side` intervals of equal probability."""
    probability = (np.arange(side) + 0.5) / side
    return probability if law == "uniform" else ndtri(probability)


@checked
def latents(model: Model, n: Size, seed: Seed = 0) -> np.ndarray:
    """Draw `n` latents from the law that the model's `decode` or `generate` names."""
    from keras_gen.noise import draw  # waits for TensorFlow

    _, spec = decoder(model)
    return draw(spec.law or "normal", (n, *spec.shape), seed).numpy()


@checked
def interpolations(
    model: Model,
    a: Numbers,
    b: Numbers,
    steps: Size = 9,
    kind: Annotated[str, named(PATHS, "path")] = "spherical",
    path: Path | None = None,
) -> Figure:
    """One row per pair of latents: the images on the way from a to b.

    Example:
        >>> z = plots.latents(model, 12)
        >>> plots.interpolations(model, z[:6], z[6:])
    """
    function, _ = decoder(model)
    walk = PATHS[kind]
    z = np.concatenate([walk(*ends, steps) for ends in zip(a, b, strict=True)])
    return finish(table(output(function, z), [""] * len(a)), path)


@checked
def traversals(
    model: Model,
    z: Numbers | None = None,
    coordinates: Numbers | None = None,
    steps: Size = 9,
    path: Path | None = None,
) -> Figure:
    """One row per latent coordinate, which moves while the others stay.

    Args:
        model: a model with `decode` or `generate`.
        z: the latent to start from, such as the code of an image,
            `model.encode(x)["mean"][0]`; by default the centre of its law.
        coordinates: which ones move; by default the 10 that change the image most.
        steps: images per row, from -3 to 3 (uniform latents: from 0 to 1).
        path: where to write the PNG.
    """
    function, spec = decoder(model)
    (size,) = spec.shape
    low, high = (0.0, 1.0) if spec.law == "uniform" else (-3.0, 3.0)
    values = np.linspace(low, high, steps)
    z = np.full(size, (low + high) / 2) if z is None else z
    if coordinates is None:
        coordinates = _busiest(function, z, low, high)
    walks = np.concatenate([traverse(z, k, values) for k in coordinates])
    labels = [f"z{k}" for k in coordinates]
    heads = [f"{value:.3g}" for value in values]
    return finish(table(output(function, walks), labels, heads), path)


def _busiest(function, z, low, high) -> list[int]:
    """In their order, the coordinates whose ends differ most in what is decoded."""
    walks = [traverse(z, k, [low, high]) for k in range(len(z))]
    ends = output(function, np.concatenate(walks)).reshape(len(z), 2, -1)
    changes = np.square(ends[:, 1] - ends[:, 0]).sum(1)
    return sorted(np.argsort(-changes, kind="stable")[:ROWS])


@checked
def manifold(model: Model, side: Size = 15, path: Path | None = None) -> Figure:
    """All a model with a 2-D latent can draw: equal areas have equal probability."""
    function, spec = decoder(model)
    if spec.shape != (2,):
        raise BadInput(
            f"the manifold needs a latent of 2 numbers; this model's has {spec.shape}. "
            "plots.traversals shows larger ones."
        )
    q = quantiles(side, spec.law)
    z = np.stack(np.meshgrid(q, q[::-1]), -1).reshape(-1, 2)
    picture = grid(output(function, z), side)
    height, width = picture.shape[:2]
    figure, axes = framed(picture, left=36, bottom=30, right=8, top=8)
    ticks = np.unique([0, (side - 1) // 2, side - 1])
    axes.set_xticks((ticks + 0.5) * width / side, [f"{q[k]:.1f}" for k in ticks])
    axes.set_yticks(
        (side - ticks - 0.5) * height / side, [f"{q[k]:.1f}" for k in ticks]
    )
    axes.set_xlabel("z0", labelpad=1, size=8, color=INK)
    axes.set_ylabel("z1", labelpad=1, size=8, color=INK)
    return finish(figure, path)


@checked
def posterior(
    model: Model,
    x: Numbers,
    labels=None,
    coordinates: Numbers | None = None,
    seed: Seed = 0,
    path: Path | None = None,
) -> Figure:
    """Where the examples lie in the latent space: one draw of q(z | x) for each.

    Taken together they are draws of the aggregate posterior, which should look like the
    prior, whose rings of one, two and three standard deviations are drawn; what the
    prior draws between them was never trained.

    Args:
        model: a model whose `encode` gives means and standard deviations.
        x: examples.
        labels: one class each, as a colour.
        coordinates: the two that are shown; by default those whose means vary most.
        seed: of the draws.
        path: where to write the PNG.
    """
    from keras_gen.metrics.latent import posteriors  # waits for TensorFlow

    means, stddevs = posteriors(model, x)
    if means.shape[1] < 2:
        raise BadInput("this plane needs a latent of two numbers or more.")
    if coordinates is None:
        coordinates = sorted(np.argsort(means.var(0))[-2:])
    figure = new_figure(4.4, 4.4)
    axes = figure.add_axes((0.12, 0.12, 0.85, 0.85))
    noise = np.random.default_rng(seed).normal(size=means.shape)
    points = (means + stddevs * noise)[:, list(coordinates)]
    colours = BLUE if labels is None else np.asarray(labels)
    cmap = None if labels is None else "tab10"
    axes.scatter(*points.T, s=6, c=colours, cmap=cmap, alpha=0.7, linewidths=0)
    turn = np.linspace(0, 2 * math.pi, 100)
    for radius in (1, 2, 3):
        ring = radius * np.cos(turn), radius * np.sin(turn)
        axes.plot(*ring, color=PALE, linewidth=1, zorder=0)
    limit = max(3.2, 1.05 * np.abs(points).max())
    axes.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal")
    axes.spines[:].set_color(PALE)
    axes.tick_params(color=PALE, labelcolor=INK, labelsize=8)
    axes.set_xlabel(f"z{coordinates[0]}", size=8, color=INK)
    axes.set_ylabel(f"z{coordinates[1]}", size=8, color=INK)
    return finish(figure, path)


@checked
def activity(model: Model, x: Numbers, path: Path | None = None) -> Figure:
    """How much each coordinate says about the examples, in nats; pale if collapsed.

    Args:
        model: a model whose `encode` gives means and standard deviations.
        x: examples.
        path: where to write the PNG.
    """
    from keras_gen.metrics.latent import usage  # waits for TensorFlow

    report = usage(model, x)
    order = np.argsort(-report.divergence, kind="stable")
    figure = new_figure(max(2.6, 0.8 + 0.24 * len(order)), 2.4)
    axes = figure.add_axes((0.14, 0.14, 0.84, 0.72))
    colours = np.where(report.active[order], BLUE, PALE)
    places = np.arange(len(order))
    axes.bar(places, report.divergence[order], color=colours)
    axes.set_xticks(places, [f"z{k}" for k in order])
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(PALE)
    axes.tick_params(color=PALE, labelcolor=INK, labelsize=7)
    title = f"{report.active.sum()} of {len(order)} active, "
    title += f"{report.divergence.sum():.1f} nats"
    axes.set_title(title, size=8, color=INK)
    return finish(figure, path)
