"""A data set as a value: what a recipe writes down, and a card stores."""

from dataclasses import dataclass, replace

from keras_gen.data import catalogue
from keras_gen.errors import unknown

BINARISE = ("threshold", "static", "dynamic")


@dataclass(frozen=True)
class Spec:
    """Which data, and in what form; see `load` for the fields.

    Example:
        >>> spec = Spec("digits", binarise="dynamic")
        >>> spec.info.levels
        2
        >>> next(iter(spec.load("test", batch=10))).shape
        TensorShape([10, 8, 8, 1])
    """

    name: str
    binarise: str | None = None
    labels: str | tuple[str, ...] | None = None
    size: tuple[int, int] | None = None
    channels: int | None = None
    embedding: tuple[str, ...] | None = None

    def __post_init__(self):
        check_mode(self.binarise)

    @property
    def info(self) -> catalogue.Info:
        """The facts about the data in this form: binarised images have two levels."""
        info = catalogue.info(self.name, self.size, self.channels)
        return replace(info, levels=2) if self.binarise else info

    def load(self, split: str = "train", batch: int = 128, seed: int = 0):
        """The batches, as `keras_gen.data.load` gives them."""
        from keras_gen.data import loading

        return loading.load(self.name, split, batch, seed=seed, **self._form())

    def arrays(self, split: str, seed: int = 0):
        """The whole split, as `keras_gen.data.arrays` gives it."""
        from keras_gen.data import loading

        return loading.arrays(self.name, split, seed=seed, **self._form())

    def examples(self, split: str):
        """The whole split without what conditions it."""
        return replace(self, labels=None, embedding=None).arrays(split)

    def _form(self):
        return {
            "binarise": self.binarise,
            "labels": self.labels,
            "size": self.size,
            "channels": self.channels,
            "embedding": self.embedding,
        }


def check_mode(binarise):
    """Refuse a mode of binarisation that does not exist."""
    if binarise is not None and binarise not in BINARISE:
        raise unknown(binarise, BINARISE, "way to binarise")
