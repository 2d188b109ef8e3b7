"""Mode collapse, seen while it happens.

A generator that maps all latents to a few examples may fool its discriminator as well
as one that makes them all, so no loss shows it. Samples do, if they are compared with
what should be there:

    modes_covered, share_good  of points whose modes are known (metrics.modes)
    diversity                  the total variance of the samples over that of the data:
                               1 is right, 0 is one example again and again
    classes_covered            of a classifier that knows the data (metrics.classes)
"""

import warnings

import keras
import numpy as np

from keras_gen.arguments import Seed, Share, Size, checked_class
from keras_gen.errors import BadInput
from keras_gen.metrics import classes, modes
from keras_gen.training.strategies import is_chief


@checked_class
class CollapseMonitor(keras.callbacks.Callback):
    """Measures the coverage of samples after epochs, and warns when it is low.

    What is measured joins the epoch's logs, so the history shows it, and so do the
    callbacks that come after this one (TensorBoard, CSVLogger, EarlyStopping).

    Args:
        examples: real ones, as an array; needed where no modes are known.
        info: the data's `Info`, whose modes are counted where it has some.
        classifier: of the data, with a method `said` as a `Classifier` has.
        n: number of samples, always from the same noise.
        every: epochs from one measurement to the next.
        seed: of the noise.
        least: share of the modes, the classes and the variance below which is a
            collapse.
        patience: measurements in a row below it until the warning; the first epochs of
            a training cover little.

    Example:
        >>> model = GAN(mlp.decoder(4, (2,), 8), mlp.encoder((2,), 1, 8))
        >>> model.compile("adam")
        >>> monitor = CollapseMonitor(info=data.Spec("points/ring").info, n=100)
        >>> ring = data.load("points/ring").take(2)
        >>> history = model.fit(ring, verbose=0, callbacks=[monitor])
        >>> [name for name in history.history if "loss" not in name]
        ['modes_covered', 'share_good']
    """

    measures = True  # it comes before what keeps the logs (see `checkpoint.fit`)

    def __init__(
        self,
        examples=None,
        info=None,
        classifier=None,
        n: Size = 512,
        every: Size = 1,
        seed: Seed = 0,
        least: Share = 0.75,
        patience: Size = 3,
    ):
        super().__init__()
        self.modes = getattr(info, "modes", None)
        if self.modes is None and examples is None:
            raise BadInput(
                "collapse shows against what should be there: give CollapseMonitor "
                "`examples` of the data, or the `info` of data whose modes are known."
            )
        self.std = getattr(info, "std", None)
        self.variance = None if examples is None else _variance(examples)
        self.classifier = classifier
        self.n, self.every, self.seed = n, every, seed
        self.least, self.patience = least, patience
        self.low: dict[str, int] = {}  # measurements in a row

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self.every or not is_chief(self.model.distribute_strategy):
            return
        x = self.model.sample(self.n, seed=self.seed)
        for name, (value, whole) in self.measure(x).items():
            if logs is not None:
                logs[name] = value
            if name == "share_good":  # how sharp they are, not how many
                continue
            low = value < self.least * whole
            self.low[name] = self.low.get(name, 0) + 1 if low else 0
            if self.low[name] == self.patience:
                self._warn(name, value, whole, epoch)

    def measure(self, x) -> dict[str, tuple[float, float]]:
        """Name of the measure -> its value for the samples, and that of the data."""
        found = {}
        if self.modes is not None:
            covered, total, good = modes.coverage(x, self.modes, self.std)
            found |= {"modes_covered": (float(covered), total), "share_good": (good, 1)}
        elif self.variance:
            found["diversity"] = (_variance(x) / self.variance, 1)
        if self.classifier is not None:
            total = self.classifier.classes
            covered = classes.covered(self.classifier.said(x), total)
            found["classes_covered"] = (float(covered), total)
        return found

    def _warn(self, name, value, whole, epoch):
        warnings.warn(
            f"the generator collapses: {name} is {value:.3g} in {self.n} samples after "
            f"epoch {epoch + 1}, where the data have {whole:.3g}, and it was below "
            f"{self.least * whole:.3g} in {self.low[name]} measurements in a row. Go "
            "back to an earlier checkpoint, if one was better, and train on with a "
            "lower rate, larger batches, a penalty on the discriminator such as "
            "penalties.R1(0.1), or another loss.",
            stacklevel=2,
        )


def _variance(x) -> float:
    """The sum over all dimensions."""
    return float(np.var(np.asarray(x, np.float64), axis=0).sum())
