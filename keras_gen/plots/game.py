"""A discriminator beside the best one, where the densities are known.

Against a generator that draws from p_G, no discriminator is better than

    D*(x) = p_data(x) / ( p_data(x) + p_G(x) )

which is 1/2 everywhere once the generator has won. Its logit is log p_data - log p_G.

Reference: Goodfellow et al., Generative Adversarial Networks (arXiv:1406.2661),
proposition 1.
"""

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure

from keras_gen.arguments import Model, Numbers, Path, checked
from keras_gen.plots.pixels import BLUE, INK, ORANGE, PALE, finish, new_figure


@checked
def best_discriminator(real: Numbers, fake: Numbers) -> np.ndarray:
    """D* from the two densities at some points; 1/2 where there is neither.

    Example:
        >>> best_discriminator([0.1, 0.3, 0.0], [0.1, 0.1, 0.0])
        array([0.5 , 0.75, 0.5 ])
    """
    real, fake = np.asarray(real, np.float64), np.asarray(fake, np.float64)
    total = real + fake
    return np.divide(real, total, out=np.full_like(total, 0.5), where=total > 0)


@checked
def discriminator(
    model: Model,
    real: Callable,
    fake: Callable,
    low: float,
    high: float,
    path: Path | None = None,
) -> Figure:
    """What a discriminator of numbers says on a line, beside what it should say.

    Args:
        model: a GAN of numbers, shape (1,), whose scores are logits.
        real: density of the data, a function of an array of numbers.
        fake: density of the generator; of samples `scipy.stats.gaussian_kde(samples)`.
        low, high: the ends of the line.
        path: where to write the PNG.

    Example:
        >>> from scipy.stats import norm
        >>> model = GAN(mlp.encoder((1,), 1), mlp.encoder((1,), 1))
        >>> figure = discriminator(model, norm(1, 1).pdf, norm(0, 1).pdf, -3, 4)
    """
    x = np.linspace(low, high, 301)
    score = np.asarray(model.discriminate(x[:, None].astype("float32"))["score"])
    p, q = (np.asarray(density(x)) for density in (real, fake))
    figure = new_figure(4.4, 3.2)
    axes = figure.add_axes((0.1, 0.14, 0.86, 0.8))
    top = max(p.max(), q.max())
    for density, label, color in ((p, "data", BLUE), (q, "generator", ORANGE)):
        axes.fill_between(
            x, density / top, color=color, alpha=0.2, linewidth=0, label=label
        )
    best = best_discriminator(p, q)
    axes.plot(x, best, color=INK, linewidth=1, linestyle=":", label="best D")
    # Both ends of the logistic function, without overflow.
    axes.plot(x, 0.5 * (1 + np.tanh(score.ravel() / 2)), color=INK, label="D")
    axes.set(xlim=(low, high), ylim=(0, 1.02))
    axes.axhline(0.5, color=PALE, linewidth=1, zorder=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(PALE)
    axes.tick_params(color=PALE, labelcolor=INK, labelsize=8)
    axes.set_xlabel("x", size=8, color=INK)
    axes.legend(frameon=False, fontsize=8, labelcolor=INK)
    return finish(figure, path)
