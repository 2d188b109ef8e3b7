"""How a training went."""

import math

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from keras_gen.arguments import Path, checked
from keras_gen.errors import BadInput
from keras_gen.plots.pixels import BLUE, INK, ORANGE, PALE, finish, new_figure


@checked
def losses(
    history, references=None, title: str = "", path: Path | None = None
) -> Figure:
    """One panel per metric: training and validation over the epochs.

    Args:
        history: what `fit` returned, or its dict {name: values}.
        references: {metric: {label: value}}, drawn as dotted lines; of a GAN's losses
            their values at the equilibrium, `model.objective.equilibrium()`.
        title: written above the panels.
        path: where to write the PNG.

    Example:
        >>> plots.losses(model.fit(...), {"elbo": {"pixel histogram": -35.2}})
    """
    logs = getattr(history, "history", history)
    names = [name for name in logs if not name.startswith("val_")]
    if not names:
        raise BadInput("this history is empty: it has no epoch to draw.")
    epochs = getattr(history, "epoch", None) or range(len(logs[names[0]]))
    columns = 2 if len(names) in (2, 4) else min(len(names), 3)
    rows = math.ceil(len(names) / columns)
    figure = new_figure(0.4 + 3.4 * columns, 0.2 + 2.5 * rows, layout="constrained")
    for k, name in enumerate(names):
        axes = figure.add_subplot(rows, columns, k + 1)
        lines = {"train": (logs[name], BLUE)}
        if f"val_{name}" in logs:
            lines["validation"] = (logs[f"val_{name}"], ORANGE)
        _curves(axes, np.asarray(epochs) + 1, lines, (references or {}).get(name, {}))
        axes.set_title(name.replace("_", " "), size=9, color=INK, loc="left")
    if title:
        figure.suptitle(title, size=10, color=INK, x=0.01, ha="left")
    return finish(figure, path)


def _curves(axes, epochs, lines, references):
    for label, (values, color) in lines.items():
        # A validation that runs every few epochs leaves fewer values than epochs.
        at = np.linspace(epochs[0], epochs[-1], len(values))
        # One value is no line.
        mark = "o" if len(values) == 1 else ""
        axes.plot(at, values, marker=mark, color=color, linewidth=1.4, label=label)
    for label, value in references.items():
        axes.axhline(value, color=INK, linewidth=1, linestyle=":", label=label)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(PALE)
    axes.tick_params(color=PALE, labelcolor=INK, labelsize=8)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.set_xlabel("epoch", size=8, color=INK)
    if len(lines) + len(references) > 1:
        axes.legend(frameon=False, fontsize=8, labelcolor=INK)
