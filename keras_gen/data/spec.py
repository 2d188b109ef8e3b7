"""A data set as a value: what a recipe writes down, a card stores, and `load` builds.

`load(source, split, batch, **form)` is `Spec(source, **form).load(split, batch)`.
"""

import os
from dataclasses import dataclass, field, fields, replace
from typing import Annotated, Any

from keras_gen.arguments import (
    Count,
    Rule,
    Seed,
    Size,
    checked,
    checked_class,
    is_array,
    is_path,
    named,
)
from keras_gen.data import catalogue
from keras_gen.errors import BadInput, unknown

BINARISE = ("threshold", "static", "dynamic")
AUGMENT = ("flip", "shift")
PAIRS = ("matched", "halves")


def _is_source(value) -> bool:
    if isinstance(value, str):
        return is_path(value) and value != ""
    if isinstance(value, tuple):  # examples and labels
        return len(value) > 0 and is_array(value[0])
    if isinstance(value, list):
        return is_array(value)
    arrays = hasattr(value, "dtype") or hasattr(value, "element_spec")
    return arrays or isinstance(value, os.PathLike)


Source = Annotated[
    Any, Rule("a data set's name, a folder, an array or a tf.data.Dataset", _is_source)
]


@checked_class
@dataclass(frozen=True)
class Spec:
    """Which data, and in what form.

    Args:
        name: a name (see `names`, or any image set of TFDS), a folder of images or
            of MNIST's IDX files, an array (or a pair of examples and labels), or a
            `tf.data.Dataset` of examples or batches.
        binarise: "threshold", "static" or "dynamic"; see `keras_gen.data.pipeline`.
        labels: the name of one factor for batches (x, y), a tuple of names for
            batches (x, {name: y}); None for x alone.
            Of drawn pictures also "mask", "ink" and "caption"; see
            `keras_gen.data.faces`.
        size, channels: for folders, online and drawn sets: (height, width), reached
            by cutting centrally to that aspect and resizing; 1 (grey) or 3 (colour).
        skip_bad: of a folder, leave out the files that cannot be read.
        augment: "flip" (left and right) and "shift" (an eighth of the side at most):
            what is done to images of "train", anew in each epoch.
        embedding: names of factors for batches (x, h): for each example a vector of
            them. A continuous one is rescaled so that its range is [0, 1]; one of two
            classes is 0 or 1; one of more is as many numbers, 1 at its class.
        only: a factor and its values that are kept, such as ("class", "Sneaker"); of
            arrays with labels the values are numbers, ("class", "7").
        other: a second source, or a `Spec` of one, for batches (x, y) of images drawn
            independently of each other; it ends with the shorter one, and orders that
            are shuffled anew use all of the longer.
        pairs: "matched" if x and y belong together: in two folders by their names,
            elsewhere by their place. "halves" if each picture of a folder holds both,
            x to the left of y.

    Example:
        >>> spec = Spec("digits", binarise="dynamic")
        >>> spec.info.levels
        2
        >>> next(iter(spec.load("test", batch=10))).shape
        TensorShape([10, 8, 8, 1])
    """

    name: Source
    binarise: Annotated[str, named(BINARISE, "way to binarise")] | None = None
    labels: str | tuple[str, ...] | None = None
    size: tuple[Size, Size] | None = None
    channels: int | None = None
    embedding: tuple[str, ...] | None = None
    skip_bad: bool = field(default=False, repr=False)
    augment: tuple[str, ...] = field(default=(), repr=False)
    only: tuple[str, ...] | None = field(default=None, repr=False)
    other: Any = field(default=None, repr=False)
    pairs: Annotated[str, named(PAIRS, "kind of pairs")] | None = field(
        default=None, repr=False
    )

    def __post_init__(self):
        catalogue.check_shape(self.size, self.channels)
        for way in self.augment:
            if way not in AUGMENT:
                raise unknown(way, AUGMENT, "way to augment")
        for name in ("labels", "size", "embedding", "augment", "only"):
            if isinstance(getattr(self, name), list):  # as cards store them
                object.__setattr__(self, name, tuple(getattr(self, name)))
        if self.only is not None and len(self.only) < 2:
            raise BadInput(
                "`only` is a factor and the values of it that are kept, such as "
                f'("class", "Sneaker"); received {self.only}.'
            )
        self._check_pairs()

    def __str__(self):
        """In words, all that tells it from others: a training is known by them."""
        told = {f.name: getattr(self, f.name) for f in fields(self)[1:]}
        words = [
            f"{name} {' '.join(map(str, value)) if isinstance(value, tuple) else value}"
            for name, value in told.items()
            if value  # what is left as it is tells nothing
        ]
        said = isinstance(self.name, (str, os.PathLike))
        name = str(self.name) if said else type(self.name).__name__
        return name + f" ({', '.join(words)})" * bool(words)

    def _check_pairs(self):
        if self.pairs == "matched" and self.other is None:
            raise BadInput("matched pairs are of two sources: give `other`.")
        if self.pairs == "halves" and (
            self.other is not None or not catalogue.is_folder(self.name)
        ):
            raise BadInput("pairs of halves are pictures of one folder: give its path.")
        if self.both and (self.labels is not None or self.embedding is not None):
            raise BadInput("a batch is a pair: of two images, or an image and labels.")
        if isinstance(self.other, Spec) and self.other.both:
            raise BadInput("`other` is the data of one kind of image, without another.")

    @property
    def both(self) -> bool:
        """Whether a batch is two images."""
        return self.other is not None or self.pairs == "halves"

    @property
    def second(self) -> "Spec":
        """That of the second image: in the form of the first, if nothing is said."""
        if isinstance(self.other, Spec):
            return self.other
        name = self.name if self.other is None else self.other
        return replace(self, name=name, other=None, only=None, pairs=None)

    @property
    def bare(self) -> "Spec":
        """Without what conditions the examples; of matched pairs both are examples.

        So are an image and its mask.
        """
        other = self.other if self.pairs else None
        mask = "mask" if self.labels == "mask" else None
        return replace(self, labels=mask, embedding=None, other=other)

    @property
    def info(self) -> catalogue.Info:
        """The facts about the data in this form: binarised images have two levels.

        Of two images those of the first. What `only` leaves is counted by `count`.
        """
        found = info(self.name, self.size, self.channels, self.skip_bad)
        if self.pairs == "halves" and self.size is None:
            height, width, channels = found.shape
            found = replace(found, shape=(height, width // 2, channels))
        return replace(found, levels=2) if self.binarise else found

    def count(self, split: str) -> int:
        """How many examples, or pairs, a split has; by a look where nobody knows."""
        if self.only is None and not self.both:
            return self.info.sizes[split]
        from keras_gen.data import loading

        return loading.count(self, split)

    def load(
        self,
        split: str = "train",
        batch: int = 128,
        seed: int = 0,
        shuffle: bool | None = None,
    ):
        """The batches, as `keras_gen.data.load` gives them."""
        from keras_gen.data import loading

        return loading.batches(self, split, batch, seed, shuffle)

    def arrays(self, split: str = "train", seed: int = 0):
        """The whole split, as `keras_gen.data.arrays` gives it."""
        from keras_gen.data import loading

        return loading.arrays(self, split, seed)

    def examples(self, split: str):
        """The whole split without what conditions it."""
        return self.bare.arrays(split)

    def inputs(self, split: str, model):
        """The whole split as the model is given it.

        Of pairs the first, of targets what the model's view shows, if it has one.
        """
        found = self.examples(split)
        if isinstance(found, tuple):
            return found[0]
        view = getattr(model, "view", None)
        return found if view is None else view(found).numpy()


def info(
    name, size=None, channels: int | None = None, skip_bad: bool = False
) -> catalogue.Info:
    """The facts about a data set, without loading it.

    Args:
        name: a registered name, a folder of images, or any TFDS image set.
        size, channels, skip_bad: as in `Spec`, to ask what the images will be then.

    Example:
        >>> info("digits").levels
        17
    """
    if isinstance(name, str) and name in catalogue.TABLE:
        return catalogue.reshaped(catalogue.TABLE[name], size, channels)
    if catalogue.is_folder(name):
        from keras_gen.data import folder, idx

        if idx.is_idx(name):
            return idx.describe(name, size, channels)
        return folder.describe(name, size, channels, skip_bad)
    if not isinstance(name, str):
        raise unknown(name, catalogue.TABLE, "data set")
    from keras_gen.data import online

    return catalogue.reshaped(online.describe(name), size, channels)


def prepared(name: str) -> bool:
    """Whether a named data set is here: always, or because TFDS has prepared it.

    Example:
        >>> prepared("digits")
        True
    """
    if name in catalogue.OFFLINE:
        return True
    from keras_gen.data import online

    return online.prepared(name)


@checked
def load(
    source,
    split: str = "train",
    batch: Count = 128,
    *,
    seed: Seed = 0,
    shuffle: bool | None = None,
    **form,
):
    """Batches of one epoch, in the project's conventions, whatever the source.

    Args:
        source: a name, a folder, an array or a dataset; see `Spec`. Arrays and
            datasets are one split, their owner's: there `split` only says how they
            are served.
        split: "train" is shuffled anew in every epoch and drops the last incomplete
            batch; "validation" and "test" come in order and whole. Other splits of a
            TFDS set ("trainA", "test[:100]") pass through.
        batch: examples per batch.
        seed: of the order and of dynamic binarisation.
        shuffle: whether to shuffle, where the rule above does not suit. A
            `tf.data.Dataset` is taken in its own order unless True.
        **form: `binarise`, `labels`, `size`, `channels`, `embedding`, `skip_bad`,
            `augment`, `only`, `other`, `pairs`; see `Spec`.

    Example:
        >>> for x, y in load("digits", batch=32, labels="class").take(1):
        ...     print(x.shape, y.shape)
        (32, 8, 8, 1) (32,)
    """
    return Spec(source, **form).load(split, batch, seed, shuffle)


@checked
def arrays(source, split: str = "train", *, seed: Seed = 0, **form):
    """A whole split as NumPy arrays, in its own order, in the form that `load` gives.

    Example:
        >>> arrays("digits", "test").shape
        (300, 8, 8, 1)
    """
    return Spec(source, **form).arrays(split, seed)
