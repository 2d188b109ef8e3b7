"""`load` and `arrays`: from any source to batches, or to whole arrays."""

import functools
import importlib

import numpy as np
import tensorflow as tf

from keras_gen.checks import whole_number
from keras_gen.data import catalogue, own, pipeline
from keras_gen.data.spec import check_mode
from keras_gen.errors import BadInput, unknown

_BLOCK = 1024  # examples per batch when a whole split is collected


def load(
    source,
    split: str = "train",
    batch: int = 128,
    *,
    binarise: str | None = None,
    labels: str | tuple[str, ...] | None = None,
    seed: int = 0,
    shuffle: bool | None = None,
    size: tuple[int, int] | None = None,
    channels: int | None = None,
    embedding: tuple[str, ...] | None = None,
) -> tf.data.Dataset:
    """Batches of one epoch, in the project's conventions, whatever the source.

    Args:
        source: a name (see `names`, or any image set of TFDS), a folder of images, an
            array (or a pair of examples and labels), or a `tf.data.Dataset` of
            examples or batches. Arrays and datasets are one split, their owner's:
            there `split` only says how they are served.
        split: "train" is shuffled anew in every epoch and drops the last incomplete
            batch; "validation" and "test" come in order and whole. Other splits of a
            TFDS set ("trainA", "test[:100]") pass through.
        batch: examples per batch.
        binarise: "threshold", "static" or "dynamic"; see `keras_gen.data.pipeline`.
        labels: the name of one factor for batches (x, y), a tuple of names for
            batches (x, {name: y}); None for x alone.
        seed: of the order and of dynamic binarisation.
        shuffle: whether to shuffle, where the rule above does not suit. A
            `tf.data.Dataset` is taken in its own order unless True.
        size, channels: for folders and online sets: (height, width), reached by
            cutting centrally to that aspect and resizing; 1 (grey) or 3 (colour).
        embedding: names of continuous factors for batches (x, h): for each example a
            vector of them, each rescaled so that its range is [0, 1].

    Example:
        >>> for x, y in load("digits", batch=32, labels="class").take(1):
        ...     print(x.shape, y.shape)
        (32, 8, 8, 1) (32,)
    """
    whole_number("batch", batch, 1)
    training = str(split).startswith("train")
    if shuffle is None:
        shuffle = training and not isinstance(source, tf.data.Dataset)
    return _batches(
        source,
        split,
        batch,
        shuffle,
        training,
        binarise,
        labels,
        seed,
        size,
        channels,
        embedding,
    )


def arrays(
    source,
    split: str = "train",
    binarise: str | None = None,
    labels: str | tuple[str, ...] | None = None,
    seed: int = 0,
    size: tuple[int, int] | None = None,
    channels: int | None = None,
    embedding: tuple[str, ...] | None = None,
):
    """A whole split as NumPy arrays, in its own order, in the form that `load` gives.

    Example:
        >>> arrays("digits", "test").shape
        (300, 8, 8, 1)
    """
    blocks = _batches(
        source,
        split,
        _BLOCK,
        False,
        False,
        binarise,
        labels,
        seed,
        size,
        channels,
        embedding,
    )
    blocks = list(blocks.as_numpy_iterator())
    return tf.nest.map_structure(lambda *parts: np.concatenate(parts), *blocks)


def _batches(
    source,
    split,
    batch,
    shuffle,
    drop,
    binarise,
    labels,
    seed,
    size,
    channels,
    embedding,
):
    check_mode(binarise)
    whole_number("seed", seed, 0)
    examples, factors, name = _open(source, split, size, channels)
    ranges = _ranges(source, embedding, labels, factors, name)
    labels = tuple(labels) if isinstance(labels, list) else labels
    _check_labels(labels, factors, name)
    if binarise and len(examples.shape) != 3:
        raise BadInput(
            f"binarise={binarise!r} is for images; {name} holds points of shape "
            f"{examples.shape}."
        )
    if drop and examples.size is not None and batch > examples.size:
        raise BadInput(
            f"the {split} split of {name} has {examples.size} examples, fewer than one "
            f"batch of {batch}: give a smaller batch."
        )
    return pipeline.batches(
        examples,
        batch,
        shuffle=shuffle,
        drop=drop,
        binarise=binarise,
        labels=labels,
        seed=seed,
        ranges=ranges,
    )


def _open(source, split, size, channels):
    """The examples, the factors one may ask for, and a name for messages."""
    catalogue.check_shape(size, channels)
    size = tuple(size) if size else None
    if catalogue.is_folder(source) and source not in catalogue.TABLE:
        from keras_gen.data import folder

        table = folder.table(source, _known(split), size, channels)
        return table, table.labels, f"the folder {source}"
    if isinstance(source, str):
        info = catalogue.info(source, size, channels)
        return _named(source, split, size, channels), info.factors, source
    if size is not None or channels is not None:
        raise BadInput(
            "`size` and `channels` are for folders and online sets: resize arrays and "
            "datasets before you load them."
        )
    _known(split)
    if isinstance(source, tf.data.Dataset):
        stream = own.from_dataset(source)
        return stream, own.factors(stream), "the dataset"
    table = own.from_arrays(source)
    return table, table.labels, "the array"


@functools.lru_cache(maxsize=8)
def _named(name, split, size, channels):
    """Kept: training, validation and metrics ask for the same few splits."""
    if name not in catalogue.OFFLINE:
        from keras_gen.data import online

        return online.examples(name, split, size, channels)
    module = importlib.import_module(f"keras_gen.data.{name.partition('/')[0]}")
    return module.table(name, _known(split))


def _known(split):
    if split not in catalogue.SPLITS:
        raise unknown(split, catalogue.SPLITS, "split")
    return split


def _ranges(source, embedding, labels, factors, name):
    """{factor: its smallest and largest value} of the factors of an embedding."""
    if embedding is None:
        return None
    if labels is not None:
        raise BadInput("give labels or an embedding: a batch is a pair.")
    _check_labels(tuple(embedding), factors, name)
    known = catalogue.TABLE[source].ranges if source in catalogue.TABLE else {}
    for factor in embedding:
        if factor not in known:
            has = f"those of {name} are {', '.join(known)}" if known else "it has none"
            raise BadInput(
                f'an embedding is made of factors with a known range; "{factor}" of '
                f"{name} has none ({has}). Take `labels`, or pairs of your own."
            )
    return {factor: known[factor] for factor in embedding}


def _check_labels(labels, factors, name):
    wanted = labels if isinstance(labels, tuple) else (labels,) if labels else ()
    for factor in wanted:
        if factor not in factors:
            hint = "" if factors else f"{name} has no labels."
            raise unknown(factor, factors, f"factor of {name}", hint)
