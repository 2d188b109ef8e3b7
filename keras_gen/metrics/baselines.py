"""The density that a model has to beat: every pixel on its own.

    p(x) = prod_i p_i(x_i),    p_i(v) = (count of v at pixel i + 1) / (n + levels)

A model that does not beat it has learned the frequency of grey values and nothing of
what makes an image. With two levels these are independent Bernoulli pixels.
"""

import numpy as np

from keras_gen.errors import BadInput


class PixelHistogram:
    """One histogram per pixel, with one added to each count (Laplace).

    Args:
        levels: number of values a pixel can take, equally spaced on [0, 1].

    Example:
        >>> PixelHistogram(levels=17).fit(train).log_prob(test).mean()
    """

    def __init__(self, levels: int):
        self.levels = levels
        self.log_probs = None

    def fit(self, x) -> "PixelHistogram":
        """Count the values of the training images, shape (n, ...)."""
        index = self._index(x)
        n, pixels = index.shape
        cell = index + self.levels * np.arange(pixels)
        counts = np.bincount(cell.ravel(), minlength=self.levels * pixels)
        counts = counts.reshape(pixels, self.levels)
        self.log_probs = np.log(counts + 1.0) - np.log(n + self.levels)
        return self

    def log_prob(self, x) -> np.ndarray:
        """Log-probability of each image, in nats."""
        index = self._index(x)
        pixels = np.arange(index.shape[1])
        return self.log_probs[pixels, index].sum(1)

    def _index(self, x):
        x = np.asarray(x, np.float64)
        scaled = x.reshape(len(x), -1) * (self.levels - 1)
        index = np.rint(scaled)
        # Written so that NaN, which is no level either, fails it.
        legal = (np.abs(scaled - index) <= 1e-3) & (index >= 0) & (index < self.levels)
        if not legal.all():
            raise BadInput(
                f"a histogram of {self.levels} levels needs values k / "
                f"{self.levels - 1} in [0, 1]; received others between {x.min():.4g} "
                f"and {x.max():.4g}. Binarise the data, or give their number of levels."
            )
        return index.astype(np.int64)
